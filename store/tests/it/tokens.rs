//! Tokens: made once, kept as a hash, exchanged, refused in every wrong form, and over everywhere at once.

use crate::community::{Community, PASSWORD, refusal};
use crate::harness::{START, on_both};
use protocol::account::SignIn;
use protocol::person::InstanceRole;
use protocol::token::{FreshToken, NewBot, NewToken, Scopes};
use protocol::workspace::{Role, RoleChange};
use protocol::{Code, EventKind, SessionId, TokenId, UserId, limits};
use std::time::Duration;
use store::{Bearer, Caller, Presented};

const ADDRESS: &str = "192.0.2.7";

fn scopes(words: &str) -> Scopes {
    words.parse().unwrap()
}

fn new_token(words: &str) -> NewToken {
    NewToken {
        id: TokenId::new(START),
        name: "Deploys".to_owned(),
        scopes: scopes(words),
        days: 30,
        bot: None,
    }
}

fn new_bot(c: &Community, handle: &str) -> NewBot {
    NewBot {
        id: UserId::new(START),
        workspace: c.workspace,
        name: "Release bot".to_owned(),
        handle: handle.to_owned(),
        role: Role::Member,
        hue: 3,
    }
}

impl Community {
    async fn token(&self, of: &Caller, words: &str) -> FreshToken {
        self.create_token(of, new_token(words)).await.unwrap()
    }

    async fn presents(&self, token: &str) -> Presented {
        self.authenticate_bearer(token, Some(ADDRESS)).await.unwrap()
    }

    async fn comes_with(&self, token: &str) -> Bearer {
        match self.presents(token).await {
            Presented::Accepted(bearer) => bearer,
            refused => panic!("{refused:?}"),
        }
    }

    async fn audit_lines(&self) -> Vec<String> {
        let audit = self.admin_audit(&self.ada, None).await.unwrap();
        let lines = audit
            .items
            .into_iter()
            .filter(|line| ["token.", "bot."].iter().any(|noun| line.action.starts_with(noun)));
        lines.map(|line| format!("{}: {}", line.action, line.detail)).collect()
    }
}

#[test]
fn a_token_is_shown_once_and_stored_as_a_hash() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = new_token("read write");
        let fresh = c.create_token(&c.ben, new.clone()).await.unwrap();
        assert!(
            fresh.secret.starts_with("hubbub_token_") && fresh.secret.len() == 13 + 43,
            "{}",
            fresh.secret
        );
        assert_eq!(c.create_token(&c.ben, new.clone()).await.unwrap(), fresh, "the reply was lost");
        assert_eq!(c.tokens(&c.ben).await.unwrap(), std::slice::from_ref(&fresh.token));
        assert_eq!(fresh.token.used_at, None);
        assert_eq!(fresh.token.expires_at, Some(START + Duration::from_secs(30 * 24 * 3600)));
        assert!(!c.everything_logged().await.contains(&fresh.secret[13..]));
        if let Some(path) = c.test.settings.url.strip_prefix("sqlite://") {
            for file in [path.to_owned(), format!("{path}-wal")] {
                let bytes = std::fs::read(file).unwrap();
                assert!(!bytes.windows(43).any(|window| window == &fresh.secret.as_bytes()[13..]));
            }
        }
        assert_eq!(refusal(c.create_token(&c.cleo, new).await), Code::Taken);
        assert!(c.tokens(&c.cleo).await.unwrap().is_empty(), "others have their own list");
        assert_eq!(c.audit_lines().await, ["token.created: Deploys: read write"]);
    });
}

#[test]
fn whoever_comes_with_a_token_is_its_owner_with_its_scopes() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read events").await;
        let bearer = c.comes_with(&token.secret).await;
        assert_eq!(bearer.caller.user, c.ben.user);
        assert_eq!((bearer.token, bearer.scopes), (token.token.id, scopes("read events")));
        assert_eq!(bearer.expires_in, Some(Duration::from_secs(30 * 24 * 3600)));
        assert!(c.access(&bearer.caller).await.unwrap().active);
        assert_eq!(c.tokens(&c.ben).await.unwrap()[0].used_at, Some(START), "the first use is noted at once");
        let endless = c.create_token(&c.ben, NewToken { days: 0, ..new_token("read") }).await.unwrap();
        assert_eq!(c.comes_with(&endless.secret).await.expires_in, None);
    });
}

