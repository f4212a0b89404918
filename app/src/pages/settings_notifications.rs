//! `/settings/notifications`: which devices are told of what the caller does not look at, a test, and
//! why they were told or not.

use crate::api::push::{
    SetQuiet, TestPush, UnsubscribePush, get_push, list_push_log, subscribe_push, unsubscribe_push,
};
use crate::browser::page;
use crate::browser::push::{self, Permission};
use crate::components::command_form::CommandForm;
use crate::components::field::FormError;
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use crate::components::time::Time;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Timestamp;
use protocol::push::{PushAbout, PushDevice, PushLine, PushOutcome, PushState};
use std::time::Duration;

/// How often the log is read again while somebody looks at it.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// The page.
#[component]
pub fn NotificationSettingsPage() -> impl IntoView {
    let device = ThisDevice::new();
    let off = ServerAction::<UnsubscribePush>::new();
    let quiet = ServerAction::<SetQuiet>::new();
    let changes = move || (off.version().get(), quiet.version().get(), device.switched.get());
    let state = Resource::new_blocking(changes, |_| get_push());
    let test = ServerAction::<TestPush>::new();
    let error = Signal::derive(move || test.value().get().and_then(Result::err));
    let passed = RwSignal::new(0_u32);
    let log = Resource::new_blocking(move || (test.version().get(), passed.get()), |_| list_push_log());
    Effect::new(move |_| page::every(LOG_EVERY, move || passed.update(|times| *times += 1)));
    view! {
        <Topbar title="Notifications" back="/settings"/>
        <div class="scroll">
            <div class="page page-narrow">
                <p class="page-text">
                    "When something concerns you and you are not looking at Hubbub, your devices are told after a moment: direct messages, mentions, comments, replies and answers in your threads. What you read on one device goes away on the others. Each conversation has its own level under its name."
                </p>
                {loaded(
                    state,
                    "Loading your devices",
                    move |state| {
                        view! {
                            <Switch device=device state=state.clone()/>
                            <Others devices=state.devices off=off/>
                            <Quiet until=state.quiet_until action=quiet/>
                        }
                    },
                )}
                <section>
                    <div class="section-head">
                        <h2>"Does it work?"</h2>
                    </div>
                    <CommandForm action=test class="stack">
                        <FormError error=error fields=&[]/>
                        <div class="inline">
                            <button class="button" type="submit" disabled=move || test.pending().get()>"Send me a test notification"</button>
                            <span role="status" class="muted">
                                {move || matches!(test.value().get(), Some(Ok(_))).then_some("On its way. What became of it shows below.")}
                            </span>
                        </div>
                    </CommandForm>
                </section>
                <section>
                    <div class="section-head">
                        <h2>"The last seven days"</h2>
                    </div>
                    {loaded(log, "Loading what was sent", |lines| view! { <Log lines=lines/> })}
                </section>
            </div>
        </div>
    }
}

/// What is known of the device in front of the person. Only its browser knows.
#[derive(Clone, Copy)]
struct ThisDevice {
    permission: RwSignal<Option<Permission>>,
    is_subscribed: RwSignal<bool>,
    has_failed: RwSignal<bool>,
    is_busy: RwSignal<bool>,
    switched: RwSignal<u32>,
}

impl ThisDevice {
    fn new() -> Self {
        let device = Self {
            permission: RwSignal::new(None),
            is_subscribed: RwSignal::new(false),
            has_failed: RwSignal::new(false),
            is_busy: RwSignal::new(false),
            switched: RwSignal::new(0),
        };
        Effect::new(move |_| spawn_local(device.look()));
        device
    }

    async fn look(self) {
        self.permission.set(Some(push::permission()));
        self.is_subscribed.set(push::is_subscribed().await);
    }

    fn turn_on(self, public_key: String) {
        self.is_busy.set(true);
        spawn_local(async move {
            let is_done = match push::subscribe(&public_key).await {
                Some(new) => subscribe_push(new).await.is_ok(),
                None => false,
            };
            if is_done {
                push::is_told();
            }
            self.has_failed.set(!is_done);
            self.switch().await;
        });
    }

    fn turn_off(self) {
        self.is_busy.set(true);
        spawn_local(async move {
            let is_done = unsubscribe_push(None).await.is_ok();
            push::unsubscribe().await;
            self.has_failed.set(!is_done);
            self.switch().await;
        });
    }

    async fn switch(self) {
        self.look().await;
        self.switched.update(|times| *times += 1);
        self.is_busy.set(false);
    }
}

