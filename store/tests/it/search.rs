//! Search: what is found, in which order, and that edits and deletions change it at once.

use crate::community::{Community, refusal};
use crate::harness::{START, on_both};
use protocol::comment::CommentEdit;
use protocol::conversation::ConversationKind;
use protocol::file::FilePlace;
use protocol::message::{Message, MessageEdit, NewMessage};
use protocol::page::PageKey;
use protocol::post::PostEdit;
use protocol::search::{HitKind, HitPlace, SearchOrder, SearchPage, SearchQuery};
use protocol::{Code, ConversationId, FileId, limits};
use std::time::Duration;
use store::{Caller, NewFile};

pub(crate) fn query(c: &Community, q: &str) -> SearchQuery {
    SearchQuery { workspace: c.workspace, q: q.to_owned(), order: SearchOrder::Newest, after: None }
}

/// The texts that somebody finds, newest first; of posts and files the titles. Where there is little it
/// is looked through, and where there is much the indexes are asked: both find the same.
pub(crate) async fn finds(c: &Community, by: &Caller, q: &str) -> Vec<String> {
    let mut found = Vec::new();
    for by_indexes in [false, true] {
        c.faults().search_by_indexes(by_indexes);
        found.push(c.search(by, query(c, q)).await.unwrap().hits);
    }
    assert_eq!(found[0], found[1], "{q}");
    found.remove(0).into_iter().map(|hit| hit.title.unwrap_or(hit.excerpt).text).collect()
}

/// Ada says this in a room.
async fn all_said(c: &Community, room: ConversationId, texts: &[&str]) {
    for text in texts {
        c.later();
        c.says(&c.ada, room, text).await;
    }
}

/// A message of Ben with a file.
async fn brings(c: &Community, to: ConversationId, name: &str, body: &str) -> Message {
    let file = NewFile {
        id: FileId::new(START),
        place: FilePlace::Conversation(to),
        object: FileId::new(START).0,
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: 1,
        sha256: [1; 32],
        size: None,
    };
    let file = c.add_file(&c.ben, file).await.unwrap().attachment.id;
    let new = NewMessage { attachments: vec![file], ..Community::new_message(to, None, body) };
    c.send_message(&c.ben, new).await.unwrap()
}

#[test]
fn words_parts_of_words_and_phrases_are_found_whatever_their_case_and_accents() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let texts =
            ["The Café on **Sunday**", "rebuilding the wall", "go to A4, Gopher", "wall on Sunday, the"];
        all_said(&c, room, &texts).await;
        for (q, found) in [
            ("cafe", &["The Café on Sunday"][..]),
            ("CAFÉ sunday", &["The Café on Sunday"]),
            ("build", &["rebuilding the wall"]),
            ("wall", &["wall on Sunday, the", "rebuilding the wall"]),
            ("go", &["go to A4, Gopher"]),
            ("goph", &["go to A4, Gopher"]),
            ("a4", &["go to A4, Gopher"]),
            ("\"the wall\"", &["rebuilding the wall"]),
            ("\"on sunday\"", &["wall on Sunday, the", "The Café on Sunday"]),
            ("\"sun\"", &[]),
            ("on:sunday", &["wall on Sunday, the", "The Café on Sunday"]),
            ("wall absent", &[]),
        ] {
            assert_eq!(finds(&c, &c.ben, q).await, found, "{q}");
        }
    });
}

#[test]
fn words_of_scripts_without_spaces_are_found_in_the_middle() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        all_said(
            &c,
            room,
            &[
                "我们去北京吃饭。",
                "東京タワーへ行く",
                "학교에서 만나요",
                "京都北",
                "Привет, Ёлка",
                "ภาษาไทยง่าย",
            ],
        )
        .await;
        for (q, found) in [
            ("北京", "我们去北京吃饭。"),
            ("饭", "我们去北京吃饭。"),
            ("去北京", "我们去北京吃饭。"),
            ("東京", "東京タワーへ行く"),
            ("タワー", "東京タワーへ行く"),
            ("학교", "학교에서 만나요"),
            ("елка", "Привет, Ёлка"),
            ("риве", "Привет, Ёлка"),
            ("ไทย", "ภาษาไทยง่าย"),
        ] {
            assert_eq!(finds(&c, &c.ben, q).await, [found], "{q}");
        }
        let page = c.search(&c.ben, query(&c, "北京")).await.unwrap();
        let marked: Vec<(String, bool)> = page.hits[0].excerpt.pieces();
        assert!(marked.contains(&("北京".to_owned(), true)), "{marked:?}");
    });
}

