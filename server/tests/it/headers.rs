//! What every answer says about itself.

use crate::harness::TestApp;
use reqwest::{Response, header};

fn value<'r>(answer: &'r Response, name: &str) -> &'r str {
    answer
        .headers()
        .get(name)
        .unwrap_or_else(|| panic!("{name} is missing on {}", answer.url()))
        .to_str()
        .expect("headers are ASCII")
}

fn nonce(policy: &str) -> &str {
    let after = policy.split("script-src 'self' 'nonce-").nth(1).expect("the policy has a nonce");
    after.split('\'').next().expect("it ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_runs_only_its_own_scripts() {
    let app = TestApp::start().await;
    let ada = app.site.set_up("ada").await;
    let slug = &ada.me.workspaces[0].workspace.slug;
    let mut seen = std::collections::HashSet::new();
    for path in
        ["/sign-in".to_owned(), format!("/w/{slug}/feed"), "/admin".to_owned(), "/no/such/page".to_owned()]
    {
        let answer = ada.wire.opens(&path).await;
        let policy = value(&answer, "content-security-policy").to_owned();
        for part in [
            "default-src 'self'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(value(&answer, "cache-control"), "private, no-cache", "{path}");
        let html = answer.text().await.unwrap();
        let nonce = nonce(&policy);
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(nonce), "{path}: a script without this page's nonce: {tag}");
        }
        assert!(seen.insert(nonce.to_owned()), "a nonce was used twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_refuses_to_be_sniffed_or_framed() {
    let app = TestApp::start().await;
    let stranger = app.site.stranger();
    for path in ["/sign-in", "/api/posts.create", "/health", "/metrics", "/no/such/page", "/pkg/none.js"] {
        let answer = stranger.opens(path).await;
        assert_eq!(value(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(value(&answer, "x-frame-options"), "DENY", "{path}");
        assert_eq!(value(&answer, "referrer-policy"), "same-origin", "{path}");
        assert!(value(&answer, "content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!value(&answer, "x-request-id").is_empty());
        assert!(
            !answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY),
            "this site is not on https"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_https_tells_browsers_to_stay_there() {
    let app = TestApp::start_with(|config| config.public_url = "https://hubbub.example.org".to_owned()).await;
    let answer = app.site.stranger().opens("/health").await;
    assert!(value(&answer, "strict-transport-security").starts_with("max-age="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_none_is_a_page_with_status_404() {
    let app = TestApp::start().await;
    let answer = app.site.stranger().opens("/no/such/page").await;
    assert_eq!(answer.status(), 404);
    let html = answer.text().await.unwrap();
    assert!(html.contains("<html") && html.contains("This page is not here"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_page_are_compressed_kept_and_never_kept_when_missing() {
    let app = TestApp::start_with(|config| {
        let pkg = config.site_dir.join("pkg/snippets");
        std::fs::create_dir_all(&pkg).unwrap();
        std::fs::write(config.site_dir.join("robots.txt"), "User-agent: *\n").unwrap();
        std::fs::write(pkg.join("a.js"), "plain").unwrap();
        std::fs::write(pkg.join("a.js.br"), "squeezed").unwrap();
    })
    .await;
    let stranger = app.site.stranger();
    let get =
        |path: &str| stranger.http.get(app.site.url(path)).header(header::ACCEPT_ENCODING, "br, gzip").send();
    let file = get("/pkg/snippets/a.js").await.unwrap();
    assert_eq!(value(&file, "content-encoding"), "br");
    assert_eq!(value(&file, "cache-control"), "public, max-age=31536000, immutable");
    let modified = value(&file, "last-modified").to_owned();
    assert_eq!(file.text().await.unwrap(), "squeezed");
    let again =
        stranger.http.get(app.site.url("/pkg/snippets/a.js")).header(header::IF_MODIFIED_SINCE, modified);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let missing = get("/pkg/snippets/b.js").await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(value(&missing, "cache-control"), "no-store");
    assert_eq!(get("/robots.txt").await.unwrap().text().await.unwrap(), "User-agent: *\n");
    assert_eq!(get("/pkg/../../data/hubbub.db").await.unwrap().status(), 404);
    assert_eq!(get("/pkg/%2e%2e/%2e%2e/data/hubbub.db").await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn rendered_pages_are_compressed() {
    let app = TestApp::start().await;
    app.site.set_up("ada").await;
    let request =
        app.site.stranger().http.get(app.site.url("/sign-in")).header(header::ACCEPT_ENCODING, "br");
    let answer = request.send().await.unwrap();
    assert_eq!(value(&answer, "content-encoding"), "br");
}