#[test]
fn without_the_scope_admin_nobody_runs_the_instance() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (all, less) =
            (c.token(&c.ada, "read admin").await, c.token(&c.ada, "read write files events").await);
        assert_eq!(c.comes_with(&all.secret).await.caller.role, InstanceRole::Admin);
        let caller = c.comes_with(&less.secret).await.caller;
        assert_eq!(caller.role, InstanceRole::Member);
        assert_eq!(refusal(c.admin_audit(&caller, None).await), Code::Forbidden);
        let bens = c.token(&c.ben, "admin").await;
        assert_eq!(c.comes_with(&bens.secret).await.caller.role, InstanceRole::Member, "he never was");
    });
}

#[test]
fn what_is_no_token_is_nobody() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await.secret;
        let sign_in = SignIn { handle: "ben".to_owned(), password: PASSWORD.to_owned() };
        let cookie = c.sign_in(sign_in, "Phone", ADDRESS).await.unwrap().token;
        let granted = c.exchange_token(&token, None, ADDRESS).await.unwrap();
        for wrong in [
            "",
            "x",
            &cookie,
            &format!("hubbub_token_{cookie}"),
            &token[13..],
            &token.to_uppercase(),
            &format!("{token}A"),
            &granted.refresh_token,
            &format!("hubbub_token_{}", &granted.refresh_token[15..]),
            &"a.".repeat(2_000),
        ] {
            assert_eq!(c.presents(wrong).await, Presented::Unknown, "{wrong}");
            assert_eq!(
                refusal(c.exchange_token(&format!("{wrong}x"), None, ADDRESS).await),
                Code::Unauthenticated
            );
        }
        for wrong in [&token, &token[13..], &granted.refresh_token, &granted.refresh_token[15..]] {
            assert_eq!(c.authenticate(wrong, ADDRESS).await.unwrap(), None, "no cookie: {wrong}");
        }
        assert_eq!(
            refusal(c.exchange_token(&granted.access_token, None, ADDRESS).await),
            Code::Unauthenticated
        );
    });
}

#[test]
fn a_token_makes_no_tokens_and_is_no_device() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let devices = c.devices(&c.ben).await.unwrap().len();
        let token = c.token(&c.ben, "read write files events admin").await;
        let caller = c.comes_with(&token.secret).await.caller;
        assert_eq!(refusal(c.create_token(&caller, new_token("read")).await), Code::Forbidden);
        assert_eq!(c.devices(&c.ben).await.unwrap().len(), devices);
        assert_eq!(refusal(c.end_session(&c.ben, caller.session).await), Code::NotFound);
        c.end_other_sessions(&c.ben).await.unwrap();
        assert!(c.access(&caller).await.unwrap().active, "signing other devices out leaves programs alone");
    });
}

#[test]
fn a_revoked_token_and_all_it_was_exchanged_for_are_over() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let (token, other) = (c.token(&c.ben, "read").await, c.token(&c.ben, "read").await);
        let granted = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        let callers =
            [c.comes_with(&token.secret).await.caller, c.comes_with(&granted.access_token).await.caller];
        assert_ne!(callers[0].session, callers[1].session);
        assert_eq!(refusal(c.revoke_token(&c.cleo, token.token.id).await), Code::NotFound);
        assert_eq!(refusal(c.revoke_token(&c.ada, token.token.id).await), Code::NotFound);
        c.revoke_token(&c.ben, token.token.id).await.unwrap();
        for text in [&token.secret, &granted.access_token] {
            assert_eq!(c.presents(text).await, Presented::Unknown);
        }
        for text in [&token.secret, &granted.refresh_token] {
            assert_eq!(refusal(c.exchange_token(text, None, ADDRESS).await), Code::Unauthenticated);
        }
        for caller in &callers {
            assert!(!c.access(caller).await.unwrap().active, "its sockets close");
        }
        let log = c.own_log(&c.ben).await;
        let ended = EventKind::SessionEnded { session: Some(SessionId(token.token.id.0)) };
        assert_eq!(log.last().map(|event| &event.kind), Some(&ended), "every node hears of it");
        c.revoke_token(&c.ben, token.token.id).await.unwrap();
        assert_eq!(c.tokens(&c.ben).await.unwrap().len(), 1);
        assert!(matches!(c.presents(&other.secret).await, Presented::Accepted(_)), "the other one stays");
        let revoked = c.audit_lines().await.iter().filter(|line| *line == "token.revoked: Deploys").count();
        assert_eq!(revoked, 1, "once");
    });
}

