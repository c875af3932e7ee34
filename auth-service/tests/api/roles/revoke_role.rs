//! `DELETE /api/v1/users/{user_id}/roles/{role}`.

use contracts::ids::UserId;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn revoking_a_role_ends_the_tokens_that_carry_it_and_no_later_ones() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.proved_user().await;
    app.change_role(Method::PUT, &admin, &user.id, "editor").await.assert_status(204);
    let before = app.signed_in(&user).await;
    assert_eq!(app.introspect(&before.access).await["roles"], json!(["editor"]));

    app.change_role(Method::DELETE, &admin, &user.id, "editor").await.assert_status(204);

    assert!(!app.is_active(&before.access).await);
    // The clock has not moved: a token of the very same second must work.
    let after = SignedIn::from(&app.refresh(&before.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&after.access).await["roles"], json!([]));
    app.change_role(Method::DELETE, &admin, &user.id, "editor").await.assert_status(204);
    assert!(app.is_active(&after.access).await, "revoking a role that the user does not have ends no token");
}

#[tokio::test]
async fn the_last_administrator_keeps_the_role() {
    let app = TestApp::start().await;
    let (me, admin) = app.admin().await;
    app.change_role(Method::DELETE, &admin, &me.id, "admin").await.assert_problem(409, "auth.last_admin");
    let second = app.proved_user().await;
    app.change_role(Method::PUT, &admin, &second.id, "admin").await.assert_status(204);
    app.change_role(Method::DELETE, &admin, &me.id, "admin").await.assert_status(204);
    let reply = app.change_role(Method::PUT, &admin, &me.id, "admin").await;
    reply.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn administrators_who_dismiss_each_other_at_once_leave_one() {
    for _ in 0..5 {
        let app = TestApp::start().await;
        let admins = join_all((0..4).map(|_| app.admin())).await;
        let dismissals = admins.iter().enumerate().map(|(index, (_, token))| {
            let (victim, _) = &admins[(index + 1) % admins.len()];
            app.change_role(Method::DELETE, token, &victim.id, "admin")
        });
        join_all(dismissals).await;
        let mut left = 0;
        for (user, _) in &admins {
            let roles = app.state().store.list_roles_of(user.id.parse().unwrap()).await.unwrap();
            left += usize::from(roles.contains(&"admin".to_owned()));
        }
        assert!(left >= 1, "no administrator is left");
    }
}

#[tokio::test]
async fn two_administrators_who_resign_at_once_leave_one() {
    let app = TestApp::start().await;
    let ((one, one_token), (two, two_token)) = tokio::join!(app.admin(), app.admin());
    let (first, second) = tokio::join!(
        app.change_role(Method::DELETE, &one_token, &one.id, "admin"),
        app.change_role(Method::DELETE, &two_token, &two.id, "admin")
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[tokio::test]
async fn unknown_users_and_roles_are_named() {
    let app = TestApp::start().await;
    let (me, admin) = app.admin().await;
    let unknown = UserId::new().to_string();
    app.change_role(Method::DELETE, &admin, &unknown, "editor").await.assert_problem(404, "auth.user_not_found");
    app.change_role(Method::DELETE, &admin, &me.id, "king").await.assert_problem(404, "auth.role_not_found");
    let tokens = app.signed_in(&app.user().await).await;
    app.change_role(Method::DELETE, &tokens, &me.id, "admin").await.assert_problem(403, "auth.forbidden");
}
