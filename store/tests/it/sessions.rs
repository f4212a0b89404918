//! Signed-in devices: how long a session holds, and how it ends everywhere at once.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::{START, on_both};
use protocol::account::{Device, SignIn};
use protocol::{Code, EventKind, Topic, limits};
use std::time::Duration;
use store::{Authenticated, SignedIn};

async fn phone_of_ben(c: &Community) -> SignedIn {
    let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
    c.sign_in(sign_in, "Safari on  iPhone", "192.0.2.7").await.unwrap()
}

async fn devices_of_ben(c: &Community) -> Vec<Device> {
    c.devices(&c.ben).await.unwrap()
}

#[test]
fn a_token_is_long_random_and_stored_nowhere() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (one, two) = (phone_of_ben(&c).await, phone_of_ben(&c).await);
        assert_ne!(one.token, two.token);
        assert_eq!(one.token.len(), 43, "32 bytes in base64url");
        assert!(one.token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert!(!c.everything_logged().await.contains(&one.token));
        if let Some(path) = c.test.settings.url.strip_prefix("sqlite://") {
            for file in [path.to_owned(), format!("{path}-wal")] {
                let bytes = std::fs::read(file).unwrap();
                assert!(!bytes.windows(43).any(|window| window == one.token.as_bytes()));
            }
        }
        for forged in ["", "x", &"A".repeat(43), &one.token.to_lowercase(), &format!("{}A", one.token)] {
            assert_eq!(c.authenticate(forged, "192.0.2.7").await.unwrap(), None, "{forged}");
        }
    });
}

#[test]
fn a_session_holds_as_long_as_it_is_used() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = phone_of_ben(&c).await;
        let most_of_it = limits::SESSION_LIFETIME - Duration::from_secs(3600);
        for _ in 0..3 {
            c.test.clock.advance(most_of_it);
            let authenticated = c.authenticate(&phone.token, "192.0.2.8").await.unwrap();
            assert_eq!(authenticated, Some(Authenticated { caller: phone.caller, is_prolonged: true }));
        }
        assert!(c.access(&phone.caller).await.unwrap().active);
        c.test.clock.advance(limits::SESSION_LIFETIME);
        assert_eq!(c.authenticate(&phone.token, "192.0.2.8").await.unwrap(), None);
        assert!(!c.access(&phone.caller).await.unwrap().active);
        assert!(devices_of_ben(&c).await.is_empty(), "what ran out is no device any more");
    });
}

#[test]
fn use_is_written_down_once_a_minute() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = phone_of_ben(&c).await;
        let current =
            |devices: Vec<Device>| devices.into_iter().find(|d| d.id == phone.caller.session).unwrap();
        let before = current(devices_of_ben(&c).await);
        assert_eq!((before.name.as_str(), before.address.as_str()), ("Safari on iPhone", "192.0.2.7"));
        c.test.clock.advance(Duration::from_secs(59));
        let quick = c.statements(c.authenticate(&phone.token, "192.0.2.8")).await;
        assert_eq!(quick, 1, "one question and no write");
        assert_eq!(current(devices_of_ben(&c).await), before);
        c.test.clock.advance(Duration::from_secs(1));
        assert!(quick < c.statements(c.authenticate(&phone.token, "192.0.2.8")).await);
        let after = current(devices_of_ben(&c).await);
        assert_eq!((after.address.as_str(), after.used_at), ("192.0.2.8", START + Duration::from_secs(60)));
        assert_eq!(after.at, START);
    });
}

#[test]
fn a_session_in_use_is_prolonged_once_a_day_and_says_so() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = phone_of_ben(&c).await;
        let mut prolonged_after = Vec::new();
        for hour in 1..=60 {
            c.test.clock.advance(Duration::from_secs(3600));
            let authenticated = c.authenticate(&phone.token, "").await.unwrap().unwrap();
            if authenticated.is_prolonged {
                prolonged_after.push(hour);
                let whole = c.access(&phone.caller).await.unwrap().expires_in;
                assert_eq!(whole, limits::SESSION_LIFETIME, "a cookie that is set now lives as long");
            }
        }
        assert_eq!(prolonged_after, [24, 48]);
        let left = c.access(&phone.caller).await.unwrap().expires_in;
        assert_eq!(left, limits::SESSION_LIFETIME - Duration::from_secs(12 * 3600));
    });
}

#[test]
fn people_see_their_own_devices_and_sign_them_out_from_afar() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = phone_of_ben(&c).await;
        let devices = devices_of_ben(&c).await;
        assert_eq!(devices.len(), 2);
        let current: Vec<_> =
            devices.iter().filter(|device| device.current).map(|device| device.id).collect();
        assert_eq!(current, [c.ben.session]);
        for other in [&c.cleo, &c.ada] {
            assert_eq!(
                refusal(c.end_session(other, phone.caller.session).await),
                Code::NotFound,
                "not theirs"
            );
        }
        assert!(c.access(&phone.caller).await.unwrap().active);

        let own = Topic::User(c.ben.user);
        let before = c.heads(&[own]).await.unwrap()[0];
        c.end_session(&c.ben, phone.caller.session).await.unwrap();
        let after = c.heads(&[own]).await.unwrap()[0];
        assert_eq!((after.head, after.permission_epoch), (before.head + 1, before.permission_epoch + 1));
        let ended = c.own_log(&c.ben).await.pop().unwrap();
        assert_eq!(ended.kind, EventKind::SessionEnded { session: Some(phone.caller.session) });
        assert_eq!(c.authenticate(&phone.token, "").await.unwrap(), None);
        assert!(!c.access(&phone.caller).await.unwrap().active);
        assert!(c.access(&c.ben).await.unwrap().active);

        c.end_session(&c.ben, phone.caller.session).await.unwrap();
        assert_eq!(c.heads(&[own]).await.unwrap()[0], after, "once more does nothing");
    });
}

#[test]
fn signing_out_ends_this_device_only_and_twice_is_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let phone = phone_of_ben(&c).await;
        c.sign_out(&phone.caller).await.unwrap();
        let heads = c.heads_now().await;
        c.sign_out(&phone.caller).await.unwrap();
        assert_eq!(c.heads_now().await, heads);
        assert_eq!(c.authenticate(&phone.token, "").await.unwrap(), None);
        assert!(c.access(&c.ben).await.unwrap().active);
        let ended = c.admin_audit(&c.ada, None).await.unwrap().items;
        assert_eq!(ended.iter().filter(|line| line.action == "session.ended").count(), 1);
    });
}

#[test]
fn all_other_devices_end_at_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (phone, tablet) = (phone_of_ben(&c).await, phone_of_ben(&c).await);
        c.end_other_sessions(&c.ben).await.unwrap();
        for gone in [&phone, &tablet] {
            assert_eq!(c.authenticate(&gone.token, "").await.unwrap(), None);
        }
        assert!(c.access(&c.ben).await.unwrap().active);
        assert!(c.access(&c.cleo).await.unwrap().active, "nobody else's");
        assert_eq!(devices_of_ben(&c).await.len(), 1);
        let heads = c.heads_now().await;
        c.end_other_sessions(&c.ben).await.unwrap();
        assert_eq!(c.heads_now().await, heads, "once more does nothing");
    });
}