#[test]
fn filters_narrow_and_several_of_a_kind_are_alternatives() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let general = c.general().await.id;
        let plans = c.begins(ConversationKind::Room, "plans", &[c.ben, c.cleo]).await;
        c.says(&c.ada, general, "soup of ada").await;
        c.says(&c.ben, plans, "soup of ben, https://soup.example/recipe").await;
        c.says(&c.cleo, plans, "soup of cleo with @ada in #general").await;
        c.posts(&c.ben, "Soup for all", "[recipe](https://soup.example)").await;
        brings(&c, general, "Soup plan.pdf", "the soup file").await;
        c.test.clock.advance(Duration::from_secs(3 * 24 * 3600));
        c.says(&c.ada, general, "soup three days later").await;
        let later = "soup three days later";
        let (ada, ben, cleo) =
            ("soup of ada", "soup of ben, https://soup.example/recipe", "soup of cleo with @ada in #general");
        let (post, file, beside) = ("Soup for all", "Soup plan.pdf", "the soup file");
        for (q, found) in [
            ("soup", vec![later, file, beside, post, cleo, ben, ada]),
            ("soup from:@ben", vec![file, beside, post, ben]),
            ("soup from:@ADA from:cleo", vec![later, cleo, ada]),
            ("soup from:@nobody", vec![]),
            ("soup in:#plans", vec![cleo, ben]),
            ("soup in:plans from:@cleo", vec![cleo]),
            ("soup in:feed", vec![post]),
            ("soup in:feed in:#plans", vec![post, cleo, ben]),
            ("soup in:#nowhere", vec![]),
            ("soup has:link", vec![post, ben]),
            ("soup has:file", vec![file, beside]),
            ("soup after:2026-11-22", vec![later]),
            ("soup before:2026-11-22 in:#general", vec![file, beside, ada]),
            ("soup after:2026-11-21 before:2026-11-22 from:ada", vec![ada]),
            // Filters alone; a file once, without the message that brought it.
            ("has:file", vec![file]),
            ("has:link", vec![post, ben]),
            ("from:@cleo", vec![cleo]),
            ("in:#plans", vec![cleo, ben]),
            ("after:2026-11-22", vec![later]),
        ] {
            let mut expected: Vec<String> = found.into_iter().map(ToOwned::to_owned).collect();
            let mut all = finds(&c, &c.ada, q).await;
            // A message and its file have one time.
            all.sort();
            expected.sort();
            assert_eq!(all, expected, "{q}");
        }
        for bad in ["soup before:soon", "has:soup", "after:2026-02-30"] {
            assert_eq!(refusal(c.search(&c.ada, query(&c, bad)).await), Code::Invalid, "{bad}");
        }
    });
}

#[test]
fn a_hit_says_what_it_is_where_it_stands_and_where_it_opens() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let mine = c.me(&c.ada).await.unwrap().workspaces;
        let slug = mine.into_iter().find(|one| one.workspace.id == c.workspace).unwrap().workspace.slug;
        let post = c.posts(&c.ada, "Needle in the title", "and in the text").await;
        c.later();
        let comment = c.comments_on(&c.ben, &post, "a **needle** in a comment").await;
        c.later();
        let root = c.says(&c.ada, room, "haystack").await;
        let answer = c.answers(&c.cleo, &root, "needle in a thread").await;
        c.later();
        let direct = c.open_direct(&c.ada, c.workspace, c.ben.user).await.unwrap().conversation.id;
        let carried = brings(&c, direct, "Needle.pdf", "").await;
        let hits = c.search(&c.ada, query(&c, "needle")).await.unwrap().hits;
        let seen: Vec<_> =
            hits.iter().map(|hit| (hit.kind, hit.author.handle.as_str(), hit.link.as_str())).collect();
        let (file, thread) = (
            format!("/w/{slug}/c/{direct}?message={}", carried.id),
            format!("/w/{slug}/c/{room}?message={}", answer.id),
        );
        let (comments, posts) = (
            format!("/w/{slug}/posts/{}#comment-{}", post.id, comment.id),
            format!("/w/{slug}/posts/{}", post.id),
        );
        assert_eq!(
            seen,
            [
                (HitKind::File, "ben", file.as_str()),
                (HitKind::Message, "cleo", thread.as_str()),
                (HitKind::Comment, "ben", comments.as_str()),
                (HitKind::Post, "ada", posts.as_str()),
            ]
        );
        let place = |index: usize| hits[index].place.clone();
        let HitPlace::Conversation { name, kind: ConversationKind::Direct, .. } = place(0) else {
            panic!("{hits:?}")
        };
        assert_eq!(name, "Ben");
        assert!(matches!(place(1), HitPlace::Conversation { name, .. } if name == "general"));
        assert_eq!((place(2), place(3)), (HitPlace::Feed, HitPlace::Feed));
        let titles: Vec<_> =
            hits.iter().map(|hit| hit.title.as_ref().map(|title| title.text.as_str())).collect();
        assert_eq!(
            titles,
            [Some("Needle.pdf"), None, Some("Needle in the title"), Some("Needle in the title")]
        );
        assert_eq!(hits[2].excerpt.text, "a needle in a comment");
        assert!(
            hits.iter()
                .all(|hit| !hit.excerpt.marks.is_empty() || !hit.title.as_ref().unwrap().marks.is_empty())
        );
    });
}

