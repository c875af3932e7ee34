//! Authorization codes: used once, and remembered until they end.

use account_storage::{CODES_KEPT, Store, UseCodeError, UsedCode};
use accounts::{ClientLocation, EndReason, NewSession, SessionGrant, SignIn, SignInMethod, SignInResult, UserKey};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::SessionId;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::support::{TestStore, now};

/// A session of an app, and its line of the history.
pub fn session(user: UserKey) -> (NewSession, SignIn) {
    let session = NewSession {
        id: SessionId::new(),
        user,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: now(),
        expires_at: now() + TimeDelta::days(30),
        verified_hash: None,
        grant: SessionGrant { scope: Some("openid".into()), resource: Some("films".into()), ..SessionGrant::of("web") },
    };
    let sign_in = SignIn {
        user_id: user.id,
        at: now(),
        device: DeviceKind::Other,
        location: ClientLocation::default(),
        method: SignInMethod::Redirect,
        result: SignInResult::Success,
        session_id: Some(session.id),
    };
    (session, sign_in)
}

/// A code for a browser that has signed in.
pub async fn code(store: &Store, user: UserKey) -> UsedCode {
    let (browser, sign_in) = session(user);
    store.insert_session(&browser, &sign_in).await.unwrap();
    UsedCode { id: Uuid::now_v7(), browser: browser.id, expires_at: now() + TimeDelta::minutes(1) }
}

#[tokio::test]
async fn of_uses_at_once_one_opens_a_session_and_the_others_learn_which() {
    let store = TestStore::create().await;
    let user = store.user(None).await;
    let code = code(&store, user).await;
    let sessions: Vec<_> = (0..8).map(|_| session(user)).collect();
    let uses = sessions.iter().map(|(session, sign_in)| store.redeem_authorization_code(code, session, sign_in));
    let (good, bad): (Vec<_>, Vec<_>) = join_all(uses).await.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 7));
    let mut opened = Vec::new();
    for (session, _) in &sessions {
        opened.extend(store.find_session(session.id).await.unwrap());
    }
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].grant, sessions[0].0.grant, "scope and resource are kept");
    for used in bad {
        let Err(UseCodeError::UsedBefore(known)) = used else { panic!("{used:?}") };
        assert_eq!(known, Some(opened[0].id));
    }
}

#[tokio::test]
async fn a_wrong_use_counts_as_long_as_a_code_is_remembered() {
    let store = TestStore::create().await;
    let user = store.user(None).await;
    let code = code(&store, user).await;
    let ((session, sign_in), end) = (session(user), code.expires_at);
    store.spend_authorization_code(code).await.unwrap();
    let redeem = async || store.redeem_authorization_code(code, &session, &sign_in).await;
    store.purge_authorization_codes(end + CODES_KEPT).await.unwrap();
    assert!(matches!(redeem().await, Err(UseCodeError::UsedBefore(None))));
    assert!(store.find_session(session.id).await.unwrap().is_none());
    store.purge_authorization_codes(end + CODES_KEPT + TimeDelta::seconds(1)).await.unwrap();
    redeem().await.unwrap();
}

#[tokio::test]
async fn a_browser_that_has_signed_out_opens_no_session() {
    let store = TestStore::create().await;
    let user = store.user(None).await;
    let (code, (session, sign_in)) = (code(&store, user).await, session(user));
    store.end_session(code.browser, EndReason::LoggedOut, now()).await.unwrap();
    for _ in 0..2 {
        let redeemed = store.redeem_authorization_code(code, &session, &sign_in).await;
        assert!(matches!(redeemed, Err(UseCodeError::UsedBefore(None))), "{redeemed:?}");
    }
    assert!(store.find_session(session.id).await.unwrap().is_none());
}
