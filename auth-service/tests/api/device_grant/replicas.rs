//! Several replicas, and restarts between approval and poll.

use std::sync::Arc;

use super::{approve, poll, request, start};
use crate::app::TestApp;
use crate::pages::browser::Browser;

#[tokio::test]
async fn a_device_that_waits_at_one_replica_learns_of_an_approval_at_another() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(Arc::clone(&one.home), |_| ()).await;
    let codes = start(&one).await;
    let mut browser = Browser::signed_in(&other, &one.user().await).await;
    let waiting = request(&one, &codes).header("prefer", "wait=25").send();
    let (reply, ()) = tokio::join!(waiting, approve(&mut browser, &codes));
    reply.assert_status(200);
}

#[tokio::test]
async fn a_restart_between_approval_and_poll_loses_nothing() {
    let app = TestApp::start().await;
    let codes = start(&app).await;
    approve(&mut Browser::signed_in(&app, &app.user().await).await, &codes).await;
    let app = app.restart().await;
    let first = poll(&app, &codes).await.assert_status(200);
    let app = app.restart().await;
    let again = poll(&app, &codes).await.assert_status(200);
    assert_eq!(first["refresh_token"], again["refresh_token"]);
}