#[test]
fn an_access_token_holds_for_a_quarter_of_an_hour_and_not_a_second_longer() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read write").await;
        let granted = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        assert_eq!((granted.expires_in, granted.token_type.as_str()), (900, "Bearer"));
        let bearer = c.comes_with(&granted.access_token).await;
        assert_eq!(
            (bearer.caller.user, bearer.token, bearer.scopes),
            (c.ben.user, token.token.id, scopes("read write"))
        );
        assert_eq!(bearer.expires_in, Some(limits::ACCESS_TOKEN_FOR));
        c.test.clock.advance(limits::ACCESS_TOKEN_FOR - Duration::from_secs(1));
        assert!(matches!(c.presents(&granted.access_token).await, Presented::Accepted(_)));
        c.test.clock.advance(Duration::from_secs(1));
        assert_eq!(c.presents(&granted.access_token).await, Presented::Expired);
        assert!(
            matches!(c.presents(&token.secret).await, Presented::Accepted(_)),
            "the token itself goes on"
        );
        c.test.clock.advance(Duration::from_secs(30 * 24 * 3600));
        assert_eq!(c.presents(&token.secret).await, Presented::Expired);
        assert_eq!(refusal(c.exchange_token(&token.secret, None, ADDRESS).await), Code::Unauthenticated);
    });
}

#[test]
fn an_access_token_of_the_future_is_refused() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await;
        // Another node whose clock is ahead of ours by more than clocks may differ.
        let (clock, hand) = store::Clock::manual(START);
        hand.advance(limits::CLOCKS_DIFFER_MAX + Duration::from_secs(1));
        let settings = store::Settings { clock, ..c.test.settings.clone() };
        let (ahead, _committed) = store::Store::open(&settings).await.unwrap();
        let granted = ahead.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        assert_eq!(c.presents(&granted.access_token).await, Presented::Unknown, "not yet");
        c.test.clock.advance(Duration::from_secs(1));
        assert!(matches!(c.presents(&granted.access_token).await, Presented::Accepted(_)));
        ahead.close().await;
    });
}

#[test]
fn a_token_that_expires_soon_gives_nothing_that_holds_longer() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.create_token(&c.ben, NewToken { days: 1, ..new_token("read") }).await.unwrap();
        c.test.clock.advance(Duration::from_secs(24 * 3600 - 60));
        let granted = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        assert_eq!(granted.expires_in, 60);
        let granted = c.exchange_token(&granted.refresh_token, None, ADDRESS).await.unwrap();
        assert_eq!(granted.expires_in, 60);
        c.test.clock.advance(Duration::from_secs(60));
        assert_eq!(
            refusal(c.exchange_token(&granted.refresh_token, None, ADDRESS).await),
            Code::Unauthenticated
        );
    });
}

#[test]
fn an_exchange_leaves_scopes_out_and_never_adds_any() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read write").await;
        let granted = c.exchange_token(&token.secret, Some(scopes("read")), ADDRESS).await.unwrap();
        assert_eq!(c.comes_with(&granted.access_token).await.scopes, scopes("read"));
        let wider = c.exchange_token(&granted.refresh_token, Some(scopes("read write")), ADDRESS).await;
        assert_eq!(refusal(wider), Code::Invalid, "not at the refresh either");
        for wrong in ["admin", "read admin", ""] {
            let refused = c.exchange_token(&token.secret, Some(scopes(wrong)), ADDRESS).await;
            assert_eq!(refusal(refused), Code::Invalid, "{wrong}");
        }
    });
}

