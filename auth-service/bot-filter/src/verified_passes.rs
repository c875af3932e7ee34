//! Passes that were redeemed but not used up, because the attempt failed for reasons of this service. Captcha-service
//! redeems a pass only once, so the next attempt of the same client would need another one.
//!
//! In this process only: on another replica the client needs a new pass.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};

use crate::captcha_client::Pass;

/// Maximum number of passes. When it is full no more are stored: their clients need new ones.
const CAPACITY: usize = 10_000;
/// A longer outage costs another challenge.
const RETENTION: Duration = Duration::from_secs(600);

type PassHash = [u8; 32];

/// Redeemed passes that may be used again. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct VerifiedPasses(Arc<Mutex<HashMap<PassHash, StoredPass>>>);

struct StoredPass {
    id: Option<String>,
    degraded: bool,
    until: Instant,
}

/// A redeemed pass. Dropped before it is used up, it can be taken again.
pub(crate) struct VerifiedPass {
    hash: PassHash,
    /// Id in reports of its outcome; no secret.
    id: Option<String>,
    /// `true` when the pass may have been accepted by another service too.
    pub degraded: bool,
    until: Instant,
    passes: Option<VerifiedPasses>,
}

impl VerifiedPasses {
    /// Wraps a pass that was just redeemed.
    pub fn redeemed(&self, pass: &Pass<'_>, id: Option<String>, degraded: bool) -> VerifiedPass {
        VerifiedPass { hash: hash(pass), id, degraded, until: Instant::now() + RETENTION, passes: Some(self.clone()) }
    }

    /// Takes a pass redeemed for an undecided attempt with the same action and device.
    pub fn take(&self, pass: &Pass<'_>) -> Option<VerifiedPass> {
        let hash = hash(pass);
        let StoredPass { id, degraded, until } = self.lock().remove(&hash)?;
        let pass = VerifiedPass { hash, id, degraded, until, passes: Some(self.clone()) };
        if Instant::now() < until { Some(pass) } else { None }
    }

    fn put(&self, hash: PassHash, stored: StoredPass) {
        let mut passes = self.lock();
        if passes.len() >= CAPACITY {
            let now = Instant::now();
            passes.retain(|_, stored| now < stored.until);
        }
        if passes.len() < CAPACITY {
            passes.insert(hash, stored);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PassHash, StoredPass>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // a single insert or remove is atomic
    }
}

impl VerifiedPass {
    /// Uses up the pass: the attempt is decided. Returns its id.
    pub fn use_up(mut self) -> Option<String> {
        self.passes = None;
        self.id.take()
    }
}

impl Drop for VerifiedPass {
    fn drop(&mut self) {
        if let Some(passes) = self.passes.take() {
            passes.put(self.hash, StoredPass { id: self.id.take(), degraded: self.degraded, until: self.until });
        }
    }
}

/// Hash over all values that captcha-service compares, with their lengths. The address is left out: clients change
/// networks.
fn hash(pass: &Pass<'_>) -> PassHash {
    let Pass { token, device, request } = pass;
    let signals: Vec<_> = request.signals.iter().map(|signal| signal.as_str()).collect();
    let parts = [
        token.expose(),
        device.expose(),
        request.action.as_str(),
        request.account_hash.as_deref().unwrap_or_default(),
        request.platform.map_or("", |platform| platform.as_str()),
        &signals.join(" "),
    ];
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_le_bytes());
        context.update(part.as_bytes());
    }
    let mut hash = PassHash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use contracts::Secret;
    use contracts::captcha::Action;
    use contracts::captcha::assess::AssessRiskRequest;

    use super::*;

    fn request(action: Action, account: &str) -> AssessRiskRequest {
        AssessRiskRequest {
            action,
            device_id: None,
            ip: None,
            platform: None,
            account_hash: Some(account.to_owned()),
            signals: Vec::new(),
        }
    }

    #[test]
    fn a_pass_that_was_not_used_up_is_taken_once_and_only_for_the_same_request() {
        let passes = VerifiedPasses::default();
        let (token, device, other) = (Secret::new("token"), Secret::new("device"), Secret::new("other"));
        let (log_in, sign_up) = (request(Action::LogIn, "anna"), request(Action::SignUp, "anna"));
        let pass = Pass { token: &token, device: &device, request: &log_in };
        drop(passes.redeemed(&pass, Some("id".into()), false));
        assert!(passes.take(&Pass { device: &other, ..pass }).is_none());
        assert!(passes.take(&Pass { request: &sign_up, ..pass }).is_none());
        assert!(passes.take(&Pass { request: &request(Action::LogIn, "boris"), ..pass }).is_none());
        let taken = passes.take(&pass).unwrap();
        assert!(passes.take(&pass).is_none(), "only one of two concurrent calls gets it");
        drop(taken);
        assert_eq!(passes.take(&pass).unwrap().use_up().as_deref(), Some("id"));
        assert!(passes.take(&pass).is_none());
    }
}