#[test]
fn edits_and_deletions_change_what_is_found_at_once() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let said = brings(&c, room, "secret.pdf", "first secret").await;
        let post = c.posts(&c.ben, "secret title", "secret body").await;
        let comment = c.comments_on(&c.ben, &post, "secret comment").await;
        assert_eq!(finds(&c, &c.ada, "secret").await.len(), 4);

        let edit = |id, base, body: &str| MessageEdit { id, base, body: body.to_owned() };
        c.update_message(&c.ben, edit(said.id, 1, "second wording")).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "wording").await, ["second wording"]);
        assert_eq!(finds(&c, &c.ada, "wording has:file").await, ["second wording"]);
        assert!(!finds(&c, &c.ada, "secret").await.contains(&"first secret".to_owned()));
        c.update_message(&c.ben, edit(said.id, 2, "👍")).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "wording").await, [""; 0]);
        c.update_message(&c.ben, edit(said.id, 3, "third secret")).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "third").await, ["third secret"]);
        let title = PostEdit { id: post.id, base: 1, title: Some("Renamed".to_owned()), body: None };
        c.update_post(&c.ben, title).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "renamed \"secret body\"").await, ["Renamed"]);
        assert_eq!(finds(&c, &c.ada, "title").await, [""; 0]);
        let edit = CommentEdit { id: comment.id, base: 1, body: "plain comment".to_owned() };
        c.update_comment(&c.ben, edit).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "\"secret comment\"").await, [""; 0]);
        assert_eq!(finds(&c, &c.ada, "\"plain comment\"").await.len(), 1);

        c.delete_message(&c.ben, said.id).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "third").await, [""; 0]);
        assert_eq!(finds(&c, &c.ada, "has:file").await, [""; 0], "its file goes with it");
        c.delete_comment(&c.ben, comment.id).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "plain").await, [""; 0]);
        let other = c.comments_on(&c.cleo, &post, "another comment").await;
        c.delete_post(&c.ben, post.id).await.unwrap();
        for q in ["renamed", "secret", "another", "from:@ben", "from:@cleo"] {
            assert_eq!(finds(&c, &c.ada, q).await, [""; 0], "{q} {}", other.id);
        }
    });
}

#[test]
fn what_one_group_writes_and_takes_back_is_not_found() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let release = c.test_hold().await;
        let new = Community::new_message(room, None, "vanishing");
        let sending = c.send_message(&c.ada, new.clone());
        let both = async {
            // The second command is handed over while the first one waits.
            let id = new.id;
            while c.test_waiting() == 0 {
                tokio::task::yield_now().await;
            }
            let deleting = c.delete_message(&c.ada, id);
            let kept = c.send_message(&c.ada, Community::new_message(room, None, "staying"));
            let let_go = async {
                while c.test_waiting() < 3 {
                    tokio::task::yield_now().await;
                }
                let _ = release.send(());
            };
            let (deleted, kept, ()) = tokio::join!(deleting, kept, let_go);
            deleted.unwrap();
            kept.unwrap();
        };
        let (sent, ()) = tokio::join!(sending, both);
        sent.unwrap();
        assert_eq!(finds(&c, &c.ada, "vanishing").await, [""; 0]);
        assert_eq!(finds(&c, &c.ada, "staying").await, ["staying"]);
        // A repeated command adds nothing, and a commit that fails leaves nothing.
        let again = Community::new_message(room, None, "once only");
        c.send_message(&c.ada, again.clone()).await.unwrap();
        c.send_message(&c.ada, again).await.unwrap();
        assert_eq!(finds(&c, &c.ada, "once").await, ["once only"]);
        c.faults().fail_commits(1);
        assert!(c.send_message(&c.ada, Community::new_message(room, None, "lost")).await.is_err());
        assert_eq!(finds(&c, &c.ada, "lost").await, [""; 0]);
    });
}

