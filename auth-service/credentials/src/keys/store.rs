//! The key ring in use: reloaded every minute, and when a token has an unknown key id.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use metrics::{Unit, describe_gauge, gauge};
use service_kit::Clock;

use super::file::KeyError;
use super::folder::KeyFolder;
use super::ring::KeyRing;
use super::rotation::{ALARM_BEFORE, Rotated, RotationPolicy};

/// Interval at which the caller is to [reload](KeyStore::reload).
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(60);
/// Minimum interval in seconds of reloads for unknown key ids, which any client can send.
const UNKNOWN_KID_EVERY: i64 = 10;

/// Who rotates the keys of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// This process, which has the folder for itself.
    Own(RotationPolicy),
    /// An operator or a scheduled job, who gets an alarm [`ALARM_BEFORE`] the time.
    Foreign(RotationPolicy),
}

/// Holds the current [`KeyRing`].
pub struct KeyStore {
    folder: KeyFolder,
    rotation: Rotation,
    clock: Arc<dyn Clock>,
    ring: ArcSwap<KeyRing>,
    /// Unix time in seconds of the last reload for an unknown key id.
    last_unknown_kid: AtomicI64,
    /// `true` after the alarm about the age of the key was logged.
    alarmed: AtomicBool,
}

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_gauge!("auth.signing_key.active_since", Unit::Seconds, "Unix time from which the active key signs.");
    describe_gauge!(
        "auth.signing_key.rotate_by",
        Unit::Seconds,
        "Unix time by which another key must sign; absent where the service rotates by itself."
    );
}

impl KeyStore {
    /// Reads the folder for the first time.
    ///
    /// # Errors
    /// When the folder cannot be read or a key in it is broken.
    pub fn open(folder: KeyFolder, rotation: Rotation, clock: Arc<dyn Clock>) -> Result<Self, KeyError> {
        describe_metrics();
        let ring = ArcSwap::from_pointee(folder.read()?);
        let (last_unknown_kid, alarmed) = (AtomicI64::new(i64::MIN), AtomicBool::new(false));
        let store = Self { folder, rotation, clock, ring, last_unknown_kid, alarmed };
        store.measure();
        Ok(store)
    }