/// The device in front of the person: what its browser allows, in plain words, and the switch.
#[component]
fn Switch(device: ThisDevice, state: PushState) -> impl IntoView {
    let is_known = state.devices.iter().any(|device| device.current);
    let is_on = Memo::new(move |_| is_known && device.is_subscribed.get());
    let key = StoredValue::new(state.public_key);
    let words = move || match device.permission.get() {
        None => "Asking this browser what it allows …",
        Some(Permission::Impossible) => {
            "This browser cannot be notified here. Current browsers can on https addresses; on an iPhone or iPad, add Hubbub to the home screen first."
        }
        Some(Permission::Refused) => {
            "Notifications from this site are blocked in this browser. Allow them beside the address or in the browser's settings, then load this page again."
        }
        Some(_) if is_on.get() => "This device is notified.",
        Some(_) if device.has_failed.get() => {
            "That did not work: the browser did not give permission, or has no push service. Try again, or another browser."
        }
        Some(Permission::Asked) => "This device is not notified. The browser will ask whether it may be.",
        Some(Permission::Given) => "This device is not notified.",
    };
    let may_switch = move || matches!(device.permission.get(), Some(Permission::Asked | Permission::Given));
    view! {
        <section>
            <div class="section-head">
                <h2>"This device"</h2>
            </div>
            <div class="stack">
                <p class="page-text" role="status">{words}</p>
                <Show when=may_switch>
                    <div class="inline">
                        {move || {
                            let is_on = is_on.get();
                            view! {
                                <button
                                    class="button"
                                    class:button-primary=!is_on
                                    type="button"
                                    disabled=device.is_busy
                                    on:click=move |_| {
                                        if is_on { device.turn_off() } else { device.turn_on(key.get_value()) }
                                    }
                                >
                                    {if is_on { "Stop notifying this device" } else { "Notify this device" }}
                                </button>
                            }
                        }}
                    </div>
                </Show>
            </div>
        </section>
    }
}

/// The other devices that are told, each with its switch.
#[component]
fn Others(devices: Vec<PushDevice>, off: ServerAction<UnsubscribePush>) -> impl IntoView {
    let others: Vec<PushDevice> = devices.into_iter().filter(|device| !device.current).collect();
    (!others.is_empty()).then(|| {
        view! {
            <section>
                <div class="section-head">
                    <h2>"Other devices that are notified"</h2>
                </div>
                <ul class="device-list">
                    {others
                        .into_iter()
                        .map(|device| {
                            let label = format!("Stop notifying {}", device.name);
                            view! {
                                <li class="device">
                                    <Icon name="device"/>
                                    <div class="device-text">
                                        <p class="device-name">{device.name}</p>
                                        <p class="muted">"Since " <Time at=device.at/></p>
                                    </div>
                                    <CommandForm action=off>
                                        <input type="hidden" name="id" value=device.id.to_string()/>
                                        <button class="button button-small" type="submit" aria-label=label>"Stop"</button>
                                    </CommandForm>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        }
    })
}

/// How long somebody may want to be left alone.
const QUIET_FOR: [(u32, &str); 4] =
    [(30, "For 30 minutes"), (120, "For 2 hours"), (480, "For 8 hours"), (1440, "For a day")];

/// Do not disturb.
#[component]
fn Quiet(until: Option<Timestamp>, action: ServerAction<SetQuiet>) -> impl IntoView {
    let choices = match until {
        Some(_) => vec![(0, "Notify me again")],
        None => QUIET_FOR.to_vec(),
    };
    view! {
        <section>
            <div class="section-head">
                <h2>"Do not disturb"</h2>
            </div>
            <div class="stack">
                <p class="page-text" role="status">
                    {match until {
                        Some(until) => view! { "Your devices stay quiet until " <Time at=until/> "." }.into_any(),
                        None => "Your devices may be notified at any time.".into_any(),
                    }}
                </p>
                <div class="inline">
                    {choices
                        .into_iter()
                        .map(|(minutes, label)| {
                            view! {
                                <CommandForm action=action>
                                    <input type="hidden" name="minutes" value=minutes.to_string()/>
                                    <button class="button button-small" type="submit">{label}</button>
                                </CommandForm>
                            }
                        })
                        .collect_view()}
                </div>
            </div>
        </section>
    }
}

/// Why devices were told or not.
#[component]
fn Log(lines: Vec<PushLine>) -> impl IntoView {
    if lines.is_empty() {
        return view! { <p class="muted">"Nothing yet: none of your devices had to be told of anything."</p> }.into_any();
    }
    view! {
        <ul class="device-list" aria-label="What was sent, and why not">
            {lines
                .into_iter()
                .map(|line| {
                    view! {
                        <li class="device">
                            <div class="device-text">
                                <p class="device-name">{about(line.about)} ": " {outcome(line.outcome)}</p>
                                <p class="muted">{line.device} " · " <Time at=line.at/></p>
                            </div>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

fn about(about: PushAbout) -> &'static str {
    match about {
        PushAbout::Mention => "A mention",
        PushAbout::Comment => "A comment",
        PushAbout::Reply => "A reply",
        PushAbout::Thread => "An answer in a thread",
        PushAbout::Role => "A new role",
        PushAbout::Event => "An event",
        PushAbout::Message => "A direct message",
        PushAbout::Test => "A test",
    }
}

fn outcome(outcome: PushOutcome) -> AnyView {
    match outcome {
        PushOutcome::Sent => "sent".into_any(),
        PushOutcome::Read { at } => {
            view! { "not sent, you read it on another device: " <Time at=at/> }.into_any()
        }
        PushOutcome::Quiet { until } => {
            view! { "not sent, you did not want to be disturbed until " <Time at=until/> }.into_any()
        }
        PushOutcome::Looking => "not sent, Hubbub was open in front of you".into_any(),
        PushOutcome::Gone => "not sent, it was deleted, muted, or is not yours to read any more".into_any(),
        PushOutcome::Late => "not sent, it was more than a day old".into_any(),
        PushOutcome::Withdrawn => "taken back, you read it elsewhere or it was deleted".into_any(),
        PushOutcome::Ended { status } => {
            format!("the push service answered {status}: this device is off now, switch it on again")
                .into_any()
        }
        PushOutcome::Refused { status } => format!("not sent, the push service answered {status}").into_any(),
        PushOutcome::Unreachable => "not sent, the push service could not be reached".into_any(),
    }
}