async fn all_pages(c: &Community, q: &str, order: SearchOrder) -> Vec<String> {
    let mut after: Option<PageKey> = None;
    let mut texts = Vec::new();
    loop {
        let page = c.search(&c.ada, SearchQuery { order, after, ..query(c, q) }).await.unwrap();
        texts.extend(page.hits.into_iter().map(|hit| hit.excerpt.text));
        after = page.next;
        if after.is_none() {
            return texts;
        }
        // What is written meanwhile moves nothing.
        c.says(&c.ben, c.general().await.id, "counting needle of later").await;
    }
}

#[test]
fn pages_follow_each_other_without_a_gap_in_both_orders() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let count = limits::SEARCH_PAGE_ROWS * 2 + 5;
        for number in 0..count {
            // Many within one millisecond.
            if number % 4 == 0 {
                c.later();
            }
            let filler = "straw ".repeat(number % 5);
            c.says(&c.ada, room, &format!("counting {number} needle {filler}")).await;
        }
        let looked_through = all_pages(&c, "needle counting from:@ada", SearchOrder::Newest).await;
        c.faults().search_by_indexes(true);
        let newest = all_pages(&c, "needle counting from:@ada", SearchOrder::Newest).await;
        assert_eq!(newest, looked_through);
        let numbers: Vec<usize> =
            newest.iter().map(|text| text.split(' ').nth(1).unwrap().parse().unwrap()).collect();
        assert_eq!(numbers, (0..count).rev().collect::<Vec<_>>());
        let mut best = all_pages(&c, "needle counting from:@ada", SearchOrder::Best).await;
        assert!(!best[0].contains("straw") && best.last().unwrap().contains("straw straw straw straw"));
        best.sort();
        let mut all = newest.clone();
        all.sort();
        assert_eq!(best, all, "each once");
    });
}

#[test]
fn the_best_come_first() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        all_said(&c, room, &["set", "setting", "outsetting", "a long story about a set that went on and on"])
            .await;
        let page =
            c.search(&c.ada, SearchQuery { order: SearchOrder::Best, ..query(&c, "set") }).await.unwrap();
        let texts: Vec<String> = page.hits.into_iter().map(|hit| hit.excerpt.text).collect();
        let (long, beginning) = ("a long story about a set that went on and on", "setting");
        assert_eq!(texts, ["set", long, beginning, "outsetting"]);
    });
}

#[test]
fn the_indexes_know_what_the_texts_say_after_any_changes() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        let seed = std::process::id();
        eprintln!("seed {seed}");
        let mut state = u64::from(seed) + 1;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % below).unwrap()
        };
        const WORDS: [&str; 10] =
            ["winter", "wins", "interval", "set", "setter", "go", "北京", "京都", "valley", "Überset"];
        let mut said: Vec<(protocol::MessageId, u32)> = Vec::new();
        for _ in 0..250 {
            let words: Vec<&str> = (0..=random(5)).map(|_| WORDS[random(10)]).collect();
            match random(5) {
                0 if !said.is_empty() => {
                    let (id, _) = said.swap_remove(random(said.len() as u64));
                    c.delete_message(&c.ada, id).await.unwrap();
                }
                1 if !said.is_empty() => {
                    let index = random(said.len() as u64);
                    let (id, base) = said[index];
                    let edit = MessageEdit { id, base, body: words.join(" ") };
                    said[index].1 = c.update_message(&c.ada, edit).await.unwrap().version;
                }
                _ => {
                    c.test.clock.advance(Duration::from_millis(random(3) as u64));
                    said.push((c.says(&c.ada, room, &words.join(" ")).await.id, 1));
                }
            }
        }
        for word in WORDS {
            finds(&c, &c.ben, word).await;
            finds(&c, &c.ben, &format!("\"{word} set\"")).await;
            finds(&c, &c.ben, &format!("{} go", word.chars().take(3).collect::<String>())).await;
        }
    });
}

