//! `PUT /api/v1/users/{user_id}/roles/{role}`.

use std::time::Duration;

use contracts::ids::UserId;
use mailer::{Notification, OperatorAct};
use reqwest::Method;
use serde_json::json;

use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn a_granted_role_is_in_the_next_access_token() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.proved_user().await;
    let before = app.signed_in(&user).await;
    app.change_role(Method::PUT, &admin, &user.id, "editor").await.assert_status(204);
    app.change_role(Method::PUT, &admin, &user.id, "editor").await.assert_status(204);
    assert_eq!(app.introspect(&before.access).await["roles"], json!([]));
    let after = SignedIn::from(&app.refresh(&before.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&after.access).await["roles"], json!(["editor"]));
    assert_eq!(app.me(&after.access).await.assert_status(200)["user"]["roles"], json!(["editor"]));
}

#[tokio::test]
async fn the_owner_is_mailed_about_a_change_of_roles() {
    let app = TestApp::start().await;
    let (boss, admin) = app.admin().await;
    let user = app.proved_user().await;
    let changes = async |address: &str| {
        let about = Notification::ByOperator { act: OperatorAct::RolesChanged };
        app.mails_to(address).await.into_iter().filter(|mail| mail.notification == about).count()
    };
    app.change_role(Method::PUT, &admin, &user.id, "editor").await.assert_status(204);
    assert_eq!((changes(&user.email).await, changes(&boss.email).await), (1, 0));
    app.advance(Duration::from_secs(601)); // notices of ten minutes become one
    let admin = app.signed_in(&boss).await;
    for _ in 0..2 {
        app.change_role(Method::DELETE, &admin, &user.id, "editor").await.assert_status(204);
    }
    assert_eq!(changes(&user.email).await, 2);
}

#[tokio::test]
async fn only_administrators_grant_roles() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    let reply = app.change_role(Method::PUT, &tokens, &user.id, "admin").await;
    reply.assert_problem(403, "auth.forbidden");
    let path = format!("/api/v1/users/{}/roles/admin", user.id);
    app.put(&path).send().await.assert_problem(401, "auth.token_missing");
    app.put(&path).bearer("x").send().await.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn a_role_needs_a_proved_e_mail_and_there_are_at_most_32() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let claim = app.user().await;
    app.change_role(Method::PUT, &admin, &claim.id, "editor").await.assert_problem(409, "auth.email_unproved");

    let user = app.proved_user().await;
    for number in 0..33 {
        let name = format!("role-{number}");
        super::create(&app, &admin, &name, &[]).await.assert_status(201);
        let reply = app.change_role(Method::PUT, &admin, &user.id, &name).await;
        if number < 32 {
            reply.assert_status(204);
        } else {
            reply.assert_problem(409, "auth.too_many_roles");
        }
    }
}

#[tokio::test]
async fn unknown_users_and_roles_are_named() {
    let app = TestApp::start().await;
    let (me, admin) = app.admin().await;
    let unknown = UserId::new().to_string();
    app.change_role(Method::PUT, &admin, &unknown, "editor").await.assert_problem(404, "auth.user_not_found");
    for role in ["king", "Admin", "%D0%B0", "a%00b"] {
        app.change_role(Method::PUT, &admin, &me.id, role).await.assert_problem(404, "auth.role_not_found");
    }
    app.change_role(Method::PUT, &admin, "17", "editor").await.assert_problem(400, "request.invalid_path");
}
