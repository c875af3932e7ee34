//! Wrong passwords by address, counted in this process: for the guessing check and for the priority of hashing.

use std::net::IpAddr;
use std::time::Duration;

use limiter_lib::policy::Overflow;
use limiter_lib::{Key, Limiter, MemoryStore, Policy, Quota};

/// Maximum number of addresses kept; a few MiB. The oldest are evicted.
const CAPACITY: usize = 200_000;
/// Maximum number of wrong passwords counted per address.
const MAX_FAILURES: u32 = 20;
/// Time in which that many decay.
const DECAY: Duration = Duration::from_secs(600);
/// Number of failures from which an address is no longer clean: more than the typos of one user.
const MAX_CLEAN_FAILURES: u32 = 3;

/// Counts wrong passwords by address.
pub struct AddressFailures {
    limiter: Limiter,
    policy: Policy,
}

impl Default for AddressFailures {
    fn default() -> Self {
        let quota = Quota::new(MAX_FAILURES, DECAY)
            .and_then(|quota| quota.with_burst(MAX_FAILURES))
            .expect("a fixed quota is good");
        let policy = Policy::new("address-failures", quota).expect("a fixed name is good").overflow(Overflow::Forget);
        Self { limiter: Limiter::new(MemoryStore::new(CAPACITY)), policy }
    }
}

impl AddressFailures {
    /// Counts a wrong password from an address.
    pub async fn count(&self, address: Option<IpAddr>) {
        // An error of the limiter leaves the failure uncounted.
        let _ = self.limiter.charge(&self.policy, host_key(address), 1).await;
    }

    /// Recent wrong passwords from an address, decaying over ten minutes; at most 20.
    pub async fn recent(&self, address: Option<IpAddr>) -> u32 {
        let decision = self.limiter.check_cost(&self.policy, host_key(address), 0).await;
        decision.map_or(0, |decision| MAX_FAILURES.saturating_sub(decision.remaining))
    }

    /// `true` when an address has few recent wrong passwords.
    pub async fn is_clean(&self, address: Option<IpAddr>) -> bool {
        self.recent(address).await < MAX_CLEAN_FAILURES
    }
}

/// Key of one customer's address: an IPv4 address, or a /64 of IPv6.
pub fn host_key(address: Option<IpAddr>) -> Key {
    address.map_or_else(|| Key::part("host", b"none"), |address| Key::address(address, 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn wrong_passwords_are_counted_by_address() {
        let (failures, address) = (AddressFailures::default(), Some("192.0.2.1".parse().unwrap()));
        for _ in 0..5 {
            failures.count(address).await;
        }
        assert_eq!((failures.recent(address).await, failures.recent(None).await), (5, 0));
    }
}
