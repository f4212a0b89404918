//! This device as the browser's push manager knows it: whether it can be told, may be, and is.

use js_sys::{JSON, Reflect};
use protocol::push::NewSubscription;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Event, Notification, NotificationPermission, PushManager, PushSubscription, PushSubscriptionOptionsInit,
    ServiceWorkerContainer, ServiceWorkerRegistration,
};

/// The service worker, which shows what the server tells.
const WORKER: &str = "/sw.js";

/// What this browser allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It cannot be told of anything: it is too old, the page is not on https, or on an iPhone the
    /// page is not on the home screen.
    Impossible,
    /// The person said no, which only the browser's own settings can change.
    Refused,
    /// It asks when the person wants it.
    Asked,
    /// It may be told.
    Given,
}

/// A subscription as browsers write it.
#[derive(Deserialize)]
struct Written {
    endpoint: String,
    keys: WrittenKeys,
}

#[derive(Deserialize)]
struct WrittenKeys {
    p256dh: String,
    auth: String,
}

/// What this browser allows now.
#[must_use]
pub fn permission() -> Permission {
    let Some(window) = web_sys::window() else { return Permission::Impossible };
    let has = |of: &JsValue, name: &str| Reflect::has(of, &JsValue::from_str(name)).unwrap_or(false);
    let is_possible = window.is_secure_context()
        && has(&window, "Notification")
        && has(&window, "PushManager")
        && has(&window.navigator(), "serviceWorker");
    match is_possible.then(Notification::permission) {
        None => Permission::Impossible,
        Some(NotificationPermission::Denied) => Permission::Refused,
        Some(NotificationPermission::Granted) => Permission::Given,
        Some(_) => Permission::Asked,
    }
}

/// Whether the browser has given this site an address to be told at.
pub async fn is_subscribed() -> bool {
    permission() == Permission::Given && matches!(subscription().await, Ok(Some(_)))
}

/// Asks the person, if need be, and the browser for an address. None when one of them refuses.
pub async fn subscribe(public_key: &str) -> Option<NewSubscription> {
    if permission() == Permission::Impossible {
        return None;
    }
    // A person who says no, and a browser without a push service, are answers, no failures.
    JsFuture::from(Notification::request_permission().ok()?).await.ok()?;
    if permission() != Permission::Given {
        return None;
    }
    let workers = workers()?;
    JsFuture::from(workers.register(WORKER)).await.ok()?;
    let ready = JsFuture::from(workers.ready().ok()?).await.ok()?;
    let pushes = ready.unchecked_into::<ServiceWorkerRegistration>().push_manager().ok()?;
    // One that was made for another key cannot be used, and stands in the way of a new one.
    if let Ok(Some(old)) = of(&pushes).await {
        JsFuture::from(old.unsubscribe().ok()?).await.ok()?;
    }
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key_opt_str(Some(public_key));
    let made = JsFuture::from(pushes.subscribe_with_options(&options).ok()?).await.ok()?;
    let written = JSON::stringify(&made).ok()?.as_string()?;
    let Written { endpoint, keys } = serde_json::from_str(&written).ok()?;
    Some(NewSubscription { endpoint, p256dh: keys.p256dh, auth: keys.auth })
}

/// Gives the address up.
pub async fn unsubscribe() {
    if let Ok(Some(subscription)) = subscription().await
        && let Ok(going) = subscription.unsubscribe()
    {
        // The server does not use it any more, whatever becomes of it here.
        let _ = JsFuture::from(going).await;
    }
}

/// Tells the rest of the page (`public/device.js`) that the server has this device now: from then on it
/// matters whether somebody looks.
pub fn is_told() {
    if let Some(window) = web_sys::window()
        && let Ok(event) = Event::new("hubbub-push")
    {
        // Nobody may refuse an event of ours.
        let _ = window.dispatch_event(&event);
    }
}

fn workers() -> Option<ServiceWorkerContainer> {
    Some(web_sys::window()?.navigator().service_worker())
}

async fn subscription() -> Result<Option<PushSubscription>, JsValue> {
    let Some(workers) = workers().filter(|_| permission() != Permission::Impossible) else { return Ok(None) };
    let registration = JsFuture::from(workers.get_registration()).await?;
    match registration.dyn_into::<ServiceWorkerRegistration>() {
        Ok(registration) => of(&registration.push_manager()?).await,
        Err(_) => Ok(None),
    }
}

async fn of(pushes: &PushManager) -> Result<Option<PushSubscription>, JsValue> {
    Ok(JsFuture::from(pushes.get_subscription()?).await?.dyn_into().ok())
}
