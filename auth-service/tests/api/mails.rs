//! Mails about accounts: sent in the background, and none is lost by a shutdown or an unreachable mail server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use accounts::{
    Cell, ClientContext, ClientLocation, Email, NewSession, NewUser, SessionGrant, SignIn, SignInMethod, SignInResult,
    UserKey,
};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use mailer::{Encryption, SmtpRelay};
use serde_json::json;

use crate::app::{Home, TestApp, unique_email};

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
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
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

/// Texts of the mails that became files.
fn mails(data: &Path) -> Vec<String> {
    let files = std::fs::read_dir(data.join("mails")).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
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
    let mails = mails(home.path());
    assert_eq!(mails.len(), 20);
    for mail in mails {
        assert!(mail.contains("To: person-") && mail.contains("\r\nhttp://auth.test/account\r\n"), "{mail}");
    }
}

#[actix_web::test]
async fn a_mail_waits_for_an_unreachable_server_and_for_the_next_start() {
    let (home, data) = (Home::new().await, tempfile::tempdir().unwrap());
    let (host, encryption) = ("127.0.0.1".to_owned(), Encryption::None);
    let unreachable = SmtpRelay { host, port: 1, encryption, login: None, authorities: None };
    let app = TestApp::start_in(Arc::clone(&home), |config| config.mails.relay = Some(unreachable)).await;
    let user = app.user().await;
    let signed_in = app.signed_in(&user).await;
    let change = json!({"current_password": user.password, "new_password": "five dogs in a garden"});
    app.post("/api/v1/me/password").bearer(&signed_in.access).json(&change).send().await.assert_status(200);
    app.running.stop().await.unwrap();

    home.clock.advance(Duration::from_secs(60));
    let app = TestApp::start_in(home, |config| config.data_dir = data.path().to_owned()).await;
    app.running.stop().await.unwrap();
    let mails = mails(data.path());
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("To: {}", user.email)), "{mails:?}");
}