#[test]
fn a_refresh_token_works_once_and_the_second_time_ends_its_exchange() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await;
        let first = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        let elsewhere = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        let second = c.exchange_token(&first.refresh_token, None, ADDRESS).await.unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
        let caller = c.comes_with(&second.access_token).await.caller;
        assert_eq!(caller, c.comes_with(&first.access_token).await.caller, "one exchange is one session");

        let stolen = c.exchange_token(&first.refresh_token, None, "198.51.100.66").await;
        assert_eq!(refusal(stolen), Code::Unauthenticated);
        assert_eq!(c.presents(&second.access_token).await, Presented::Unknown, "for both who have it");
        assert_eq!(
            refusal(c.exchange_token(&second.refresh_token, None, ADDRESS).await),
            Code::Unauthenticated
        );
        assert!(!c.access(&caller).await.unwrap().active);
        assert!(matches!(c.presents(&elsewhere.access_token).await, Presented::Accepted(_)), "others stay");
        assert!(matches!(c.presents(&token.secret).await, Presented::Accepted(_)), "and the token");
        let audit = c.admin_audit(&c.ada, None).await.unwrap();
        let line = audit.items.iter().find(|line| line.action == "token.reused").unwrap();
        assert_eq!((line.address.as_str(), line.detail.as_str()), ("198.51.100.66", "Deploys"));
    });
}

#[test]
fn of_two_who_refresh_at_once_one_gets_the_next_pair_and_then_none_has_any() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await;
        let first = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        let refresh = || c.exchange_token(&first.refresh_token, None, ADDRESS);
        let (one, two) = tokio::join!(refresh(), refresh());
        let granted = [one, two].into_iter().filter_map(Result::ok).collect::<Vec<_>>();
        assert_eq!(granted.len(), 1);
        assert_eq!(c.presents(&granted[0].access_token).await, Presented::Unknown);
    });
}

#[test]
fn too_many_exchanges_end_the_one_that_was_not_used_for_longest() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await;
        let mut granted = Vec::new();
        for _ in 0..=limits::EXCHANGES_MAX {
            c.test.clock.advance(Duration::from_secs(1));
            granted.push(c.exchange_token(&token.secret, None, ADDRESS).await.unwrap());
        }
        assert_eq!(c.presents(&granted[0].access_token).await, Presented::Unknown);
        for later in &granted[1..] {
            assert!(matches!(c.presents(&later.access_token).await, Presented::Accepted(_)));
        }
    });
}

#[test]
fn keys_rotate_and_the_old_one_is_published_until_its_last_token_has_expired() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let keys = async || -> Vec<String> {
            let set: serde_json::Value = serde_json::from_str(&c.published_keys().await.unwrap()).unwrap();
            let keys = set["keys"].as_array().unwrap();
            keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        assert!(keys().await.is_empty());
        c.keep_signing_keys().await.unwrap();
        let first = keys().await;
        c.keep_signing_keys().await.unwrap();
        assert_eq!((keys().await, first.len()), (first.clone(), 1), "one is enough");
        let token = c.create_token(&c.ben, NewToken { days: 0, ..new_token("read") }).await.unwrap();
        c.test.clock.advance(limits::SIGNING_KEY_FOR - Duration::from_secs(1));
        let old = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        c.test.clock.advance(Duration::from_secs(1));
        c.keep_signing_keys().await.unwrap();
        let both = keys().await;
        assert_eq!((both.len(), &both[1]), (2, &first[0]), "the new one first");
        let new = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        for granted in [&old, &new] {
            assert!(matches!(c.presents(&granted.access_token).await, Presented::Accepted(_)));
        }
        c.test.clock.advance(limits::ACCESS_TOKEN_FOR + limits::CLOCKS_DIFFER_MAX + Duration::from_secs(1));
        c.keep_signing_keys().await.unwrap();
        assert_eq!(keys().await, both[..1]);
        let later = c.exchange_token(&new.refresh_token, None, ADDRESS).await.unwrap();
        assert!(matches!(c.presents(&later.access_token).await, Presented::Accepted(_)));
    });
}

