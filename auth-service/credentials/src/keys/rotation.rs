//! Rotation of signing keys by age. An embedded installation rotates by itself; on servers, whose replicas share a folder
//! that they cannot write, a command does, and replicas raise an alarm until it has run.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use super::file::KeyError;
use super::folder::KeyFolder;
use super::ring::KeyRing;

/// Time before its activation at which a process makes the next key of its own: services that verify tokens know it by
/// then.
pub const AHEAD: TimeDelta = TimeDelta::days(1);
/// The same for a scheduled command. A week before the alarm, so that failed runs are made up for.
pub const AHEAD_OF_SCHEDULE: TimeDelta = TimeDelta::days(21);
/// The same for a key that is overdue, as after months in which the installation was off.
const OVERDUE_AHEAD: TimeDelta = TimeDelta::hours(1);
/// Time for which the file of a key is kept after its last token has expired.
const KEPT: TimeDelta = TimeDelta::days(1);
/// Time before the rotation at which replicas that do not rotate by themselves raise the alarm.
pub const ALARM_BEFORE: TimeDelta = TimeDelta::days(14);

/// Rules of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationPolicy {
    /// Time for which a key signs; more than `ahead`.
    pub max_age: TimeDelta,
    /// Time before its activation at which the next key is made.
    pub ahead: TimeDelta,
    /// Time after which no token of a former key is valid: that of an access token, and clock skew.
    pub token_retention: TimeDelta,
}

/// What a rotation has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// File of the new key, and its activation time.
    pub created: Option<(PathBuf, DateTime<Utc>)>,
    /// Removed files.
    pub removed: Vec<PathBuf>,
}

impl RotationPolicy {
    /// Time by which another key must sign; `None` while no key signs.
    pub fn rotate_by(self, ring: &KeyRing, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(self.next_after(ring, now)?.unwrap_or(ring.signing(now)?.activates_at()) + self.max_age)
    }

    /// Activation time of the key to make now, if any.
    pub fn due(self, ring: &KeyRing, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Some(next) = self.next_after(ring, now) else { return Some(now) };
        let until = ring.signing(now)?.activates_at() + self.max_age;
        (next.is_none() && until <= now + self.ahead).then(|| until.max(now + OVERDUE_AHEAD))
    }

    /// Activation time of the key after the one that signs, if it comes in time: one of the far future, made while the
    /// clock was wrong, is no successor. The outer `None` says that no key signs.
    fn next_after(self, ring: &KeyRing, now: DateTime<Utc>) -> Option<Option<DateTime<Utc>>> {
        let until = ring.signing(now)?.activates_at() + self.max_age;
        let latest = until.max(now) + AHEAD;
        Some(ring.activations().find(|at| *at > now && *at <= latest))
    }

    /// Activation times of the keys whose files are of no use any more: their successor signs for so long that all of
    /// their tokens have expired for [`KEPT`].
    fn outdated(self, ring: &KeyRing, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let times: Vec<_> = ring.activations().collect();
        let pairs = times.iter().zip(times.iter().skip(1));
        pairs.filter(|(_, next)| **next + self.token_retention + KEPT <= now).map(|(at, _)| *at).collect()
    }
}

impl KeyFolder {
    /// Makes the next key when it is due, and removes the files of outdated ones.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn rotate(&self, policy: RotationPolicy, now: DateTime<Utc>) -> Result<Rotated, KeyError> {
        let ring = self.read()?;
        let created = match policy.due(&ring, now) {
            Some(at) => Some((self.create(ring.next_algorithm(now), at)?, at)),
            None => None,
        };
        let mut removed = Vec::new();
        for at in policy.outdated(&ring, now) {
            removed.extend(self.remove(at)?);
        }
        Ok(Rotated { created, removed })
    }
}

#[cfg(test)]
mod tests {
    use token_verifier::TokenAlgorithm;

    use super::*;

    const POLICY: RotationPolicy =
        RotationPolicy { max_age: TimeDelta::days(90), ahead: AHEAD, token_retention: TimeDelta::minutes(11) };

    fn start() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn folder() -> (tempfile::TempDir, KeyFolder) {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(folder.path());
        (folder, keys)
    }

    /// Activation times of all keys, in days since the start.
    fn days(keys: &KeyFolder) -> Vec<i64> {
        keys.read().unwrap().activations().map(|at| (at - start()).num_days()).collect()
    }

