//! Markdown becomes safe HTML, whatever somebody writes.

use proptest::prelude::*;
use protocol::{UserId, limits};
use std::collections::HashMap;
use std::time::Duration;
use store::markdown::{Mentions, excerpt, handles, html, links};
use tokio::time::Instant;

fn plain(body: &str) -> String {
    html(body, &Mentions::default())
}

fn with_ada(body: &str) -> String {
    let ada = UserId(uuid::Uuid::nil());
    let people = HashMap::from([("ada".to_owned(), ada)]);
    html(body, &Mentions { slug: "den".to_owned(), people, ..Mentions::default() })
}

const ADA: &str = "<a class=\"mention\" href=\"/w/den/people/ada\" \
                   data-user=\"00000000-0000-0000-0000-000000000000\" rel=\"nofollow ugc noopener\">@ada</a>";

#[test]
fn the_usual_marks_become_html() {
    for (body, expected) in [
        (
            "Hello *you* and **you** and ~~you~~",
            "<p>Hello <em>you</em> and <strong>you</strong> and <del>you</del></p>\n",
        ),
        ("# One\n\n## Two\n\n###### Six", "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"),
        ("> said\n\n---", "<blockquote>\n<p>said</p>\n</blockquote>\n<hr>\n"),
        ("3. c\n4. d", "<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>\n"),
        (
            "```recipe\nlet x = 1 < 2;\n```",
            "<pre><code class=\"language-recipe\">let x = 1 &lt; 2;\n</code></pre>\n",
        ),
        (
            "[a](https://a.org \"t\")",
            "<p><a href=\"https://a.org\" title=\"t\" rel=\"nofollow ugc noopener\">a</a></p>\n",
        ),
    ] {
        assert_eq!(plain(body), expected);
    }
}

/// What the code says, without its colours.
fn uncoloured(html: &str) -> String {
    let mut text = html.replace("</span>", "");
    for class in ["comment", "constant", "keyword", "name", "removed", "string"] {
        text = text.replace(&format!("<span class=\"hl-{class}\">"), "");
    }
    text
}

/// The code as it looks once its language was learnt, which takes an unoptimised program longer than a
/// text may take.
fn coloured(language: &str, code: &str) -> String {
    let started = Instant::now();
    loop {
        let html = plain(&format!("```{language}\n{code}```"));
        if html.contains("<span") || Duration::from_secs(60) < started.elapsed() {
            return html;
        }
    }
}

#[test]
fn code_of_a_known_language_is_coloured_and_says_the_same() {
    let code = "// greet\nlet x = \"<b>\";\n";
    let html = coloured("rust", code);
    for part in [
        "<span class=\"hl-comment\">// greet\n</span>",
        "<span class=\"hl-keyword\">let</span>",
        "<span class=\"hl-string\">\"&lt;b&gt;\"</span>",
    ] {
        assert!(html.contains(part), "{html}");
    }
    let plain_code = "<pre><code class=\"language-rust\">// greet\nlet x = \"&lt;b&gt;\";\n</code></pre>\n";
    assert_eq!(uncoloured(&html), plain_code);
    for (language, word) in [("ts", "const"), ("python", "def"), ("toml", "[a]")] {
        let html = coloured(language, &format!("{word} x\n"));
        assert!(html.contains("<span class=\"hl-"), "{language}: {html}");
    }
}

#[test]
fn code_that_is_too_long_or_hostile_keeps_one_colour_or_stays_text() {
    let long = plain(&format!("```rust\n{}```", "let x = 1;\n".repeat(2_000)));
    assert!(!long.contains("<span"), "too long");
    let line = plain(&format!("```js\n{}\n```", "a(".repeat(1_000)));
    assert!(!line.contains("<span"), "a line that is too long");
    let typed = plain("<span class=\"hl-keyword\">let</span>");
    assert!(!typed.contains("<span"), "{typed}");
    let closing = plain("```html\n</code></pre><script>alert(1)</script>\n```");
    assert!(!closing.contains("<script"), "{closing}");
    assert_eq!(closing.matches("</pre>").count(), 1, "{closing}");
    let named = plain("```rust\"onload=x\nlet\n```");
    assert!(!named.contains("onload"), "{named}");
}