#[test]
fn a_deactivated_owner_has_no_tokens_that_hold() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await;
        let granted = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
        c.admin_deactivate(&c.ada, c.ben.user).await.unwrap();
        let all = [&token.secret, &granted.access_token];
        for text in all {
            assert_eq!(c.presents(text).await, Presented::Unknown);
        }
        assert_eq!(
            refusal(c.exchange_token(&granted.refresh_token, None, ADDRESS).await),
            Code::Unauthenticated
        );
        c.admin_reactivate(&c.ada, c.ben.user).await.unwrap();
        for text in all {
            assert_eq!(c.presents(text).await, Presented::Unknown, "they ended with the account's sessions");
        }
    });
}

#[test]
fn a_deleted_account_leaves_no_tokens() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let token = c.token(&c.ben, "read").await;
        let caller = c.comes_with(&token.secret).await.caller;
        c.delete_account(&c.ben, PASSWORD.to_owned()).await.unwrap();
        assert_eq!(c.presents(&token.secret).await, Presented::Unknown);
        assert!(!c.access(&caller).await.unwrap().active);
        assert!(c.tokens(&c.ben).await.unwrap().is_empty());
    });
}

#[test]
fn nobody_has_more_tokens_than_they_can_look_through() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let mut last = c.token(&c.ben, "read").await;
        for _ in 1..limits::TOKENS_MAX {
            last = c.token(&c.ben, "read").await;
        }
        assert_eq!(refusal(c.create_token(&c.ben, new_token("read")).await), Code::Invalid);
        c.revoke_token(&c.ben, last.token.id).await.unwrap();
        assert!(c.create_token(&c.ben, new_token("read")).await.is_ok());
    });
}

#[test]
fn a_bot_is_a_member_that_its_workspace_s_admins_make() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let new = new_bot(&c, "releases");
        for (other, code) in [(&c.ben, Code::Forbidden), (&c.gus, Code::Forbidden), (&c.zoe, Code::NotFound)]
        {
            assert_eq!(refusal(c.create_bot(other, new.clone()).await), code);
            assert_eq!(refusal(c.bots(other, c.workspace).await), code);
        }
        let bot = c.create_bot(&c.ada, new.clone()).await.unwrap();
        assert_eq!(c.create_bot(&c.ada, new.clone()).await.unwrap(), bot, "the reply was lost");
        assert!(bot.person.bot && bot.tokens.is_empty());
        assert_eq!((bot.role, bot.person.handle.as_str(), bot.person.hue), (Role::Member, "releases", 3));
        let joined = c.log().await.into_iter().rev().find_map(|event| match event.kind {
            EventKind::MemberJoined(member) => Some(member.person),
            _ => None,
        });
        assert_eq!(joined, Some(bot.person.clone()), "everybody sees that it came, and that it is a bot");
        assert_eq!(c.bots(&c.ada, c.workspace).await.unwrap(), [bot]);
        let taken = NewBot { id: UserId::new(START), ..new.clone() };
        assert_eq!(refusal(c.create_bot(&c.ada, taken).await), Code::Taken);
        let owner = NewBot { id: UserId::new(START), role: Role::Owner, ..new_bot(&c, "boss") };
        assert_eq!(refusal(c.create_bot(&c.ada, owner).await), Code::Invalid);
        assert_eq!(c.audit_lines().await, ["bot.created: Release bot (@releases), member"]);
    });
}

#[test]
fn a_bot_never_signs_in_owns_or_runs_anything() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let bot = c.create_bot(&c.ada, new_bot(&c, "releases")).await.unwrap().person.id;
        for password in ["", PASSWORD] {
            let sign_in = SignIn { handle: "releases".to_owned(), password: password.to_owned() };
            assert_eq!(refusal(c.sign_in(sign_in, "Phone", ADDRESS).await), Code::Unauthenticated);
        }
        let password = c.set_user_password_from_cli("releases", PASSWORD.to_owned()).await;
        assert_eq!(refusal(password), Code::Forbidden);
        let owner = RoleChange { workspace: c.workspace, user: bot, role: Role::Owner };
        assert_eq!(refusal(c.set_member_role(&c.ada, owner).await), Code::Forbidden);
        let role = c.set_user_role_from_cli("releases", InstanceRole::Admin).await;
        assert_eq!(refusal(role), Code::Forbidden);
        let admin = RoleChange { workspace: c.workspace, user: bot, role: Role::Admin };
        c.set_member_role(&c.ada, admin).await.unwrap();
        assert_eq!(c.bots(&c.ada, c.workspace).await.unwrap()[0].role, Role::Admin);
    });
}

