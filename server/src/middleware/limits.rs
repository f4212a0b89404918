//! Limits on attempts to sign in: per address, so that one machine cannot try many accounts, and
//! per account, so that many machines cannot try one. And on programs: per token.

use app::server::SignInLimit;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use protocol::limits::{
    TOKEN_EXCHANGES_PER_MINUTE_MAX, TOKEN_REQUESTS_BURST_MAX, TOKEN_REQUESTS_PER_SECOND_MAX,
};
use protocol::{Error, TokenId};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

const TOKEN_REQUESTS: NonZeroU32 = NonZeroU32::new(TOKEN_REQUESTS_PER_SECOND_MAX).expect("it is above zero");
const TOKEN_BURST: NonZeroU32 = NonZeroU32::new(TOKEN_REQUESTS_BURST_MAX).expect("it is above zero");
const EXCHANGES_PER_MINUTE_MAX: NonZeroU32 =
    NonZeroU32::new(TOKEN_EXCHANGES_PER_MINUTE_MAX).expect("it is above zero");

/// All limits on getting in. Each lets so many attempts through at once and then one every few seconds.
pub struct SignIns {
    clock: DefaultClock,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<String>,
    exchanges: DefaultKeyedRateLimiter<IpAddr>,
}

impl SignIns {
    /// So many attempts per minute, for one address and for one account alike.
    #[must_use]
    pub fn new(per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self {
            clock: DefaultClock::default(),
            by_address: RateLimiter::keyed(quota),
            by_account: RateLimiter::keyed(quota),
            exchanges: RateLimiter::keyed(Quota::per_minute(EXCHANGES_PER_MINUTE_MAX)),
        }
    }

    /// Forgets addresses and accounts that have their full quota again.
    pub fn forget_old(&self) {
        self.by_address.retain_recent();
        self.by_account.retain_recent();
        self.exchanges.retain_recent();
    }
}

fn check<K: Clone + Eq + Hash>(
    limiter: &DefaultKeyedRateLimiter<K>,
    clock: &DefaultClock,
    key: &K,
) -> Result<(), Error> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(clock.now());
        Error::rate_limited(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
    })
}

/// What one token may ask of this node.
pub struct Programs {
    clock: DefaultClock,
    by_token: DefaultKeyedRateLimiter<TokenId>,
}

impl Default for Programs {
    fn default() -> Self {
        let quota = Quota::per_second(TOKEN_REQUESTS).allow_burst(TOKEN_BURST);
        Self { clock: DefaultClock::default(), by_token: RateLimiter::keyed(quota) }
    }
}

impl Programs {
    /// Counts one request.
    ///
    /// # Errors
    /// 429 with the time to wait, when there were too many.
    pub fn request(&self, token: TokenId) -> Result<(), Error> {
        check(&self.by_token, &self.clock, &token)
    }

    /// Forgets tokens that have their full quota again.
    pub fn forget_old(&self) {
        self.by_token.retain_recent();
    }
}

impl SignInLimit for SignIns {
    fn attempt(&self, address: IpAddr, handle: &str) -> Result<(), Error> {
        check(&self.by_address, &self.clock, &household(address))?;
        let account = handle.trim().trim_start_matches('@').to_lowercase();
        check(&self.by_account, &self.clock, &account)
    }

    fn exchange(&self, address: IpAddr) -> Result<(), Error> {
        check(&self.exchanges, &self.clock, &household(address))
    }
}

/// An IPv6 customer owns a whole /64, so that is what counts as one address.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    const MAX: u32 = 10;

    fn limit() -> SignIns {
        SignIns::new(NonZeroU32::new(MAX).unwrap())
    }

    fn attempts(limit: &SignIns, address: impl Fn(u32) -> IpAddr, handle: impl Fn(u32) -> String) -> u32 {
        let allowed = (0..50).take_while(|n| limit.attempt(address(*n), &handle(*n)).is_ok());
        u32::try_from(allowed.count()).unwrap()
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let one = |_| IpAddr::from([192, 0, 2, 1]);
        let limit = limit();
        assert_eq!(attempts(&limit, one, |n| format!("person{n}")), MAX);
        let error = limit.attempt(one(0), "somebody").unwrap_err();
        assert_eq!(error.status(), 429);
        assert!(error.retry_after_ms.unwrap() <= 60_000);
        assert!(limit.attempt([192, 0, 2, 2].into(), "somebody").is_ok());
    }

    #[test]
    fn one_token_cannot_take_the_server_for_itself() {
        let programs = Programs::default();
        let (one, two) = (TokenId::new(Timestamp(1)), TokenId::new(Timestamp(2)));
        let allowed = (0..1_000).take_while(|_| programs.request(one).is_ok()).count();
        assert!((100..200).contains(&allowed), "{allowed}");
        assert_eq!(programs.request(one).unwrap_err().status(), 429);
        assert!(programs.request(two).is_ok());
    }

    #[test]
    fn many_addresses_cannot_try_one_account() {
        let many = |n| IpAddr::from(Ipv6Addr::from_bits(u128::from(n) << 64));
        assert_eq!(attempts(&limit(), many, |_| " @Ada".to_owned()), MAX);
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_are_one() {
        let neighbours = |n| IpAddr::from(Ipv6Addr::from_bits((0x2001_0db8 << 96) + u128::from(n)));
        assert_eq!(attempts(&limit(), neighbours, |n| format!("person{n}")), MAX);
    }
}
