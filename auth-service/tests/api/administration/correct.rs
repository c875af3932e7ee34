//! Freed and proved e-mails, corrected birth dates.

use serde_json::json;

use super::{act, act_with, look};
use crate::app::{SignedIn, TestApp};

#[tokio::test]
async fn a_squatted_email_is_freed_for_its_owner() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let squatter = app.user().await;
    let tokens = app.signed_in(&squatter).await;
    act(&app, &admin, &squatter.id, "free-email").await.assert_status(204);
    app.log_in(&squatter.email, &squatter.password).await.assert_problem(401, "auth.wrong_credentials");
    let owner = app.user_with(json!({"email": squatter.email, "password": "nine owls in a tall tree"})).await;
    assert_ne!(owner.id, squatter.id);
    app.signed_in(&owner).await;
    let me = app.me(&tokens.access).await.assert_status(200);
    assert_eq!(me["user"]["email"], json!(null), "the account goes on without it");
    act(&app, &admin, &squatter.id, "free-email").await.assert_problem(409, "auth.no_email");
    act(&app, &admin, &squatter.id, "prove-email").await.assert_problem(409, "auth.no_email");
}

#[tokio::test]
async fn an_email_is_proved_by_an_operator() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    let is_proved = async || look(&app, &admin, &user.id).await.assert_status(200)["user"]["email_proved"].clone();
    assert_eq!(is_proved().await, json!(false));
    for _ in 0..2 {
        act(&app, &admin, &user.id, "prove-email").await.assert_status(204);
    }
    assert_eq!(is_proved().await, json!(true));
}

#[tokio::test]
async fn a_birth_date_is_corrected_and_the_token_with_the_old_age_ends() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user_with(json!({"birth_date": "2015-05-17", "region": "RU-MOW"})).await;
    let child = app.signed_in(&user).await;
    let change = async |birth_date: &str| {
        let body = json!({"reason": "passport shown", "birth_date": birth_date});
        act_with(&app, &admin, &user.id, "correct-birth-date", body).await
    };
    for wrong in ["1899-12-31", "2999-01-01", "17.05.1990", "1990-02-30"] {
        change(wrong).await.assert_problem(422, "request.invalid_fields");
    }
    change("1990-05-17").await.assert_status(204);
    assert!(!app.is_active(&child.access).await);
    let adult = SignedIn::from(&app.refresh(&child.refresh).await.assert_status(200));
    let age = app.introspect(&adult.access).await["age"].as_u64().unwrap();
    assert!(age >= 30, "{age}");
    act(&app, &admin, &user.id, "correct-birth-date").await.assert_status(204);
    assert_eq!(look(&app, &admin, &user.id).await.json()["user"].get("birth_date"), None);
    let tokens = app.signed_in(&user).await;
    let again = app.patch("/api/v1/me").bearer(&tokens.access).json(&json!({"birth_date": "1991-05-17"})).send().await;
    again.assert_status(200);
}