#[test]
fn tables_are_aligned_by_class_because_styles_are_forbidden() {
    let table = plain("| a | b |\n|:-:|--:|\n| **1** | 2 |");
    assert!(table.contains("<th class=\"align-center\">a</th><th class=\"align-right\">b</th>"), "{table}");
    assert!(table.contains("<td class=\"align-center\"><strong>1</strong></td>"), "{table}");
    assert!(!table.contains("style"), "{table}");
}

#[test]
fn tasks_are_boxes_that_say_what_they_are() {
    let list = plain("- [x] done\n- [ ] open");
    assert!(list.contains("type=\"checkbox\" disabled=\"\" checked=\"\" aria-label=\"Done\""), "{list}");
    assert!(list.contains("type=\"checkbox\" disabled=\"\" aria-label=\"To do\""), "{list}");
}

#[test]
fn members_become_links_but_not_in_code_or_links() {
    assert_eq!(with_ada("Hi @ada!"), format!("<p>Hi {ADA}!</p>\n"));
    assert_eq!(with_ada("**@Ada**"), format!("<p><strong>{ADA}</strong></p>\n"));
    for body in ["`@ada`", "```\n@ada\n```", "    @ada", "mail@ada", "@adam", "@ben"] {
        assert!(!with_ada(body).contains("<a"), "{body}");
    }
    let link = with_ada("[@ada](https://a.org)");
    assert!(!link.contains("mention"), "{link}");
    assert_eq!(handles("@ada `@ben` @Cleo [@dan](x) @ada\n\n    @eve"), ["ada", "cleo"]);
}

#[test]
fn bare_addresses_become_links() {
    let seen = plain("See https://a.org/x_y_z?a=1&b=2.");
    let link = "<a href=\"https://a.org/x_y_z?a=1&amp;b=2\" rel=\"nofollow ugc noopener\">https://a.org/x_y_z?a=1&amp;b=2</a>.";
    assert!(seen.contains(link), "{seen}");
    assert!(!plain("`https://a.org`").contains("<a"));
}

#[test]
fn html_is_shown_as_text() {
    assert_eq!(plain("a <b>c</b> d"), "<p>a &lt;b&gt;c&lt;/b&gt; d</p>\n");
    assert_eq!(plain("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
}

#[test]
fn a_picture_from_elsewhere_is_a_link() {
    let seen = plain("![a cat](https://spy.example/cat.png)");
    assert!(
        !seen.contains("<img")
            && seen.contains("href=\"https://spy.example/cat.png\"")
            && seen.contains("a cat")
    );
    let nested = plain("[![a cat](https://b.org/cat.png)](https://a.org)");
    assert_eq!(nested.matches("<a ").count(), 1, "{nested}");
}

/// What an attacker wants to be in the result.
fn check_is_harmless(body: &str) {
    let seen = with_ada(body);
    // Tags and attributes that we did not make would have to begin with a real `<`.
    let allowed = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "input",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ];
    for tag in seen.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        assert!(allowed.contains(&name), "<{tag}> from {body:?}");
        // Values are quoted and quotes in them escaped, so what is outside of quotes are names.
        for attribute in tag.split('"').step_by(2).flat_map(str::split_whitespace).skip(1) {
            let name = attribute.trim_end_matches('=');
            let known = [
                "href",
                "title",
                "rel",
                "class",
                "data-user",
                "start",
                "type",
                "disabled",
                "checked",
                "aria-label",
            ];
            assert!(known.contains(&name), "{name} in <{tag}> from {body:?}");
        }
        if let Some(href) = tag.split("href=\"").nth(1) {
            let scheme = href
                .split('"')
                .next()
                .unwrap_or_default()
                .split([':', '/', '?', '#'])
                .next()
                .unwrap_or_default();
            let is_address =
                href.starts_with("http://") || href.starts_with("https://") || href.starts_with("mailto:");
            let is_relative = !href.split('"').next().unwrap_or_default().contains(':')
                || href.starts_with(['/', '#', '?', '.']);
            assert!(is_address || is_relative || scheme.eq_ignore_ascii_case("http"), "{href} from {body:?}");
        }
    }
}

