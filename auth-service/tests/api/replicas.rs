//! Several replicas on one database, and restarts.

use std::collections::HashSet;
use std::time::Duration;

use account_flows::{IssueError, RefreshError, TokenRequest};
use accounts::ClientContext;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use oauth_clients::Client;
use reqwest::Method;
use service_kit::testing::eventually;

use crate::app::{SignedIn, TestApp};

const BOUND: Duration = Duration::from_secs(10);

#[tokio::test]
async fn signing_out_at_one_replica_reaches_the_others() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(one.home.clone(), |_| ()).await;
    let tokens = one.signed_in(&one.user().await).await;
    assert!(other.is_active(&tokens.access).await);
    one.log_out(&tokens.access).await.assert_status(204);
    eventually("the other replica learns of it", BOUND, async || !other.is_active(&tokens.access).await).await;
    other.me(&tokens.access).await.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn a_role_revoked_at_one_replica_is_revoked_at_the_others() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(one.home.clone(), |_| ()).await;
    let (first, token) = one.admin().await;
    let (_, boss) = one.admin().await;
    assert!(other.is_active(&token.access).await);
    one.change_role(Method::DELETE, &boss, &first.id, "admin").await.assert_status(204);
    eventually("the other replica learns of it", BOUND, async || !other.is_active(&token.access).await).await;
    let reply = other.change_role(Method::PUT, &token, &first.id, "admin").await;
    reply.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn refreshes_of_one_token_at_two_replicas_give_one_successor() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(one.home.clone(), |_| ()).await;
    let tokens = one.signed_in(&one.user().await).await;
    let calls =
        (0..40).map(|number| if number % 2 == 0 { &one } else { &other }).map(|app| app.refresh(&tokens.refresh));
    let replies = join_all(calls).await;
    let successors: HashSet<_> =
        replies.iter().map(|reply| SignedIn::from(&reply.assert_status(200)).refresh).collect();
    assert_eq!(successors.len(), 1);
}

/// Refreshes in parallel; more would wait for a connection for longer than a request may.
const AT_ONCE: usize = 200;

/// Refreshes as a client does that repeats the request while the database is busy.
async fn refresh_patiently(app: &TestApp, token: &str) -> String {
    for _ in 0..100 {
        let own = Client::first_party();
        let request = TokenRequest::of(&own);
        match app.state().sessions.refresh(token, request, &ClientContext::default()).await {
            Ok(pair) => return pair.refresh.expose().to_owned(),
            Err(RefreshError::Storage(_) | RefreshError::Issue(IssueError::Storage(_))) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the database has been busy a hundred times");
}

#[tokio::test]
async fn of_1000_parallel_refreshes_of_one_token_all_get_one_successor() {
    let one = TestApp::start_with(|config| config.database_connections = 8).await;
    let other = TestApp::start_in(one.home.clone(), |config| config.database_connections = 8).await;
    let tokens = one.signed_in(&one.user().await).await;
    let calls = (0..1000).map(|number| refresh_patiently(if number % 2 == 0 { &one } else { &other }, &tokens.refresh));
    let successors: HashSet<String> = stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(successors.len(), 1);
    let session = one.state().store.find_session(tokens.session.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((session.generation, session.ended_at), (1, None));
    let successor = successors.into_iter().next().unwrap();
    assert_ne!(successor, tokens.refresh);
    one.refresh(&successor).await.assert_status(200);
}

#[tokio::test]
async fn a_restart_remembers_which_tokens_were_used() {
    let app = TestApp::start().await;
    let first = app.signed_in(&app.user().await).await;
    let second = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    let app = app.restart().await;
    let again = SignedIn::from(&app.refresh(&first.refresh).await.assert_status(200));
    assert_eq!(again.refresh, second.refresh, "the same successor after a restart");
    app.advance(Duration::from_secs(10));
    app.refresh(&first.refresh).await.assert_status(200);
    let app = app.restart().await;
    let third = SignedIn::from(&app.refresh(&second.refresh).await.assert_status(200));
    app.refresh(&first.refresh).await.assert_problem(401, "auth.refresh_token_replayed");
    assert!(!app.is_active(&third.access).await);
    app.refresh(&third.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn a_restart_remembers_which_sessions_have_ended() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (ended, open) = (app.signed_in(&user).await, app.signed_in(&user).await);
    app.log_out(&ended.access).await.assert_status(204);
    let app = app.restart().await;
    assert!(!app.is_active(&ended.access).await);
    assert!(app.is_active(&open.access).await);
}

#[tokio::test]
async fn a_revocation_is_kept_as_long_as_its_tokens_are_valid() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(one.home.clone(), |_| ()).await;
    let tokens = one.signed_in(&one.user().await).await;
    one.log_out(&tokens.access).await.assert_status(204);
    eventually("the other replica learns of it", BOUND, async || !other.is_active(&tokens.access).await).await;
    one.advance(Duration::from_secs(599));
    for app in [&one, &other] {
        assert!(!app.is_active(&tokens.access).await);
    }
}
