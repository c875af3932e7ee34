//! `DELETE /api/v1/sessions/others`.

use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn all_sessions_end_but_the_calling_one() {
    let app = TestApp::start().await;
    let (user, stranger) = (app.user().await, app.signed_in(&app.user().await).await);
    let (tv, phone, here) = (app.signed_in(&user).await, app.signed_in(&user).await, app.signed_in(&user).await);
    app.delete("/api/v1/sessions/others").bearer(&here.access).send().await.assert_status(204);
    for ended in [&tv, &phone] {
        app.me(&ended.access).await.assert_problem(401, "auth.token_invalid");
        app.refresh(&ended.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    }
    app.me(&here.access).await.assert_problem(401, "auth.token_invalid");
    let here = SignedIn::from(&app.refresh(&here.refresh).await.assert_status(200));
    app.me(&here.access).await.assert_status(200);
    app.me(&stranger.access).await.assert_status(200);
    app.signed_in(&user).await;
}
