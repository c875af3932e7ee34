//! The key ring in use: reloaded every minute, and when a token has an unknown key id.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use metrics::{Unit, describe_gauge, gauge};
use service_kit::Clock;

use super::file::KeyError;
use super::folder::KeyFolder;
use super::ring::KeyRing;

/// Interval at which the caller is to [reload](KeyStore::reload).
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(60);
/// Minimum interval in seconds of reloads for unknown key ids, which any client can send.
const UNKNOWN_KID_EVERY: i64 = 10;

/// Holds the current [`KeyRing`].
pub struct KeyStore {
    folder: KeyFolder,
    clock: Arc<dyn Clock>,
    ring: ArcSwap<KeyRing>,
    /// Unix time in seconds of the last reload for an unknown key id.
    last_unknown_kid: AtomicI64,
}

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_gauge!("auth.signing_key.active_since", Unit::Seconds, "Unix time from which the active key signs.");
}

impl KeyStore {
    /// Reads the folder for the first time.
    ///
    /// # Errors
    /// When the folder cannot be read or a key in it is broken.
    pub fn open(folder: KeyFolder, clock: Arc<dyn Clock>) -> Result<Self, KeyError> {
        describe_metrics();
        let ring = ArcSwap::from_pointee(folder.read()?);
        let store = Self { folder, clock, ring, last_unknown_kid: AtomicI64::new(i64::MIN) };
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

    /// `auth.signing_key.active_since`: activation time of the signing key, in seconds since 1970.
    fn measure(&self) {
        if let Some(key) = self.ring().signing(self.clock.now()) {
            gauge!("auth.signing_key.active_since").set(key.activates_at().timestamp() as f64);
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
    use chrono::TimeDelta;
    use service_kit::testing::ManualClock;

    use super::*;

    #[test]
    fn an_unknown_key_id_causes_a_reload_at_most_every_ten_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let clock = Arc::new(ManualClock::default());
        let store = KeyStore::open(keys.clone(), clock.clone()).unwrap();
        keys.create(clock.now()).unwrap();
        assert_eq!(store.ring_knowing("unknown").jwks().keys.len(), 1);
        keys.create(clock.now() + TimeDelta::hours(1)).unwrap();
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
        keys.create(first).unwrap();
        keys.create(first + TimeDelta::hours(1)).unwrap();
        let store = KeyStore::open(keys, clock.clone()).unwrap();
        let gauges = || {
            metrics::with_local_recorder(&recorder, || store.reload());
            snapshotter
                .snapshot()
                .into_vec()
                .into_iter()
                .map(|(_, _, _, value)| format!("{value:?}"))
                .collect::<Vec<_>>()
        };
        let since = |at: i64| vec![format!("Gauge({:?})", at as f64)];
        assert_eq!(gauges(), since(first.timestamp()), "a coming key does not sign yet");
        clock.advance(Duration::from_secs(3600));
        assert_eq!(gauges(), since(first.timestamp() + 3600));
    }

    #[test]
    fn a_broken_file_leaves_the_known_keys_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        let clock = Arc::new(ManualClock::default());
        keys.create(clock.now()).unwrap();
        let store = KeyStore::open(keys, clock).unwrap();
        std::fs::write(folder.path().join("20200101T000000Z.pem"), "hello").unwrap();
        store.reload();
        assert!(store.check().is_ok());
    }
}
