//! Replays of refresh tokens: the end of the session, its access tokens, and one mail to its owner.

use std::time::Duration;

use contracts::Language;
use futures_util::future::join_all;
use mailer::{Mail, Notification};
use serde_json::json;

use crate::app::{SignedIn, TestApp, TestUser};

const GRACE: Duration = Duration::from_secs(10);

/// The pairs of a session that was refreshed twice, oldest first: the first refresh token is a replay from now on.
async fn chain(app: &TestApp, user: &TestUser) -> [SignedIn; 3] {
    let first = app.signed_in(user).await;
    let second = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    let third = SignedIn::from(&app.refresh(&second.refresh).await.assert_status(200));
    [first, second, third]
}

/// Mails about replays that a user got.
async fn notices(app: &TestApp, user: &TestUser) -> Vec<Mail> {
    let mails = app.mails_to(&user.email).await.into_iter();
    mails.filter(|mail| mail.notification == Notification::SessionReplayed).collect()
}

#[tokio::test]
async fn a_replay_ends_all_tokens_of_the_session_and_is_mailed_once_however_often_it_is_repeated() {
    let app = TestApp::start().await;
    let (user, other) = (app.user().await, app.user().await);
    let (pairs, bystander) = (chain(&app, &user).await, app.signed_in(&other).await);

    app.refresh(&pairs[0].refresh).await.assert_problem(401, "auth.refresh_token_replayed");
    for _ in 0..20 {
        app.refresh(&pairs[0].refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    }

    for pair in &pairs {
        assert_eq!(app.introspect(&pair.access).await, json!({"active": false}));
        app.refresh(&pair.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    }
    assert!(app.is_active(&bystander.access).await);
    assert_eq!(notices(&app, &user).await.len(), 1);
    assert!(notices(&app, &other).await.is_empty());
}

#[tokio::test]
async fn of_fifty_replays_at_once_at_two_replicas_one_ends_the_session_and_sends_the_mail() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(one.home.clone(), |_| ()).await;
    let user = one.user().await;
    let pairs = chain(&one, &user).await;
    let calls = (0..50).map(|number| if number % 2 == 0 { &one } else { &other });
    for reply in join_all(calls.map(|app| app.refresh(&pairs[0].refresh))).await {
        assert_eq!(reply.status, 401, "{}", reply.text());
    }
    one.refresh(&pairs[2].refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    assert_eq!(notices(&one, &user).await.len(), 1);
}

#[tokio::test]
async fn the_ninth_late_use_of_a_day_is_mailed_and_the_eight_before_it_are_not() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut newest = app.signed_in(&user).await.refresh;
    for round in 0..9 {
        let parent = newest;
        newest = SignedIn::from(&app.refresh(&parent).await.assert_status(200)).refresh;
        app.advance(GRACE);
        assert!(notices(&app, &user).await.is_empty(), "round {round}");
        app.refresh(&parent).await;
    }
    assert_eq!(notices(&app, &user).await.len(), 1);
}

#[tokio::test]
async fn replays_of_several_sessions_within_ten_minutes_are_one_mail() {
    let app = TestApp::start().await;
    let user = app.proved_user().await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(chain(&app, &user).await);
    }
    let replay = async |number: usize| {
        let reply = app.refresh(&sessions[number][0].refresh).await;
        reply.assert_problem(401, "auth.refresh_token_replayed");
        notices(&app, &user).await.len()
    };
    assert_eq!(replay(0).await, 1);
    assert_eq!(replay(1).await, 1);
    app.advance(Duration::from_secs(599));
    assert_eq!(replay(2).await, 1);
    app.advance(Duration::from_secs(1));
    assert_eq!(replay(3).await, 2);
}

#[tokio::test]
async fn the_mail_has_the_language_and_the_address_of_the_request() {
    let app = TestApp::start().await;
    for (header, language) in [("ru-RU,ru;q=0.9", Language::Ru), ("en", Language::En), ("fr", Language::En)] {
        let user = app.user().await;
        let pairs = chain(&app, &user).await;
        let request = app.post("/api/v1/sessions/refresh").header("accept-language", header);
        let reply = request.json(&json!({"refresh_token": pairs[0].refresh})).send().await;
        reply.assert_problem(401, "auth.refresh_token_replayed");
        let mails = notices(&app, &user).await;
        assert_eq!((mails.len(), mails[0].language), (1, language), "{header}");
        assert!(mails[0].address.is_some_and(|address| address.is_loopback()), "{mails:?}");
    }
}

#[tokio::test]
async fn tokens_that_are_merely_invalid_are_not_mailed() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (ended, expired) = (chain(&app, &user).await, chain(&app, &user).await);
    app.log_out(&ended[2].access).await.assert_status(204);
    app.refresh(&ended[0].refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    app.refresh(&expired[2].refresh[..90]).await.assert_problem(401, "auth.refresh_token_invalid");
    app.advance(Duration::from_secs(30 * 24 * 60 * 60));
    app.refresh(&expired[0].refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    assert!(notices(&app, &user).await.is_empty());
}

#[tokio::test]
async fn the_end_of_the_session_and_the_mail_are_committed_together_or_not_at_all() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let pairs = chain(&app, &user).await;
    app.home.sql("ALTER TABLE mails RENAME TO mails_away").await;
    let reply = app.refresh(&pairs[0].refresh).await;
    assert!(reply.status.is_server_error(), "{}", reply.text());
    app.home.sql("ALTER TABLE mails_away RENAME TO mails").await;
    assert!(app.is_active(&pairs[2].access).await, "a client that repeats the request finds the session as it was");
    app.refresh(&pairs[0].refresh).await.assert_problem(401, "auth.refresh_token_replayed");
    assert!(!app.is_active(&pairs[2].access).await);
    assert_eq!(notices(&app, &user).await.len(), 1);
}