#[test]
fn a_bots_tokens_are_its_workspace_s_admins_to_make_and_to_revoke() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let bot = c.create_bot(&c.ada, new_bot(&c, "releases")).await.unwrap().person.id;
        let of_bot = NewToken { bot: Some(bot), ..new_token("read write") };
        for (other, code) in [(&c.ben, Code::Forbidden), (&c.zoe, Code::NotFound)] {
            assert_eq!(refusal(c.create_token(other, of_bot.clone()).await), code);
        }
        let person = NewToken { bot: Some(c.ben.user), ..new_token("read") };
        assert_eq!(refusal(c.create_token(&c.ada, person).await), Code::NotFound, "only of bots");
        let token = c.create_token(&c.ada, of_bot).await.unwrap();
        let caller = c.comes_with(&token.secret).await.caller;
        assert_eq!(caller.user, bot);
        let room = c.general().await;
        let said = c.says(&caller, room.id, "Version 7 is out.").await;
        assert!(said.author.bot, "what it writes says that a bot wrote it");
        assert_eq!(c.bots(&c.ada, c.workspace).await.unwrap()[0].tokens[0].used_at, Some(START));
        for (other, code) in [(&c.ben, Code::Forbidden), (&c.zoe, Code::NotFound)] {
            assert_eq!(refusal(c.revoke_token(other, token.token.id).await), code);
        }
        c.revoke_token(&c.ada, token.token.id).await.unwrap();
        assert_eq!(c.presents(&token.secret).await, Presented::Unknown);
        assert!(c.audit_lines().await.contains(&"token.revoked: Deploys".to_owned()));
    });
}

#[test]
fn a_removed_bot_is_over_and_what_it_wrote_stays() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        for (handle, by_the_list_of_people) in [("one", false), ("two", true)] {
            let bot = c.create_bot(&c.ada, new_bot(&c, handle)).await.unwrap().person.id;
            let of_bot = NewToken { bot: Some(bot), ..new_token("read write") };
            let token = c.create_token(&c.ada, of_bot).await.unwrap();
            let granted = c.exchange_token(&token.secret, None, ADDRESS).await.unwrap();
            let caller = c.comes_with(&token.secret).await.caller;
            let said = c.says(&caller, room, "Hello.").await;
            for (other, code) in [(&c.ben, Code::Forbidden), (&c.zoe, Code::NotFound)] {
                assert_eq!(refusal(c.remove_bot(other, bot).await), code);
            }
            if by_the_list_of_people {
                c.remove_member(&c.ada, c.workspace, bot).await.unwrap();
            } else {
                c.remove_bot(&c.ada, bot).await.unwrap();
                c.remove_bot(&c.ada, bot).await.unwrap();
            }
            for text in [&token.secret, &granted.access_token] {
                assert_eq!(c.presents(text).await, Presented::Unknown);
            }
            assert!(!c.access(&caller).await.unwrap().active);
            assert!(c.bots(&c.ada, c.workspace).await.unwrap().is_empty());
            let still = c.message(&c.ben, said.id).await.unwrap().message;
            assert_eq!((still.author.name.as_str(), still.author.bot), ("Release bot", true));
            let again = NewToken { bot: Some(bot), ..new_token("read") };
            assert!(c.create_token(&c.ada, again).await.is_err(), "there is no way back in");
        }
        let removed = c.audit_lines().await.iter().filter(|line| line.starts_with("bot.removed")).count();
        assert_eq!(removed, 2);
    });
}

#[test]
fn the_token_of_somebody_outside_finds_nothing() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let zoe = c.token(&c.zoe, &Scopes::all().to_string()).await;
        let caller = c.comes_with(&zoe.secret).await.caller;
        assert_eq!(refusal(c.members(&caller, c.workspace, None, None).await), Code::NotFound);
        assert_eq!(refusal(c.bots(&caller, c.workspace).await), Code::NotFound);
        assert!(c.members(&caller, c.elsewhere, None, None).await.is_ok(), "the control");
    });
}