#[test]
fn hostile_texts_are_harmless() {
    for body in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><a xlink:href=\"javascript:alert(1)\">x</a></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](<javascript:alert(1)>)",
        "[x]( javascript:alert(1))",
        "[x](\u{1}javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](vbscript:msgbox(1))",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "![x\" onerror=\"alert(1)](x)",
        "[x](x \"onmouseover=alert(1)\")",
        "[x](x '\" onmouseover=\"alert(1)')",
        "[x][r]\n\n[r]: javascript:alert(1)",
        "```\" onclick=\"alert(1)\nx\n```",
        "```</code></pre><script>alert(1)</script>\nx\n```",
        "``` post-card modal\nx\n```",
        "`</code><script>alert(1)</script>`",
        "<b><i><u>unclosed",
        "<!-- <script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?php <script>alert(1)</script> ?>",
        "| a | b |\n|-|-|\n| <script>alert(1)</script> | <img src=x onerror=alert(1)> |",
        "https://a.org/\"onmouseover=alert(1)",
        "https://a.org/<script>alert(1)</script>",
        "@ada\"onclick=alert(1) @ada<script>",
        "<a href=\"https://a.org\" class=\"mention\" data-user=\"1\">@root</a>",
        "<style>*{display:none}</style>",
        "<iframe src=//a.org></iframe><base href=//a.org><form action=//a.org><input name=password>",
        "\u{0}<scr\u{0}ipt>alert(1)</script>",
    ] {
        check_is_harmless(body);
    }
    assert!(!plain("[x](javascript:alert(1))").contains("href"));
    assert!(!plain("```\" onclick=\"alert(1)\nx\n```").contains("class"));
}

proptest! {
    #[test]
    fn nothing_that_is_put_together_is_harmful(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "<", ">", "\"", "'", "`", "```", "\n", "\n\n", "[", "]", "(", ")", "!", "*", "_", "~~", "#", "- ", "> ",
                "|", "|-|-|\n", "    ", "&#106;", "&lt;", "<script>", "</script>", "<img src=x onerror=alert(1)>",
                "javascript:alert(1)", "data:text/html,x", "https://a.org/", "@ada", "[x]: ", "onclick=", "<!--", "-->",
                "<svg>", "<style>", "</p>", "\\", "\u{0}", "é", "a",
            ]),
            0..40,
        )
    ) {
        check_is_harmless(&parts.concat());
    }
}

