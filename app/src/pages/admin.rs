//! `/admin`: live figures of this node.

use crate::api::admin::admin_figures;
use crate::browser;
use crate::components::icon::Icon;
use crate::components::page::{Topbar, loaded};
use leptos::prelude::*;
use protocol::admin::Figures;
use std::time::Duration;

/// How often the figures are read again while the page is open.
const REFRESH_EVERY: Duration = Duration::from_secs(5);

/// The page.
#[component]
pub fn AdminPage() -> impl IntoView {
    let ticks = RwSignal::new(0_u32);
    let figures = Resource::new_blocking(move || ticks.get(), |_| admin_figures());
    Effect::new(move |_| browser::page::every(REFRESH_EVERY, move || ticks.update(|ticks| *ticks += 1)));
    view! {
        <Topbar title="Overview" back="/settings"/>
        <div class="scroll">
            <div class="page">
                {loaded(figures, "Loading the figures", |figures| view! { <Overview figures=figures/> })}
                <nav class="only-phone" aria-label="Administration">
                    <ul>
                        <li><a class="nav-row" href="/admin/people"><Icon name="people"/><span class="label">"People"</span></a></li>
                        <li><a class="nav-row" href="/admin/workspaces"><Icon name="home"/><span class="label">"Workspaces"</span></a></li>
                        <li><a class="nav-row" href="/admin/audit"><Icon name="list"/><span class="label">"Audit log"</span></a></li>
                    </ul>
                </nav>
            </div>
        </div>
    }
}

#[component]
fn Overview(figures: Figures) -> impl IntoView {
    let degraded = figures.degraded.join(", ");
    let items = [
        ("Here now", figures.people.to_string(), format!("{} open connections", figures.sockets)),
        ("Topics in memory", figures.topics.to_string(), format!("{} subscriptions", figures.subscriptions)),
        ("Database", bytes(figures.database_bytes), format!("{} of memory", bytes(figures.memory_bytes))),
        ("Up for", duration(figures.uptime_ms), format!("version {}", figures.version)),
    ];
    view! {
        {if degraded.is_empty() {
            view! {
                <p class="inline" role="status">
                    <span class="tag tag-success">"Everything runs"</span>
                    <span class="muted">{format!("Node {}", figures.node)}</span>
                </p>
            }
                .into_any()
        } else {
            view! {
                <p class="inline" role="status">
                    <span class="tag tag-danger">{format!("Degraded: {degraded}")}</span>
                    <span class="muted">{format!("Node {}", figures.node)}</span>
                </p>
            }
                .into_any()
        }}
        <dl class="figures">
            {items
                .map(|(label, value, note)| {
                    view! {
                        <div class="figure-item">
                            <dt class="figure-label">{label}</dt>
                            <dd class="figure-value">{value}</dd>
                            <dd class="figure-note">{note}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
        <section>
            <div class="section-head">
                <h2>"Events per second"</h2>
                <span class="tag">"Live"</span>
            </div>
            <Chart values=figures.events_per_second/>
        </section>
    }
}

/// A line over the last minutes.
#[component]
fn Chart(values: Vec<f32>) -> impl IntoView {
    let top = values.iter().copied().fold(1.0_f32, f32::max).ceil();
    let now = values.last().copied().unwrap_or_default();
    let label = format!("Events per second over the last five minutes: up to {top:.0}, now {now:.1}");
    let step = 600.0 / values.len().saturating_sub(1).max(1) as f32;
    let line: String = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let verb = if index == 0 { 'M' } else { 'L' };
            format!("{verb}{:.1} {:.1}", index as f32 * step, 158.0 - value / top * 154.0)
        })
        .collect();
    let area = format!("{line}L600 160L0 160Z");
    view! {
        <div class="chart">
            <svg viewBox="0 0 600 160" preserveAspectRatio="none" role="img" aria-label=label>
                <path class="grid" d="M0 0H600M0 53.300H600M0 106.700H600M0 160H600"></path>
                <path class="area" d=area></path>
                <path class="line" d=line></path>
            </svg>
            <div class="chart-scale" aria-hidden="true">
                <span>{format!("{top:.0}")}</span>
                <span></span>
                <span></span>
                <span>"0"</span>
            </div>
            <div class="chart-axis" aria-hidden="true">
                <span>"5 min ago"</span>
                <span>"now"</span>
            </div>
        </div>
    }
}

/// "38.2 MB".
fn bytes(bytes: u64) -> String {
    let (unit, divisor) = match bytes {
        0..1_000_000 => ("KB", 1e3),
        1_000_000..1_000_000_000 => ("MB", 1e6),
        _ => ("GB", 1e9),
    };
    format!("{:.1} {unit}", bytes as f64 / divisor)
}

/// "3 d 4 h", "12 min".
fn duration(ms: u64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        0 => format!("{} s", ms / 1000),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes / 60 % 24),
    }
}
