//! Early revocation of access tokens, checked in memory.
//!
//! Tokens themselves are not stored: an ended session and a cut-off are kept until the last earlier access token has
//! expired.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::{SessionId, UserId};

use crate::claims::AccessClaims;

/// The access tokens of a user with a version below `version` are revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoff {
    /// The user.
    pub user_id: UserId,
    /// The first valid version.
    pub version: i64,
    /// Time of the cut-off.
    pub at: DateTime<Utc>,
}

/// A session that was ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    /// The session.
    pub id: SessionId,
    /// Time of the end.
    pub at: DateTime<Utc>,
}

/// Status of a token with a valid signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenStatus {
    /// Valid.
    Active,
    /// Its session has ended or its user was cut off.
    Revoked,
    /// Revocations have not been read since the start.
    Unknown,
}

/// Ended sessions and cut-offs, bounded.
pub struct Revocations {
    lists: RwLock<Lists>,
    retention: TimeDelta,
    capacity: usize,
}

#[derive(Default)]
struct Lists {
    loaded: bool,
    /// Ended sessions with the time until which each is kept.
    sessions: HashMap<SessionId, DateTime<Utc>>,
    /// The lowest valid version, and the time until which it is kept.
    users: HashMap<UserId, (i64, DateTime<Utc>)>,
    /// Tokens of all users issued in this second or earlier are revoked. Set when a list overflows.
    all_until: Option<DateTime<Utc>>,
}

impl Revocations {
    /// Keeps each event for `retention` (the lifetime of an access token and a margin), and at most `capacity` sessions
    /// and as many users. On an overflow all access tokens issued so far count as revoked: clients refresh, which
    /// queries SQL, and no revoked token is accepted.
    pub fn new(retention: TimeDelta, capacity: usize) -> Self {
        Self { lists: RwLock::default(), retention, capacity }
    }

    /// Maximum number of events of each kind.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Time for which each event is kept.
    pub fn retention(&self) -> TimeDelta {
        self.retention
    }

    /// The status of a token with these claims.
    pub fn token_status(&self, claims: &AccessClaims) -> TokenStatus {
        let lists = self.read();
        let ended = lists.sessions.contains_key(&claims.sid);
        let cut_off = lists.users.get(&claims.sub).is_some_and(|(version, _)| claims.ver < *version);
        let all_revoked = lists.all_until.is_some_and(|until| claims.iat <= until.timestamp());
        if ended || cut_off || all_revoked {
            TokenStatus::Revoked
        } else if lists.loaded {
            TokenStatus::Active
        } else {
            TokenStatus::Unknown
        }
    }

    /// Records that a session ended at `at`.
    pub fn end_session(&self, id: SessionId, at: DateTime<Utc>) {
        let mut lists = self.write();
        lists.sessions.insert(id, at + self.retention);
        self.bound(&mut lists, at);
    }

    /// Records a cut-off.
    pub fn cut_off(&self, cutoff: Cutoff) {
        let mut lists = self.write();
        self.record_cutoff(&mut lists, cutoff);
        self.bound(&mut lists, cutoff.at);
    }

    /// Merges revocations read from their source at `now`, and drops expired ones.
    pub fn merge(&self, sessions: &[EndedSession], cutoffs: &[Cutoff], now: DateTime<Utc>) {
        let mut lists = self.write();
        lists.sessions.extend(sessions.iter().map(|session| (session.id, session.at + self.retention)));
        for cutoff in cutoffs {
            self.record_cutoff(&mut lists, *cutoff);
        }
        lists.sessions.retain(|_, until| *until > now);
        lists.users.retain(|_, (_, until)| *until > now);
        let retention = self.retention;
        lists.all_until = lists.all_until.filter(|until| *until + retention > now);
        self.bound(&mut lists, now);
        lists.loaded = true;
    }

    /// `true` after the first [`Self::merge`].
    pub fn is_loaded(&self) -> bool {
        self.read().loaded
    }

    fn record_cutoff(&self, lists: &mut Lists, cutoff: Cutoff) {
        let until = cutoff.at + self.retention;
        let entry = lists.users.entry(cutoff.user_id).or_insert((cutoff.version, until));
        *entry = (entry.0.max(cutoff.version), entry.1.max(until));
    }

    fn bound(&self, lists: &mut Lists, now: DateTime<Utc>) {
        if lists.sessions.len() > self.capacity || lists.users.len() > self.capacity {
            tracing::error!(capacity = self.capacity, "too many revocations to remember; all access tokens end now");
            lists.sessions.clear();
            lists.users.clear();
            lists.all_until = Some(now);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Lists> {
        self.lists.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Lists> {
        self.lists.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use contracts::auth::oauth::Audience;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn token(ver: i64) -> AccessClaims {
        AccessClaims {
            iss: String::new(),
            aud: Audience::of(Vec::new()),
            client_id: String::new(),
            sub: UserId::new(),
            sid: SessionId::new(),
            jti: uuid::Uuid::now_v7(),
            iat: now().timestamp(),
            exp: now().timestamp() + 600,
            scope: None,
            roles: Vec::new(),
            region: None,
            age: None,
            age_limit: None,
            cell: 0,
            ver,
        }
    }

    fn loaded(capacity: usize) -> Revocations {
        let revocations = Revocations::new(TimeDelta::minutes(11), capacity);
        revocations.merge(&[], &[], now());
        revocations
    }

    #[test]
    fn before_the_first_merge_no_token_is_active() {
        let revocations = Revocations::new(TimeDelta::minutes(11), 10);
        assert_eq!(revocations.token_status(&token(0)), TokenStatus::Unknown);
    }

    #[test]
    fn tokens_of_an_ended_session_are_revoked_and_others_are_not() {
        let (revocations, mine, other) = (loaded(10), token(0), token(0));
        revocations.end_session(mine.sid, now());
        assert_eq!(revocations.token_status(&mine), TokenStatus::Revoked);
        assert_eq!(revocations.token_status(&other), TokenStatus::Active);
    }

    #[test]
    fn a_cut_off_revokes_older_versions_and_never_steps_back() {
        let (revocations, old) = (loaded(10), token(1));
        let new = AccessClaims { ver: 2, ..old.clone() };
        revocations.cut_off(Cutoff { user_id: old.sub, version: 2, at: now() });
        revocations.merge(&[], &[Cutoff { user_id: old.sub, version: 1, at: now() }], now());
        assert_eq!(revocations.token_status(&old), TokenStatus::Revoked);
        assert_eq!(revocations.token_status(&new), TokenStatus::Active);
    }

    #[test]
    fn an_event_is_dropped_when_all_earlier_tokens_have_expired() {
        let (revocations, mine) = (loaded(10), token(0));
        revocations.end_session(mine.sid, now());
        revocations.merge(&[], &[], now() + TimeDelta::minutes(11) - TimeDelta::seconds(1));
        assert_eq!(revocations.token_status(&mine), TokenStatus::Revoked);
        revocations.merge(&[], &[], now() + TimeDelta::minutes(11));
        assert_eq!(revocations.token_status(&mine), TokenStatus::Active);
    }

    #[test]
    fn on_an_overflow_all_earlier_tokens_are_revoked() {
        let (revocations, other) = (loaded(3), token(0));
        for _ in 0..4 {
            revocations.end_session(SessionId::new(), now());
        }
        assert_eq!(revocations.token_status(&other), TokenStatus::Revoked);
        let later = AccessClaims { iat: now().timestamp() + 1, ..other };
        assert_eq!(revocations.token_status(&later), TokenStatus::Active);
    }
}
