//! `GET /api/v1/clients`.

use serde_json::{Value, json};

use super::{CLIENTS, confidential, public};
use crate::app::{SignedIn, TestApp};

async fn page(app: &TestApp, admin: &SignedIn, query: &str) -> Value {
    app.get(&format!("{CLIENTS}{query}")).bearer(&admin.access).send().await.assert_status(200)
}

#[tokio::test]
async fn all_pages_together_have_each_client_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    assert_eq!(page(&app, &admin, "").await, json!({"items": []}));
    confidential(&app, &admin, "b").await;
    public(&app, &admin, "a", &["https://a.example.org", "null"]).await;
    public(&app, &admin, "c", &[]).await;
    let first = page(&app, &admin, "?page_size=2").await;
    let second = page(&app, &admin, &format!("?page_size=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|one| one["client_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&first), ids(&second)), (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]));
    assert!(second.get("next_cursor").is_none());
    assert_eq!(first["items"][0]["origins"], json!(["https://a.example.org", "null"]));
    assert_eq!(first["items"][1]["secrets"], json!([{}]));
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused_and_so_is_who_manages_no_clients() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for cursor in ["A", "a%20b", "%D0%B0"] {
        let reply = app.get(&format!("{CLIENTS}?cursor={cursor}")).bearer(&admin.access).send().await;
        reply.assert_problem(400, "auth.invalid_cursor");
    }
    let tokens = app.signed_in(&app.user().await).await;
    app.get(CLIENTS).bearer(&tokens.access).send().await.assert_problem(403, "auth.forbidden");
}