    #[test]
    fn the_next_key_is_made_a_day_ahead_and_the_old_file_goes_a_day_after_its_last_token() {
        let (_folder, keys) = folder();
        keys.create(TokenAlgorithm::EdDsa, start()).unwrap();
        let day = TimeDelta::days(1);
        assert_eq!(keys.rotate(POLICY, start() + day * 89 - TimeDelta::seconds(1)).unwrap(), Rotated::default());
        let made = keys.rotate(POLICY, start() + day * 89).unwrap();
        assert_eq!(made.created.unwrap().1, start() + day * 90);
        assert_eq!(keys.rotate(POLICY, start() + day * 90).unwrap(), Rotated::default(), "one is enough");
        let last = start() + day * 91 + POLICY.token_retention;
        assert_eq!(keys.rotate(POLICY, last - TimeDelta::seconds(1)).unwrap(), Rotated::default());
        assert_eq!(keys.rotate(POLICY, last).unwrap().removed.len(), 1);
        assert_eq!(days(&keys), [90]);
    }

    #[test]
    fn the_next_key_has_the_type_of_the_one_that_signs_and_the_first_is_of_rsa() {
        for algorithm in TokenAlgorithm::ALL {
            let (_folder, keys) = folder();
            keys.create(algorithm, start()).unwrap();
            keys.rotate(POLICY, start() + TimeDelta::days(89)).unwrap();
            let ring = keys.read().unwrap();
            assert_eq!(ring.signing(start() + TimeDelta::days(90)).unwrap().algorithm(), algorithm);
            assert_eq!(ring.activations().count(), 2);
        }
        let (_folder, keys) = folder();
        keys.rotate(POLICY, start()).unwrap();
        assert_eq!(keys.read().unwrap().signing(start()).unwrap().algorithm(), TokenAlgorithm::Rs256);
    }

    #[test]
    fn years_of_daily_rotations_always_leave_a_key_that_signs_and_few_files() {
        let (_folder, keys) = folder();
        keys.create(TokenAlgorithm::EdDsa, start()).unwrap();
        for day in 0..(3 * 366) {
            let now = start() + TimeDelta::days(day);
            keys.rotate(POLICY, now).unwrap();
            let ring = keys.read().unwrap();
            let signing = ring.signing(now).unwrap();
            assert!(now - signing.activates_at() <= POLICY.max_age, "{now}");
            assert!(ring.activations().count() <= 3);
        }
    }

    #[test]
    fn a_scheduled_rotation_is_three_weeks_ahead_and_so_never_alarms() {
        let policy = RotationPolicy { ahead: AHEAD_OF_SCHEDULE, ..POLICY };
        let (_folder, keys) = folder();
        keys.create(TokenAlgorithm::EdDsa, start()).unwrap();
        for day in 0..400 {
            let now = start() + TimeDelta::days(day);
            keys.rotate(policy, now).unwrap();
            let rotate_by = policy.rotate_by(&keys.read().unwrap(), now).unwrap();
            assert!(now < rotate_by - ALARM_BEFORE, "{now}");
        }
        assert_eq!(days(&keys), [360], "an old file goes, and the next one is not due");
    }

    #[test]
    fn an_overdue_key_is_replaced_in_an_hour_and_a_missing_one_at_once() {
        let (_folder, keys) = folder();
        assert_eq!(keys.rotate(POLICY, start()).unwrap().created.unwrap().1, start());
        let now = start() + TimeDelta::days(400);
        assert_eq!(keys.rotate(POLICY, now).unwrap().created.unwrap().1, now + TimeDelta::hours(1));
        assert_eq!(keys.rotate(POLICY, now).unwrap(), Rotated::default());
    }

    #[test]
    fn a_key_of_the_far_future_is_no_successor_and_outdates_no_key() {
        let (_folder, keys) = folder();
        keys.create(TokenAlgorithm::EdDsa, start()).unwrap();
        keys.create(TokenAlgorithm::EdDsa, start() + TimeDelta::days(36_500)).unwrap();
        let now = start() + TimeDelta::days(89);
        assert_eq!(POLICY.rotate_by(&keys.read().unwrap(), now), Some(start() + POLICY.max_age));
        let rotated = keys.rotate(POLICY, now).unwrap();
        assert_eq!(rotated.created.unwrap().1, start() + POLICY.max_age);
        assert!(rotated.removed.is_empty());
        assert_eq!(POLICY.rotate_by(&keys.read().unwrap(), now), Some(start() + POLICY.max_age * 2));
    }
}
