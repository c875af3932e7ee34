//! `DELETE /api/v1/roles/{role}`.

use serde_json::json;

use super::{create, delete, holder};
use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn deleting_a_role_takes_it_from_its_holders_and_ends_their_tokens() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    create(&app, &admin, "curator", &["films.write"]).await.assert_status(201);
    let (_, before) = holder(&app, &admin, "curator").await;
    delete(&app, &admin, "curator").await.assert_status(204);
    assert!(!app.is_active(&before.access).await);
    let after = SignedIn::from(&app.refresh(&before.refresh).await.assert_status(200));
    let facts = app.introspect(&after.access).await;
    assert_eq!((&facts["roles"], &facts["permissions"]), (&json!([]), &json!([])));

    create(&app, &admin, "curator", &["films.write"]).await.assert_status(201);
    assert!(!app.is_active(&before.access).await, "a role of the same name revives no token");
    delete(&app, &admin, "curator").await.assert_status(204);
    delete(&app, &admin, "curator").await.assert_problem(404, "auth.role_not_found");
}

#[tokio::test]
async fn a_role_that_cannot_be_deleted_says_why() {
    let app = TestApp::start().await;
    let (me, admin) = app.admin().await;
    for name in ["admin", "editor", "subscriber"] {
        delete(&app, &admin, name).await.assert_problem(409, "auth.system_role");
    }
    create(&app, &admin, "owner", &["roles.manage"]).await.assert_status(201);
    let (_, owner) = holder(&app, &admin, "owner").await;
    app.change_role(reqwest::Method::DELETE, &owner, &me.id, "admin").await.assert_status(204);
    delete(&app, &owner, "owner").await.assert_problem(409, "auth.last_admin");
    let tokens = app.signed_in(&me).await;
    delete(&app, &tokens, "owner").await.assert_problem(403, "auth.forbidden");
}
