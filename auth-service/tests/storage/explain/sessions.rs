//! Statements of sessions, sign-ins and passwords.

use account_storage::{EndOthers, PasswordChange, Store};
use accounts::{
    ClientLocation, EndReason, NewSession, Rotation, SessionGrant, SignIn, SignInMethod, SignInResult, UserKey,
};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::SessionId;
use credentials::hashing::PasswordHash;

use super::mails::draft;
use crate::plan_watch::PlanWatch;
use crate::support::now;

pub async fn sessions(traced: &Store, key: UserKey, watch: &mut PlanWatch) {
    let (id, at) = (SessionId::new(), now());
    let new = NewSession {
        id,
        user: key,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: at,
        expires_at: at + TimeDelta::days(1),
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
    };
    let line = SignIn {
        user_id: key.id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: Some(id),
    };
    watch.of("insert_session", traced.insert_session(&new, &line)).await;
    assert!(watch.of("find_session", traced.find_session(id)).await.is_some());
    let step = Rotation {
        id,
        from_generation: 0,
        from_hash: [1; 32],
        to_hash: [2; 32],
        at,
        expires_at: at + TimeDelta::days(1),
        cell: key.cell,
    };
    assert!(watch.of("rotate_session", traced.rotate_session(&step, Some(&line))).await);
    let rotated = traced.find_session(id).await.unwrap().unwrap();
    let uses = rotated.late_uses.with(rotated.generation, at).unwrap();
    assert!(watch.of("record_late_use", traced.record_late_use(&rotated, uses)).await);
    watch.of("insert_sign_in", traced.insert_sign_in(&line)).await;
    let (since, until) = (at - TimeDelta::days(1), at + TimeDelta::days(1));
    assert_eq!(watch.of("list_sign_ins", traced.list_sign_ins(key.id, since, until, 10)).await.len(), 3);
    assert_eq!(watch.of("list_open_sessions", traced.list_open_sessions(key.id, at, 10)).await.len(), 1);
    let (later, ends) = (at + TimeDelta::hours(2), at + TimeDelta::days(2));
    assert!(watch.of("touch_session", traced.touch_session(id, at, later, ends)).await);
    let repeats = rotated.repeats.with(at).unwrap();
    assert!(watch.of("record_repeat", traced.record_repeat(&rotated, repeats)).await);
    let others = EndOthers { user: key.id, keep: id, unlink: true, at, address: None };
    watch.of("end_other_sessions", traced.end_other_sessions(&others, |_| Some(draft()))).await;
    let from = traced.find_user(key).await.unwrap().unwrap().password_hash.unwrap();
    let newer = PasswordHash::new("newer");
    assert!(watch.of("replace_password_hash", traced.replace_password_hash(key.id, &from, &newer)).await);
    let (from, to) = (newer, PasswordHash::new("another"));
    let change = PasswordChange { user: key.id, from, to, keep: id, unlink: true, at, address: None, mail: None };
    assert!(watch.of("change_password", traced.change_password(&change)).await.is_some());
    assert!(watch.of("end_replayed_session", traced.end_replayed_session(&rotated, at, Some(&draft()))).await);
    assert!(!watch.of("end_session", traced.end_session(id, EndReason::LoggedOut, at)).await, "it has ended");
    assert_eq!(watch.of("list_ended_sessions", traced.list_ended_sessions(since, 10)).await.len(), 1);
}