#[test]
fn no_query_is_an_error_of_the_server() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        c.says(&c.ada, room, "100% of it's \"quoted\" OR NEAR(this) AND a_b*").await;
        for hostile in [
            "",
            " ",
            "\"",
            "\"\"",
            "'",
            "''",
            "*",
            "%",
            "_",
            "\\",
            "- - -",
            "👍",
            "👍👍 !?",
            "\u{0}",
            "a\u{0}b",
            "\u{202E}",
            "AND",
            "OR NOT",
            "NEAR(a b)",
            "text:a",
            "search_words MATCH 'a'",
            "a* OR b*",
            "^a",
            "{text}: a",
            "+a -b",
            "'; DROP TABLE search_documents; --",
            "$1 ? :a",
            "a & b | !c <-> d",
            "(((((",
            "\u{301}\u{301}",
            "\u{FE0F}",
            "in:#'",
            "from:@\"x",
            "ﷺ",
            "\u{1F1E9}\u{1F1EA}",
            "ß İ ﬁ",
            "%%%",
            "___",
            "a b c d e f g h i j k l m n o p",
        ] {
            for (order, by_indexes) in [(SearchOrder::Newest, true), (SearchOrder::Best, false)] {
                c.faults().search_by_indexes(by_indexes);
                let answer = c.search(&c.ada, SearchQuery { order, ..query(&c, hostile) }).await;
                assert!(answer.is_ok(), "{hostile:?}: {answer:?}");
            }
        }
        for long in ["x".repeat(10_000), "x ".repeat(5_000), "\"".repeat(10_000), "北".repeat(10_000)] {
            assert_eq!(refusal(c.search(&c.ada, query(&c, &long)).await), Code::Invalid);
        }
        let longest =
            ["x".repeat(limits::SEARCH_CHARS_MAX), "北".repeat(limits::SEARCH_CHARS_MAX), "abc ".repeat(32)];
        for long in longest {
            assert_eq!(finds(&c, &c.ada, &long).await, [""; 0]);
        }
        for key in ["", "x", "1", "1.2.3", "1.2.3.4.5.6", "9223372036854775808.1", "-1.-1", "1.2.3.4.5"] {
            for order in [SearchOrder::Newest, SearchOrder::Best] {
                let asked =
                    SearchQuery { order, after: Some(PageKey(key.to_owned())), ..query(&c, "quoted") };
                if let Err(error) = c.search(&c.ada, asked).await {
                    assert_eq!(protocol::Error::from(error).code, Code::Invalid, "{key}");
                }
            }
        }
        assert_eq!(finds(&c, &c.ada, "100% it's a_b*").await.len(), 1, "signs are no words");
        let nothing: SearchPage = c.search(&c.ada, query(&c, "!!! has:link ???")).await.unwrap();
        assert!(nothing.hits.is_empty(), "what was looked for is in no text");
    });
}

#[test]
fn what_was_written_before_there_was_a_search_is_filled_in_from_where_it_ended() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        for number in 0..250 {
            c.says(&c.ada, room, &format!("old message {number}")).await;
        }
        let gone = c.says(&c.ada, room, "old and deleted").await;
        c.delete_message(&c.ada, gone.id).await.unwrap();
        brings(&c, room, "old.pdf", "old with a file").await;
        let post = c.posts(&c.ada, "old post", "see https://old.example").await;
        c.comments_on(&c.ben, &post, "old comment").await;
        let before = finds(&c, &c.ada, "old").await;
        c.test_forget_search().await.unwrap();
        assert_eq!(finds(&c, &c.ada, "old").await, [""; 0]);
        assert!(c.fill_search().await.unwrap());
        c.says(&c.ada, room, "written meanwhile, not old").await;
        let (other, _committed) = c.test.open_again().await;
        let mut steps = 0;
        while other.fill_search().await.unwrap() {
            steps += 1;
            assert!(steps < 20, "it ends");
        }
        assert!(2 < steps, "some at a time");
        assert!(!c.fill_search().await.unwrap());
        let mut after = finds(&c, &c.ada, "old -meanwhile").await;
        after.retain(|text| !text.contains("meanwhile"));
        assert_eq!(finds(&c, &c.ada, "old has:link").await, ["old post"]);
        assert_eq!(finds(&c, &c.ada, "has:file").await, ["old.pdf"]);
        assert_eq!(finds(&c, &c.ada, "\"old and deleted\"").await, [""; 0]);
        assert_eq!(finds(&c, &c.ada, "\"old message 249\"").await, ["old message 249"]);
        assert_eq!(finds(&c, &c.ada, "old").await.len(), before.len());
        assert_eq!(finds(&c, &c.ada, "comment").await, ["old post"]);
        other.close().await;
    });
}

#[test]
fn a_search_asks_as_often_however_much_there_is() {
    on_both(|test| async move {
        let c = Community::in_(test).await;
        let room = c.general().await.id;
        c.says(&c.ada, room, "needle").await;
        c.faults().search_by_indexes(true);
        let few = c.statements(c.search(&c.ben, query(&c, "needle"))).await;
        for number in 0..30 {
            c.says(&c.cleo, room, &format!("needle {number}")).await;
        }
        assert_eq!(c.statements(c.search(&c.ben, query(&c, "needle"))).await, few);
        assert!(few <= 8, "{few} statements");
    });
}
