//! Stricter limits for requests without a challenge, independent of the policy file. Those of sign-ins are counted in
//! this process, so that they hold during outages of other services; that of sign-ups is counted where all limits are.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::FutureExt;
use limiter_lib::policy::Overflow;
use limiter_lib::store::{Action, LimitRequest};
use limiter_lib::{Key, Limiter, MemoryStore, Policy, Quota};
use tokio::runtime::Handle;

use crate::address_failures::host_key;
use crate::rejection::BotFilterError;
use crate::sign_in_context::{KnownDevice, SignInContext};

/// Maximum number of keys; a few MiB. New ones are rejected when it is full.
const CAPACITY: usize = 200_000;
const MINUTE: Duration = Duration::from_secs(60);

/// Throttle for requests without a challenge.
pub(crate) struct LocalThrottle {
    limiter: Limiter,
    /// Shared by all replicas when Redis is configured.
    shared: Limiter,
    account: Policy,
    network: Policy,
    known_device: Policy,
    page_address: Policy,
    page_sign_up: Policy,
}

/// Units taken from a throttle. Refunded when dropped before `keep`: no decision was made.
#[must_use = "units are refunded unless they are kept"]
pub(crate) struct ThrottleUnits {
    limiter: Limiter,
    requests: Vec<LimitRequest>,
}

impl ThrottleUnits {
    /// Keeps the units taken: the attempt is decided.
    pub fn keep(mut self) {
        self.requests.clear();
    }
}

impl Drop for ThrottleUnits {
    fn drop(&mut self) {
        let refund = |request: LimitRequest| LimitRequest { action: Action::Refund(1), ..request };
        let refunds: Vec<_> = self.requests.drain(..).map(refund).collect();
        if refunds.is_empty() {
            return;
        }
        let limiter = self.limiter.clone();
        let mut refunded = Box::pin(async move { limiter.check_all(&refunds).await });
        // An in-process store decides without waiting; outside of a runtime, units of other stores are replenished with
        // time.
        let is_pending = (&mut refunded).now_or_never().is_none();
        if let (true, Ok(runtime)) = (is_pending, Handle::try_current()) {
            runtime.spawn(refunded);
        }
    }
}

impl LocalThrottle {
    /// Creates the throttle; `shared` counts for all replicas.
    pub fn new(shared: Limiter) -> Self {
        let policy = |name, units, per, burst| {
            let quota =
                Quota::new(units, per).and_then(|quota| quota.with_burst(burst)).expect("a fixed quota is good");
            Policy::new(name, quota).expect("a fixed name is good").overflow(Overflow::Refuse)
        };
        Self {
            limiter: Limiter::new(MemoryStore::new(CAPACITY)),
            shared,
            account: policy("throttle-account", 1, MINUTE / 6, 1),
            network: policy("throttle-network", 1, MINUTE / 60, 10),
            known_device: policy("throttle-known-device", 1, MINUTE / 6, 1),
            page_address: policy("throttle-page-address", 1, MINUTE, 1),
            page_sign_up: policy("throttle-page-sign-up", 10, MINUTE * 60, 10),
        }
    }

    /// One attempt per account in ten seconds; ten at once and one a second per network.
    pub async fn sign_in(&self, context: &SignInContext<'_>) -> Result<ThrottleUnits, BotFilterError> {
        take_units(&self.limiter, vec![self.of_account(context), self.of_network(context)]).await
    }

    /// One attempt in ten seconds per known device of the account. Other clients cannot use it up.
    pub async fn known_device(&self, device: KnownDevice) -> Result<ThrottleUnits, BotFilterError> {
        let key = Key::part("device", device.id.as_bytes());
        take_units(&self.limiter, vec![LimitRequest::take(&self.known_device, key, 1)]).await
    }

    /// As [`LocalThrottle::sign_in`], and one attempt in a minute per address: the page requires no challenge, where
    /// the API accepts no attempt without one.
    pub async fn page_sign_in(&self, context: &SignInContext<'_>) -> Result<ThrottleUnits, BotFilterError> {
        let address = LimitRequest::take(&self.page_address, host_key(context.address), 1);
        take_units(&self.limiter, vec![self.of_account(context), self.of_network(context), address]).await
    }

    /// Ten accounts an hour per network, over all replicas.
    pub async fn sign_up(&self, address: Option<IpAddr>) -> Result<ThrottleUnits, BotFilterError> {
        take_units(&self.shared, vec![LimitRequest::take(&self.page_sign_up, network(address), 1)]).await
    }

    fn of_account(&self, context: &SignInContext<'_>) -> LimitRequest {
        LimitRequest::take(&self.account, Key::part("account", context.account.as_bytes()), 1)
    }

    fn of_network(&self, context: &SignInContext<'_>) -> LimitRequest {
        LimitRequest::take(&self.network, network(context.address), 1)
    }
}

async fn take_units(limiter: &Limiter, requests: Vec<LimitRequest>) -> Result<ThrottleUnits, BotFilterError> {
    // Both stores always reply; on an error the request is throttled.
    match limiter.check_all(&requests).await.map(|verdict| verdict.retry_after()) {
        Ok(None) => Ok(ThrottleUnits { limiter: limiter.clone(), requests }),
        Ok(Some(wait)) => Err(BotFilterError::Throttled(wait)),
        Err(_) => Err(BotFilterError::Throttled(MINUTE / 6)),
    }
}

/// Neighbouring addresses: /24 of IPv4, /56 of IPv6, which is what one household or a small part of a provider has.
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

#[cfg(test)]
mod tests {
    use contracts::auth::devices::DeviceKind;

    use super::*;
    use crate::sign_in_context::CaptchaProof;

    async fn is_admitted(throttle: &LocalThrottle, account: &str, address: &str) -> bool {
        let proof = CaptchaProof::default();
        let address = Some(address.parse().unwrap());
        let context = SignInContext { account, device: DeviceKind::Tv, address, proof: &proof, request_id: "test" };
        throttle.sign_in(&context).await.map(ThrottleUnits::keep).is_ok()
    }

    #[tokio::test]
    async fn an_account_has_one_attempt_and_a_network_ten() {
        let throttle = LocalThrottle::new(Limiter::new(MemoryStore::new(1000)));
        assert!(is_admitted(&throttle, "anna", "192.0.2.1").await);
        assert!(!is_admitted(&throttle, "anna", "198.51.100.1").await);
        let mut passed = 0;
        for number in 0..30 {
            passed +=
                u32::from(is_admitted(&throttle, &format!("person {number}"), &format!("203.0.113.{number}")).await);
        }
        assert!((10..=13).contains(&passed), "{passed} passed");
        assert!(is_admitted(&throttle, "boris", "192.0.2.99").await);
    }

    #[tokio::test]
    async fn units_of_an_undecided_attempt_are_refunded() {
        let (throttle, device) =
            (LocalThrottle::new(Limiter::new(MemoryStore::new(1000))), KnownDevice { id: uuid::Uuid::new_v4() });
        for _ in 0..3 {
            drop(throttle.known_device(device).await.unwrap());
        }
        throttle.known_device(device).await.unwrap().keep();
        assert!(throttle.known_device(device).await.is_err());
    }
}