    /// The ring of the last reload.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// The ring, reloaded first when `kid` is unknown: another replica may have created a key.
    pub fn ring_knowing(&self, kid: &str) -> Arc<KeyRing> {
        let ring = self.ring();
        if ring.knows(kid) {
            return ring;
        }
        let now = self.clock.now().timestamp();
        let last = self.last_unknown_kid.load(Ordering::Relaxed);
        let due = last.saturating_add(UNKNOWN_KID_EVERY) <= now;
        if due && self.last_unknown_kid.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.reload();
        }
        self.ring()
    }

    /// Rotates the keys if this process does so, then reloads the folder. On an error the last good ring stays in use.
    pub fn rotate_and_reload(&self) {
        if let Rotation::Own(policy) = self.rotation {
            match self.folder.rotate(policy, self.clock.now()) {
                Ok(Rotated { created, removed }) => {
                    if let Some((file, activates_at)) = created {
                        tracing::info!(file = %file.display(), %activates_at, "generated the next signing key");
                    }
                    for file in removed {
                        tracing::info!(file = %file.display(), "removed an outdated signing key");
                    }
                }
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::warn!(%error, cause, "the signing keys could not be rotated; the known ones stay in use");
                }
            }
        }
        self.reload();
    }

    /// Reloads the folder. On an error the last good ring stays in use.
    pub fn reload(&self) {
        self.reload_ring();
        self.measure();
    }

    fn reload_ring(&self) {
        match self.folder.read() {
            Ok(ring) => self.ring.store(Arc::new(ring)),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "the signing keys could not be read again; the known ones stay in use");
            }
        }
    }

    /// `auth.signing_key.*`: activation time of the signing key and the end of its time, in seconds since 1970.
    fn measure(&self) {
        let (ring, now) = (self.ring(), self.clock.now());
        if let Some(key) = ring.signing(now) {
            gauge!("auth.signing_key.active_since").set(key.activates_at().timestamp() as f64);
        }
        if let Rotation::Foreign(policy) = self.rotation
            && let Some(rotate_by) = policy.rotate_by(&ring, now)
        {
            gauge!("auth.signing_key.rotate_by").set(rotate_by.timestamp() as f64);
            let is_alarm = rotate_by - ALARM_BEFORE <= now;
            let was_alarm = self.alarmed.swap(is_alarm, Ordering::Relaxed);
            if is_alarm && !was_alarm {
                tracing::warn!(%rotate_by, "the signing key is old; make another one with `auth-service rotate-keys`");
            }
        }
    }

    /// Checks that there is a signing key.
    ///
    /// # Errors
    /// [`KeyError::NoKey`] when there is none, with a remedy.
    pub fn check(&self) -> Result<(), KeyError> {
        match self.ring().signing(self.clock.now()) {
            Some(_) => Ok(()),
            None => Err(KeyError::NoKey { folder: self.folder.path().to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use token_verifier::TokenAlgorithm;

    use chrono::TimeDelta;
    use service_kit::testing::ManualClock;

    use super::super::rotation::AHEAD;
    use super::*;

    const POLICY: RotationPolicy =
        RotationPolicy { max_age: TimeDelta::days(90), ahead: AHEAD, token_retention: TimeDelta::minutes(11) };
    const FOREIGN: Rotation = Rotation::Foreign(POLICY);

    #[test]
    fn an_unknown_key_id_causes_a_reload_at_most_every_ten_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let clock = Arc::new(ManualClock::default());
        let store = KeyStore::open(keys.clone(), FOREIGN, clock.clone()).unwrap();
        keys.create(TokenAlgorithm::EdDsa, clock.now()).unwrap();
        assert_eq!(store.ring_knowing("unknown").jwks().keys.len(), 1);
        keys.create(TokenAlgorithm::EdDsa, clock.now() + TimeDelta::hours(1)).unwrap();
        assert_eq!(store.ring_knowing("unknown").jwks().keys.len(), 1, "too soon to read again");
        clock.advance(Duration::from_secs(10));
        assert_eq!(store.ring_knowing("unknown").jwks().keys.len(), 2);
    }

    #[test]
    fn metrics_report_the_activation_time_of_the_signing_key() {
        let recorder = metrics_util::debugging::DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let clock = Arc::new(ManualClock::default());
        let first = clock.now();
        keys.create(TokenAlgorithm::EdDsa, first).unwrap();
        keys.create(TokenAlgorithm::EdDsa, first + TimeDelta::hours(1)).unwrap();
        let store = KeyStore::open(keys, FOREIGN, clock.clone()).unwrap();
        let gauges = || {
            metrics::with_local_recorder(&recorder, || store.reload());
            let rows = snapshotter.snapshot().into_vec().into_iter();
            let texts = rows.map(|(key, _, _, value)| format!("{} {value:?}", key.key().name()));
            texts.collect::<std::collections::BTreeSet<_>>()
        };
        let expected = |since: i64, by: i64| {
            let text = |name: &str, at: i64| format!("auth.signing_key.{name} Gauge({:?})", at as f64);
            [text("active_since", since), text("rotate_by", by)].into()
        };
        let (start, max_age) = (first.timestamp(), POLICY.max_age.num_seconds());
        assert_eq!(gauges(), expected(start, start + 3600 + max_age), "a coming key does not sign yet");
        clock.advance(Duration::from_secs(3600));
        assert_eq!(gauges(), expected(start + 3600, start + 3600 + max_age));
    }

    #[test]
    fn a_store_that_rotates_by_itself_signs_on_for_years_without_an_operator() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let clock = Arc::new(ManualClock::default());
        keys.create(TokenAlgorithm::EdDsa, clock.now()).unwrap();
        let store = KeyStore::open(keys, Rotation::Own(POLICY), clock.clone()).unwrap();
        let mut signers = std::collections::BTreeSet::new();
        for _ in 0..(2 * 366) {
            clock.advance(Duration::from_secs(24 * 60 * 60));
            store.rotate_and_reload();
            signers.insert(store.ring().signing(clock.now()).unwrap().kid().to_owned());
        }
        assert_eq!(signers.len(), 9, "one in 90 days");
        assert!(store.ring().jwks().keys.len() <= 2, "files of former keys are removed");
    }

    #[test]
    fn a_broken_file_leaves_the_known_keys_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let clock = Arc::new(ManualClock::default());
        keys.create(TokenAlgorithm::EdDsa, clock.now()).unwrap();
        let store = KeyStore::open(keys, FOREIGN, clock).unwrap();
        std::fs::write(folder.path().join("20200101T000000Z.pem"), "hello").unwrap();
        store.reload();
        assert!(store.check().is_ok());
    }
}
