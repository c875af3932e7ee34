//! Finding accounts, and looking at one.

use reqwest::Method;
use serde_json::{Value, json};

use super::{events, look};
use crate::app::{SignedIn, TestApp};

async fn find(app: &TestApp, operator: &SignedIn, query: &str) -> Value {
    let path = format!("/api/v1/users/search?reason=ticket+42&{query}");
    app.get(&path).bearer(&operator.access).send().await.assert_status(200)
}

#[tokio::test]
async fn an_account_is_found_by_any_spelling_of_its_email() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user_with(json!({"display_name": "Anna"})).await;
    let spelling = user.email.to_uppercase().replace('@', "%40");
    let found = find(&app, &admin, &format!("email={spelling}")).await;
    let item = &found["items"][0];
    assert_eq!(
        (&item["id"], &item["display_name"], &item["status"]),
        (&json!(user.id), &json!("Anna"), &json!("active"))
    );
    for nobody in ["email=nobody%40example.org", "email=nobody", "role=king", "role=%D0%B0"] {
        assert_eq!(find(&app, &admin, nobody).await["items"], json!([]), "{nobody}");
    }
    let recorded = events(&app, &admin, &format!("&user_id={}", user.id)).await;
    assert_eq!((recorded.len(), &recorded[0]["action"]), (1, &json!("find_users")));
    for bad in ["", "&email=a%40b.cd&role=admin"] {
        let path = format!("/api/v1/users/search?reason=x{bad}");
        app.get(&path).bearer(&admin.access).send().await.assert_problem(422, "request.invalid_fields");
    }
}

#[tokio::test]
async fn an_account_without_an_address_is_found_by_its_former_spelling() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    // As `check-logins --finish` leaves a login that is no address.
    app.home
        .sql(&format!("UPDATE user_logins SET kind = 2, login = 'a..b@e.org' WHERE login = '{}'", user.email))
        .await;
    app.home.sql(&format!("UPDATE users SET email_norm = NULL WHERE email_norm = '{}'", user.email)).await;
    let found = find(&app, &admin, "email=A..B%40e.org").await;
    assert_eq!(found["items"][0]["id"], json!(user.id));
    assert!(found["items"][0]["email"].is_null(), "{found}");
}

#[tokio::test]
async fn holders_of_a_role_are_found_page_by_page() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let mut editors = Vec::new();
    for _ in 0..3 {
        let user = app.user().await;
        super::act(&app, &admin, &user.id, "prove-email").await.assert_status(204);
        app.change_role(Method::PUT, &admin, &user.id, "editor").await.assert_status(204);
        editors.push(user.id);
    }
    editors.sort_unstable();
    let first = find(&app, &admin, "role=editor&page_size=2").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = find(&app, &admin, &format!("role=editor&page_size=2&cursor={cursor}")).await;
    assert!(second.get("next_cursor").is_none());
    let pages = [&first, &second].into_iter().flat_map(|page| page["items"].as_array().unwrap());
    let ids: Vec<_> = pages.map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, editors);
    let path = "/api/v1/users/search?reason=x&role=editor&cursor=nonsense";
    app.get(path).bearer(&admin.access).send().await.assert_problem(400, "auth.invalid_cursor");
}

#[tokio::test]
async fn a_look_shows_the_account_with_all_that_belongs_to_it_and_no_secret() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user_with(json!({"birth_date": "1990-05-17", "region": "RU-MOW"})).await;
    let device = json!({"kind": "tv", "name": "Living room"});
    let body = json!({"email": user.email, "password": user.password, "device": device});
    app.post("/api/v1/sessions").json(&body).send().await.assert_status(201);
    let shown = look(&app, &admin, &user.id).await.assert_status(200);
    let account = &shown["user"];
    assert_eq!((&account["email"], &account["birth_date"]), (&json!(user.email), &json!("1990-05-17")));
    assert_eq!((&account["has_password"], &account["roles"]), (&json!(true), &json!([])));
    assert_eq!(shown["sessions"][0]["device"], device);
    assert_eq!(shown["sign_ins"][0]["outcome"], "success");
    let text = shown.to_string();
    assert!(!text.contains("argon2") && !text.contains("hash"), "{text}");
}
