//! What is around: the server itself, its public address, Redis.

use super::Finding;
use crate::config::Config;
use reqwest::Client;
use serde_json::Value;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// How long anybody may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn examine(config: &Config, published: Option<&str>) -> Vec<Finding> {
    let client = Client::builder().no_proxy().timeout(ANSWERS_WITHIN).build();
    let mut findings = Vec::new();
    match client {
        Err(error) => {
            let advice = "install this machine's certificates (Debian: the package ca-certificates)";
            findings.push(Finding::problem("certificates", error.to_string(), advice));
        }
        Ok(client) => {
            findings.push(server(config, &client).await);
            findings.push(page(config));
            findings.push(public(config, &client, published).await);
        }
    }
    findings.push(redis(config).await);
    findings
}

/// Where somebody on this machine reaches what listens at an address.
fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn server(config: &Config, client: &Client) -> Finding {
    let address = reached(config.address);
    match client.get(format!("http://{address}/health/ready")).send().await {
        Err(error) if error.is_connect() => {
            let advice = "nothing to do if it is stopped on purpose; else start it and read its log";
            Finding::note("server", format!("nothing listens on {address}"), advice)
        }
        Err(error) => {
            let says = format!("what listens on {address} does not answer: {}", why(&error));
            Finding::problem("server", says, "restart it, and read its log")
        }
        Ok(answer) => {
            let status = answer.status();
            match (status.as_u16(), answer.text().await.unwrap_or_default().as_str()) {
                (200, "ready") => Finding::ok("server", format!("is ready on {address}")),
                (503, says) => {
                    let says = format!("the server on {address} says \"{says}\"");
                    Finding::problem("server", says, "read its log, and see what the lines above say")
                }
                _ => {
                    let says = format!("another program listens on {address}");
                    let advice = "stop it, or choose another address (setting address, HUBBUB_ADDRESS)";
                    Finding::problem("server", says, advice)
                }
            }
        }
    }
}

fn page(config: &Config) -> Finding {
    let folder = config.site_dir.join("pkg");
    if folder.is_dir() {
        return Finding::ok("page", format!("lies in {}", config.site_dir.display()));
    }
    let says = format!("{} is not there: pages have no style and are not live", folder.display());
    Finding::problem("page", says, "name the folder of the compiled page (setting site_dir), or `make run`")
}

async fn public(config: &Config, client: &Client, published: Option<&str>) -> Finding {
    let url = config.public_url.trim_end_matches('/');
    if url.is_empty() {
        if config.address.ip().is_loopback() {
            return Finding::note(
                "public address",
                "none is set: only this machine reaches the site",
                "for others, put a proxy with https in front and set public_url (docs/OPERATIONS.md)",
            );
        }
        return Finding::problem(
            "public address",
            format!("none is set, and {} listens to others without https", config.address),
            "set public_url, listen on 127.0.0.1 and let a proxy bring https; else passwords travel in the open",
        );
    }
    let same = client.get(format!("{url}/.well-known/jwks.json")).send().await;
    let answer = match same {
        Ok(answer) if answer.status().is_success() => answer.json::<Value>().await.unwrap_or_default(),
        Ok(answer) => {
            let says = format!("{url} answers {}", answer.status());
            let advice = format!("let the proxy pass everything to {}", reached(config.address));
            return Finding::problem("public address", says, advice);
        }
        Err(error) => return unreached(config, url, &error),
    };
    let ours: Option<Value> = published.and_then(|keys| serde_json::from_str(keys).ok());
    if ours.is_some_and(|ours| !shares_a_key(&ours, &answer)) {
        let says = format!("another program, or another Hubbub, answers at {url}");
        let advice = format!("let the proxy pass {url} to {}", reached(config.address));
        return Finding::problem("public address", says, advice);
    }
    if config.trusted_proxies.is_empty() {
        return Finding::note(
            "public address",
            format!("{url} leads here, and no proxy is trusted"),
            "set trusted_proxies to the proxy's address: else all people share its limit of attempts to sign in",
        );
    }
    if !config.is_https() {
        let advice = "let the proxy bring https: without it browsers offer no notifications";
        return Finding::note("public address", format!("{url} leads here, without https"), advice);
    }
    Finding::ok("public address", format!("{url} leads here"))
}

fn unreached(config: &Config, url: &str, error: &reqwest::Error) -> Finding {
    let why = why(error);
    if why.contains("certificate") {
        let advice = "certificates are the proxy's: renew it there, with the whole chain (Hubbub has none)";
        return Finding::problem(
            "public address",
            format!("the certificate of {url} is refused: {why}"),
            advice,
        );
    }
    let address = reached(config.address);
    let advice =
        format!("look at its name (DNS), the proxy, and whether that reaches the server on {address}");
    Finding::problem("public address", format!("{url} cannot be reached from here: {why}"), advice)
}

/// Whether two JWK sets have a key in common.
fn shares_a_key(ours: &Value, theirs: &Value) -> bool {
    let names = |set: &Value| -> Vec<String> {
        let keys = set["keys"].as_array().into_iter().flatten();
        keys.filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect()
    };
    let ours = names(ours);
    names(theirs).iter().any(|key| ours.contains(key))
}

async fn redis(config: &Config) -> Finding {
    if config.redis_url.is_empty() {
        let says = "none is set, which is right for one server";
        return Finding::ok("redis", says);
    }
    match realtime::probe(&config.redis_url).await {
        Ok(facts) => {
            let form = if facts.is_cluster { "a cluster" } else { "one server" };
            let ms = facts.answered_in.as_millis();
            Finding::ok(
                "redis",
                format!("{form} of version {}, a message came back after {ms} ms", facts.version),
            )
        }
        Err(error) => Finding::problem(
            "redis",
            format!("no message comes back through it: {error}"),
            "start it, and see that REDIS_URL (setting redis_url) names it; it needs no disk and no keyspace notifications",
        ),
    }
}

/// An error with what led to it.
fn why(error: &reqwest::Error) -> String {
    let mut why = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        why = format!("{why}: {error}");
        source = error.source();
    }
    why
}
