use serde_json::json;

use super::support::{Cinema, person, with_email};
use crate::app::unique_email;

#[actix_web::test]
async fn an_account_without_email_sets_email_and_password_and_signs_in_with_them() {
    let cinema = Cinema::start().await;
    let (id, who) = cinema.sign_in_as("google", person("1")).await;
    let email = unique_email();
    let problem = cinema.set_password(&who, json!({"password": "three cats on a sofa"})).await;
    assert_eq!(problem.assert_problem(422, "request.invalid_fields")["errors"][0]["pointer"], "/email");
    let body = json!({"password": "three cats on a sofa", "email": email.to_uppercase()});
    cinema.set_password(&who, body.clone()).await.assert_status(204);
    cinema.set_password(&who, body).await.assert_problem(409, "auth.password_set");
    let signed_in = cinema.log_in(&email, "three cats on a sofa").await.assert_status(201);
    assert_eq!(signed_in["user"]["id"], id);
}

#[actix_web::test]
async fn an_account_with_an_email_keeps_it() {
    let cinema = Cinema::start().await;
    let email = unique_email();
    let (_, who) = cinema.sign_in_as("google", with_email(person("1"), &email, true)).await;
    let body = json!({"password": "three cats on a sofa", "email": unique_email()});
    let problem = cinema.set_password(&who, body).await.assert_problem(422, "request.invalid_fields");
    assert_eq!(problem["errors"][0]["pointer"], "/email");
    cinema.set_password(&who, json!({"password": "three cats on a sofa"})).await.assert_status(204);
    cinema.log_in(&email, "three cats on a sofa").await.assert_status(201);
}

#[actix_web::test]
async fn bad_passwords_and_taken_emails_are_refused() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let taken = cinema.user().await.email;
    let sets = async |password: &str, email: &str| {
        cinema.set_password(&who, json!({"password": password, "email": email})).await
    };
    sets("three cats on a sofa", &taken).await.assert_problem(409, "auth.email_taken");
    sets("password123", &unique_email()).await.assert_problem(422, "auth.password_too_common");
    sets("short", &unique_email()).await.assert_problem(422, "request.invalid_fields");
    sets("three cats on a sofa", "no address").await.assert_problem(422, "request.invalid_fields");
    let user = cinema.user().await;
    let with_password = cinema.signed_in(&user).await;
    let body = json!({"password": "three cats on a sofa"});
    cinema.set_password(&with_password, body).await.assert_problem(409, "auth.password_set");
}
