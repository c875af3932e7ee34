//! Tighter limits where no challenge can be given: in this process, so that they hold whatever else is away.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use limiter_lib::policy::Overflow;
use limiter_lib::store::Ask;
use limiter_lib::{Key, Limiter, MemoryStore, Policy, Quota};

use super::{BotFilterError, Suspect};

/// Keys that are remembered at most; a few MiB. Full, new ones are refused.
const CAPACITY: usize = 200_000;
const MINUTE: Duration = Duration::from_secs(60);

/// Brakes for whoever is not asked.
pub(super) struct Brake {
    limiter: Limiter,
    account: Policy,
    network: Policy,
    page_sign_up: Policy,
    failures: Policy,
}

impl Brake {
    pub fn new() -> Self {
        let policy = |name, units, per, burst| {
            let quota =
                Quota::new(units, per).and_then(|quota| quota.with_burst(burst)).expect("a fixed quota is good");
            Policy::new(name, quota).expect("a fixed name is good").overflow(Overflow::Refuse)
        };
        Self {
            limiter: Limiter::new(MemoryStore::new(CAPACITY)),
            account: policy("brake-account", 1, MINUTE / 6, 1),
            network: policy("brake-network", 1, MINUTE / 60, 10),
            page_sign_up: policy("brake-page-sign-up", 10, MINUTE * 60, 10),
            failures: policy("brake-failures", 20, MINUTE * 10, 20).overflow(Overflow::Forget),
        }
    }

    /// One try for an account in ten seconds; ten at once and one a second for a network.
    pub async fn sign_in(&self, suspect: &Suspect<'_>) -> Result<(), BotFilterError> {
        let account = Key::part("account", suspect.account.as_bytes());
        let asks = [Ask::take(&self.account, account, 1), Ask::take(&self.network, network(suspect.address), 1)];
        self.ask(&asks).await
    }

    /// Ten accounts an hour for a network.
    pub async fn sign_up(&self, address: Option<IpAddr>) -> Result<(), BotFilterError> {
        self.ask(&[Ask::take(&self.page_sign_up, network(address), 1)]).await
    }

    /// Takes note of a wrong password from an address.
    pub async fn count_failure(&self, address: Option<IpAddr>) {
        // Who cannot be counted is let off.
        let _ = self.limiter.charge(&self.failures, host(address), 1).await;
    }

    /// Wrong passwords from an address, those of ten minutes fading; 20 at most.
    pub async fn failures(&self, address: Option<IpAddr>) -> u32 {
        let seen = self.limiter.check_cost(&self.failures, host(address), 0).await;
        seen.map_or(0, |seen| self.failures.quota().burst().saturating_sub(seen.remaining))
    }

    async fn ask(&self, asks: &[Ask]) -> Result<(), BotFilterError> {
        // A store in this process always answers; should it not, the brake holds.
        match self.limiter.check_all(asks).await.map(|verdict| verdict.retry_after()) {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => Err(BotFilterError::Braked(wait)),
            Err(_) => Err(BotFilterError::Braked(MINUTE / 6)),
        }
    }
}

/// Neighbours together: /24 of IPv4, /56 of IPv6, which is what one household or a corner of a provider has.
fn network(address: Option<IpAddr>) -> Key {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            Key::part("network", &Ipv4Addr::new(a, b, c, 0).octets())
        }
        Some(v6) => Key::part("network", b"v6").and_key(Key::address(v6, 56)),
        None => Key::part("network", b"none"),
    }
}

fn host(address: Option<IpAddr>) -> Key {
    address.map_or_else(|| Key::part("host", b"none"), |address| Key::address(address, 64))
}

#[cfg(test)]
mod tests {
    use contracts::auth::sessions::DeviceKind;

    use super::super::Shown;
    use super::*;

    async fn goes(brake: &Brake, account: &str, address: &str) -> bool {
        let shown = Shown::default();
        let address = Some(address.parse().unwrap());
        let suspect = Suspect { account, device: DeviceKind::Tv, address, shown: &shown, request_id: "test" };
        brake.sign_in(&suspect).await.is_ok()
    }

    #[tokio::test]
    async fn an_account_has_one_try_and_a_network_ten() {
        let brake = Brake::new();
        assert!(goes(&brake, "anna", "192.0.2.1").await);
        assert!(!goes(&brake, "anna", "198.51.100.1").await);
        let mut passed = 0;
        for number in 0..30 {
            passed += u32::from(goes(&brake, &format!("person {number}"), &format!("203.0.113.{number}")).await);
        }
        assert!((10..=13).contains(&passed), "{passed} passed");
        assert!(goes(&brake, "boris", "192.0.2.99").await);
    }

    #[tokio::test]
    async fn wrong_passwords_are_counted_by_address() {
        let (brake, address) = (Brake::new(), Some("192.0.2.1".parse().unwrap()));
        for _ in 0..5 {
            brake.count_failure(address).await;
        }
        assert_eq!((brake.failures(address).await, brake.failures(None).await), (5, 0));
    }
}
