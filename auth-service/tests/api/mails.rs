//! Mails about accounts: sent in the background, and none is lost by a shutdown.

use accounts::domain::{
    Cell, ClientContext, ClientLocation, Email, NewSession, NewUser, SignIn, SignInMethod, SignInResult, UserKey,
};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};

use crate::app::{TestApp, unique_email};

/// A signed-in user, without a password to hash.
async fn signed_in(app: &TestApp) -> (UserId, SessionId) {
    let (id, session, now) = (UserId::new(), SessionId::new(), app.state().now());
    let user = UserKey { id, cell: Cell::UNPLACED };
    let new = NewUser {
        key: user,
        email: Some(Email::parse(&unique_email()).unwrap()),
        password_hash: None,
        display_name: String::new(),
        birth_date: None,
        region: None,
        roles: Vec::new(),
        created_at: now,
    };
    app.state().store.insert_user(&new, None).await.unwrap();
    let opened = NewSession {
        id: session,
        user,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: now,
        expires_at: now + TimeDelta::days(1),
    };
    let sign_in = SignIn {
        user_id: id,
        at: now,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: Some(session),
    };
    app.state().store.insert_session(&opened, &sign_in).await.unwrap();
    (id, session)
}

#[actix_web::test]
async fn a_stop_leaves_no_mail_behind_and_links_lead_to_the_issuer() {
    let home = tempfile::tempdir().unwrap();
    let app = TestApp::start_with(|config| config.data_dir = home.path().to_owned()).await;
    for _ in 0..20 {
        let (user, session) = signed_in(&app).await;
        app.state().accounts.delete(user, session, &ClientContext::default()).await.unwrap();
    }
    app.running.stop().await.unwrap();
    let files: Vec<_> =
        std::fs::read_dir(home.path().join("mails")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 20);
    for file in files {
        let mail = std::fs::read_to_string(file).unwrap();
        assert!(mail.contains("To: person-") && mail.contains("\r\nhttp://auth.test/account\r\n"), "{mail}");
    }
}
