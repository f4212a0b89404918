//! Going out: requests that this server sends to places which somebody else named.
//!
//! Whoever may name an address could reach through this server what only it can reach. So names are
//! resolved here, and an address that is not public ends the request; redirects are not followed, and
//! no proxy is asked, which would resolve names by itself.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Which addresses may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, by https.
    Public,
    /// This machine as well, also by http: for development and tests.
    Loopback,
}

impl Reach {
    /// Whether an address may be reached.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::Loopback && address.to_canonical().is_loopback())
    }

    /// Whether this may be the address of a request: https, or http to this machine where that may be
    /// reached. Where its name leads shows only when it is sent.
    #[must_use]
    pub fn allows_url(self, url: &Url) -> bool {
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        let scheme_is_allowed =
            url.scheme() == "https" || (url.scheme() == "http" && is_loopback && self == Self::Loopback);
        scheme_is_allowed && self.allows_host(url)
    }

    /// The same for a page that is looked at as anybody may: also by http.
    #[must_use]
    pub fn allows_page(self, url: &Url) -> bool {
        matches!(url.scheme(), "https" | "http") && self.allows_host(url)
    }

    fn allows_host(self, url: &Url) -> bool {
        let is_plain = url.username().is_empty() && url.password().is_none();
        let host_is_allowed = match url.host() {
            Some(Host::Ipv4(address)) => self.allows(address.into()),
            Some(Host::Ipv6(address)) => self.allows(address.into()),
            Some(Host::Domain(name)) => name.contains('.') || self == Self::Loopback,
            None => false,
        };
        is_plain && host_is_allowed
    }

    /// A client that reaches nothing else.
    ///
    /// # Errors
    /// When this machine's certificates cannot be read.
    pub fn client(self, within: Duration) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .user_agent(concat!("Hubbub/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(within)
            .dns_resolver(Arc::new(Resolver(self)))
            .build()
    }
}

/// Resolves names to addresses that may be reached.
struct Resolver(Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|found| reach.allows(found.ip())).collect();
            if allowed.is_empty() {
                let message = format!("{} has no public address", name.as_str());
                return Err(Error::new(ErrorKind::PermissionDenied, message).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet, and nobody's own.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the registry of special addresses (RFC 6890 and what came later).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || 224 <= a;
    !is_special
}

/// Only what is handed out for the internet (2000::/3), and of that nothing which hides another address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_tunnel_or_example = a == 0x2002 || (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x3fff;
    (0x2000..0x4000).contains(&a) && !is_tunnel_or_example
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_reached_but_public_addresses() {
        for public in ["1.1.1.1", "9.255.255.255", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(Reach::Public.allows(public.parse().unwrap()), "{public}");
        }
        for own in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
        ] {
            assert!(!Reach::Public.allows(own.parse().unwrap()), "{own}");
        }
        assert!(Reach::Loopback.allows("127.0.0.1".parse().unwrap()));
        assert!(Reach::Loopback.allows("::1".parse().unwrap()));
        assert!(!Reach::Loopback.allows("192.168.1.1".parse().unwrap()));
    }

    #[test]
    fn only_https_to_a_public_host_is_an_address_to_go_to() {
        let allows = |reach: Reach, url: &str| reach.allows_url(&url.parse().unwrap());
        assert!(allows(Reach::Public, "https://push.example.org/x"));
        assert!(allows(Reach::Public, "https://1.1.1.1/x"));
        for url in [
            "http://push.example.org/x",
            "https://127.0.0.1/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://localhost/x",
            "https://user:secret@push.example.org/x",
            "ftp://push.example.org/x",
            "file:///etc/passwd",
        ] {
            assert!(!allows(Reach::Public, url), "{url}");
        }
        assert!(allows(Reach::Loopback, "http://127.0.0.1:9/x"));
        assert!(!allows(Reach::Loopback, "http://192.168.1.1/x"));
        assert!(!allows(Reach::Loopback, "http://push.example.org/x"));
    }

    #[test]
    fn a_page_may_be_looked_at_by_http_but_only_where_everybody_can() {
        let allows = |reach: Reach, url: &str| reach.allows_page(&url.parse().unwrap());
        assert!(allows(Reach::Public, "http://example.org/x"));
        assert!(allows(Reach::Public, "https://example.org:8443/x"));
        for url in [
            "http://127.0.0.1/x",
            "http://2130706433/x",
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:127.0.0.1]/x",
            "http://[fd00::1]/x",
            "http://localhost/x",
            "http://user@example.org/x",
            "ftp://example.org/x",
            "file:///etc/passwd",
            "data:text/html,x",
        ] {
            assert!(!allows(Reach::Public, url), "{url}");
        }
        assert!(allows(Reach::Loopback, "http://127.0.0.1:9/x"));
        assert!(!allows(Reach::Loopback, "http://192.168.1.1/x"));
    }

    /// Somebody's own name server may say any address; here the machine's own says one for `localhost`.
    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_followed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let within = Duration::from_secs(5);
        let refused = Reach::Public.client(within).unwrap().get(&url).send().await.unwrap_err();
        assert!(refused.is_connect(), "{refused:?}");
        let asked = async { Reach::Loopback.client(within).unwrap().get(&url).send().await };
        let arrives = tokio::time::timeout(within, async {
            tokio::select! {
                _ = asked => panic!("nobody answers"),
                came = listener.accept() => came.unwrap(),
            }
        });
        assert!(
            arrives.await.is_ok(),
            "where it may be reached, the same name leads there: the first to come"
        );
    }
}
