//! Refilled budgets of guesses.

use std::time::Duration;

use service_kit::testing::eventually;

use super::act;
use crate::app::{TestApp, TestUser};
use crate::limits::limited;

/// Uses the budget of guesses at an account up.
async fn lock_out(app: &TestApp, user: &TestUser) {
    for _ in 0..11 {
        let reply = app.log_in(&user.email, "four cats on a sofa").await;
        if reply.status == 429 {
            return;
        }
    }
    panic!("the budget is not used up");
}

#[tokio::test]
async fn an_unlocked_account_may_sign_in_at_once_on_every_replica_and_others_stay_locked() {
    let limits = || limited("policies.log_in_guess.quota = '10/10h'", None);
    let app = TestApp::start_with(limits()).await;
    let other = TestApp::start_in(app.home.clone(), limits()).await;
    let (_, admin) = app.admin().await;
    let (anna, eve) = (app.user().await, app.user().await);
    for user in [&anna, &eve] {
        lock_out(&app, user).await;
        app.log_in(&user.email, &user.password).await.assert_problem(429, "request.rate_limited");
    }
    lock_out(&other, &anna).await;
    act(&app, &admin, &anna.id, "unlock").await.assert_status(204);
    app.signed_in(&anna).await;
    eventually("the other replica has read it", Duration::from_secs(10), async || {
        other.log_in(&anna.email, &anna.password).await.status == 201
    })
    .await;
    app.log_in(&eve.email, &eve.password).await.assert_problem(429, "request.rate_limited");
    lock_out(&app, &anna).await; // the refilled budget has a bound, too
}