#[test]
fn the_largest_texts_take_bounded_time_and_room() {
    let repeated = |part: &str| part.repeat(limits::POST_BODY_BYTES_MAX / part.len());
    let nested_list: String = (0..300).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    let wide_table = format!("{}\n{}\n{}", "|a".repeat(5_000), "|-".repeat(5_000), "|\n".repeat(20_000));
    let mut bodies: Vec<String> = [
        ">",
        "> ",
        "- ",
        "* ",
        "1. ",
        "*",
        "**",
        "_",
        "*a _b ",
        "**a *b",
        "`",
        "``a",
        "[",
        "![",
        "[a](",
        "[a][",
        "](",
        "<",
        "<a ",
        "<!--",
        "<![CDATA[",
        "</",
        "&",
        "\\",
        "~",
        "|",
        "#",
        "@a ",
        "@ada ",
        "@",
        "http://(",
        "https://a)",
        "h",
        "[x]: y\n",
        "[a]\n",
        "- [ ] ",
        "\n",
        "\t",
        " ",
        "a\n===\n",
        "a**b",
        "x ",
        "*a* ",
        "> - ",
        "- > ",
        "<b>",
        "***a***",
        "[[a]](b)",
        "\u{a0}",
        "\u{b0}",
        "é&",
        "&\n",
        "https://a.org/?&",
    ]
    .map(repeated)
    .into();
    bodies.extend([
        nested_list,
        wide_table,
        format!("{}a{}", "*".repeat(30_000), "*".repeat(30_000)),
        format!("[a]: {}\n\n{}", "u".repeat(20_000), "[a]".repeat(14_000)),
        format!("[a](https://a.org/?{})", "&".repeat(60_000)),
        format!("[a](b \"{}\")", "&".repeat(60_000)),
    ]);
    for body in bodies {
        let started = Instant::now();
        let seen = with_ada(&body);
        let (named, beginning) = (handles(&body), excerpt(&body));
        let took = started.elapsed();
        let name: String = body.chars().take(12).collect();
        // Unoptimised they take half a second each; quadratic ones took ten.
        assert!(took < Duration::from_secs(5), "{name:?} took {took:?}");
        assert!(seen.len() <= 2 * 1024 * 1024, "{name:?} became {} bytes", seen.len());
        assert!(
            named.len() <= 4 * limits::MENTIONS_MAX && beginning.chars().count() <= limits::EXCERPT_CHARS_MAX
        );
        check_is_harmless(&body);
    }
}

#[test]
fn a_long_text_keeps_every_character() {
    for part in ["a & b < c > d \" e; ", "é\u{a0}\u{b0}&", "&amp;&", "x"] {
        let body = part.repeat(4_000);
        let seen = plain(&format!("`` {body} ``"));
        let text = seen.trim().trim_start_matches("<p><code>").trim_end_matches("</code></p>");
        let unescaped =
            text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
        assert_eq!(unescaped.trim(), body.trim());
    }
    assert_eq!(plain("a\u{FDD0}> b"), "<p>a&gt; b</p>\n");
}

#[test]
fn deep_nesting_is_flattened_and_loses_no_word() {
    let body: String = (0..200).map(|depth| format!("{} word{depth}\n", ">".repeat(depth + 1))).collect();
    let seen = plain(&body);
    assert!(seen.matches("<blockquote>").count() <= 24);
    for depth in 0..200 {
        assert!(seen.contains(&format!("word{depth}")), "word{depth}");
    }
}

#[test]
fn an_excerpt_is_what_the_text_says() {
    assert_eq!(
        excerpt("# Lunch\n\nAt **noon**, [here](https://a.org) `now`\n\n- a\n- b"),
        "Lunch At noon, here now a b"
    );
    assert_eq!(excerpt("| a | b |\n|-|-|\n| 1 | 2 |"), "a b 1 2");
    assert!(excerpt(&"word ".repeat(100)).ends_with('…'));
}

#[test]
fn the_pages_that_a_text_links_are_found_outside_of_code_each_once() {
    for (body, expected) in [
        ("no link, mailto:ada@a.org, ftp://a.org", &[][..]),
        ("https://a.org, and [b](http://b.org/x) <https://a.org>", &["https://a.org", "http://b.org/x"]),
        ("`https://a.org` and\n\n    https://b.org\n", &[]),
        (
            "![p](https://a.org/p.png) [https://shown.org](https://led.org)",
            &["https://a.org/p.png", "https://led.org"],
        ),
        ("[r]\n\n[r]: HTTPS://A.org", &["HTTPS://A.org"]),
        (
            "http://1.org http://2.org http://3.org http://4.org",
            &["http://1.org", "http://2.org", "http://3.org"],
        ),
    ] {
        assert_eq!(links(body), expected, "{body}");
    }
    assert_eq!(links(&format!("https://a.org/{}", "x".repeat(limits::LINK_BYTES_MAX))), [""; 0]);
}
