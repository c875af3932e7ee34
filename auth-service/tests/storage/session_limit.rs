//! Live sessions of an account are bounded.

use accounts::{
    ClientLocation, EndReason, MAX_SESSIONS, NewSession, SessionGrant, SignIn, SignInMethod, SignInResult, UserKey,
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::SessionId;
use futures_util::future::join_all;

use super::support::{TestStore, now};

fn session(user: UserKey, at: DateTime<Utc>) -> (NewSession, SignIn) {
    let id = SessionId::new();
    let new = NewSession {
        id,
        user,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: at,
        expires_at: at + TimeDelta::days(30),
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
    };
    let sign_in = SignIn {
        user_id: user.id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: Some(id),
    };
    (new, sign_in)
}

async fn open(store: &TestStore, user: UserKey, at: DateTime<Utc>) -> (SessionId, Vec<SessionId>) {
    let (new, sign_in) = session(user, at);
    (new.id, store.insert_session(&new, &sign_in).await.unwrap())
}

#[tokio::test]
async fn a_sign_in_beyond_the_limit_ends_the_session_that_was_unused_for_the_longest_time() {
    let store = TestStore::create().await;
    let (user, start) = (store.user(None).await, now());
    let at = |minute: u64| start + TimeDelta::minutes(i64::try_from(minute).unwrap());
    let mut ids = Vec::new();
    for minute in 0..MAX_SESSIONS {
        let (id, ended) = open(&store, user, at(minute)).await;
        assert!(ended.is_empty(), "{minute}");
        ids.push(id);
    }
    // The oldest is in use, so the second one goes.
    let later = at(MAX_SESSIONS);
    assert!(store.touch_session(ids[0], later, later, later + TimeDelta::days(30)).await.unwrap());
    let (newest, ended) = open(&store, user, later).await;
    assert_eq!(ended, [ids[1]]);
    let record = store.find_session(ids[1]).await.unwrap().unwrap();
    assert!(record.ended_at.is_some());
    let reason = store.number("SELECT count(*) FROM sessions WHERE end_reason = 20").await;
    assert_eq!((reason, EndReason::LimitReached.as_str()), (1, "limit_reached"));
    let open = store.list_open_sessions(user.id, later, 1000).await.unwrap();
    assert_eq!(open.len() as u64, MAX_SESSIONS);
    assert!(open.iter().any(|one| one.id == newest) && open.iter().any(|one| one.id == ids[0]));
}

#[tokio::test]
async fn ended_and_expired_sessions_and_those_of_others_do_not_count() {
    let store = TestStore::create().await;
    let (user, other, start) = (store.user(None).await, store.user(None).await, now());
    for _ in 0..MAX_SESSIONS {
        open(&store, user, start).await;
    }
    let (theirs, ended) = open(&store, other, start).await;
    assert!(ended.is_empty());
    let (id, ended) = open(&store, user, start + TimeDelta::days(31)).await;
    assert!(ended.is_empty(), "all former sessions have expired");
    assert!(store.end_session(id, EndReason::LoggedOut, start + TimeDelta::days(31)).await.unwrap());
    assert!(store.find_session(theirs).await.unwrap().unwrap().ended_at.is_none());
}

#[tokio::test]
async fn one_sign_in_deletes_what_ended_long_ago_and_ends_what_is_beyond_the_limit() {
    let store = TestStore::create().await;
    let (user, start) = (store.user(None).await, now());
    let (signed_out, _) = open(&store, user, start).await;
    store.end_session(signed_out, EndReason::LoggedOut, start).await.unwrap();
    let (unused, _) = open(&store, user, start).await;
    let later = start + TimeDelta::days(29);
    let (in_use, _) = open(&store, user, later).await;
    let live = join_all((1..MAX_SESSIONS).map(|_| open(&store, user, later + TimeDelta::hours(1)))).await;
    // `unused` expires after 30 days, and goes 30 days later.
    let end = later + TimeDelta::days(2);
    let (newest, ended) = open(&store, user, end).await;
    assert_eq!(ended, [in_use]);
    assert!(store.find_session(signed_out).await.unwrap().is_none(), "it ended 31 days ago");
    assert!(store.find_session(unused).await.unwrap().is_some(), "it expired a day ago");
    for id in live.into_iter().map(|(id, _)| id).chain([newest]) {
        assert!(store.find_session(id).await.unwrap().unwrap().ended_at.is_none());
    }
}

#[tokio::test]
async fn concurrent_sign_ins_do_not_exceed_the_limit() {
    let store = TestStore::create().await;
    let (user, at) = (store.user(None).await, now());
    for _ in 0..MAX_SESSIONS - 2 {
        open(&store, user, at - TimeDelta::hours(1)).await;
    }
    join_all((0..16).map(|_| open(&store, user, at))).await;
    let open = store.list_open_sessions(user.id, at, 1000).await.unwrap();
    assert_eq!(open.len() as u64, MAX_SESSIONS);
}
