//! `GET /api/v1/roles`.

use serde_json::{Value, json};

use super::{ROLES, create};
use crate::app::{SignedIn, TestApp};

async fn page(app: &TestApp, admin: &SignedIn, query: &str) -> Value {
    app.get(&format!("{ROLES}{query}")).bearer(&admin.access).send().await.assert_status(200)
}

#[tokio::test]
async fn all_pages_together_have_each_role_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for name in ["b-1", "b_2", "zz"] {
        create(&app, &admin, name, &["films.write"]).await.assert_status(201);
    }
    let (mut names, mut query) = (Vec::new(), "?page_size=2".to_owned());
    let pages = loop {
        let body = page(&app, &admin, &query).await;
        let items = body["items"].as_array().unwrap();
        assert!((1..=2).contains(&items.len()));
        names.extend(items.iter().map(|role| role["name"].as_str().unwrap().to_owned()));
        match body["next_cursor"].as_str() {
            Some(cursor) => query = format!("?page_size=2&cursor={cursor}"),
            None => break names.len().div_ceil(2),
        }
    };
    names.sort_unstable();
    assert_eq!((names, pages), (["admin", "b-1", "b_2", "editor", "subscriber", "zz"].map(str::to_owned).into(), 3));
    let subscriber = page(&app, &admin, "").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["name"] == "subscriber")
        .cloned();
    let expected = json!(["films.play_subscription"]);
    assert!(subscriber.is_some_and(|role| role["system"] == true && role["permissions"] == expected));
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for cursor in ["A", "a%20b", "%D0%B0"] {
        let reply = app.get(&format!("{ROLES}?cursor={cursor}")).bearer(&admin.access).send().await;
        reply.assert_problem(400, "auth.invalid_cursor");
    }
    let tokens = app.signed_in(&app.user().await).await;
    app.get(ROLES).bearer(&tokens.access).send().await.assert_problem(403, "auth.forbidden");
}
