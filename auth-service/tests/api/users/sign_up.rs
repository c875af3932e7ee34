//! `POST /api/v1/users`.

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, unique_email};

async fn sign_up(app: &TestApp, body: &Value) -> TestReply {
    app.post("/api/v1/users").json(body).send().await
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_sign_up_creates_an_account_without_roles() {
    let app = TestApp::start().await;
    let email = unique_email();
    let body = json!({
        "email": email, "password": "three cats on a sofa", "display_name": "  Анна  ",
        "birth_date": "1990-05-17", "region": "RU-MOW"
    });
    let reply = sign_up(&app, &body).await;
    let user = reply.assert_status(201)["user"].clone();
    assert_eq!(user["email"], email);
    assert_eq!(user["display_name"], "Анна");
    assert_eq!(user["birth_date"], "1990-05-17");
    assert_eq!(user["region"], "RU-MOW");
    assert_eq!(user["roles"], json!([]));
    assert!(reply.header("cache-control").contains("no-store"));
    assert!(!reply.text().contains("password"));
}

#[tokio::test]
async fn spaces_and_upper_case_make_no_second_account() {
    let app = TestApp::start().await;
    let email = unique_email();
    sign_up(&app, &json!({"email": email, "password": "three cats on a sofa"})).await.assert_status(201);
    for spelling in [email.to_uppercase(), format!("  {email}\t"), email.replacen('p', "P", 1)] {
        let reply = sign_up(&app, &json!({"email": spelling, "password": "three cats on a sofa"})).await;
        reply.assert_problem(409, "auth.email_taken");
        app.log_in(&spelling, "three cats on a sofa").await.assert_status(201);
    }
}

#[tokio::test]
async fn of_32_concurrent_sign_ups_of_one_email_one_succeeds() {
    let app = TestApp::start().await;
    let body = json!({"email": unique_email(), "password": "three cats on a sofa"});
    let replies = join_all((0..32).map(|_| sign_up(&app, &body))).await;
    let mut statuses = HashMap::new();
    for reply in &replies {
        *statuses.entry(reply.status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(statuses, HashMap::from([(201, 1), (409, 31)]));
}

#[tokio::test]
async fn emails_that_cannot_be_addresses_are_named() {
    let app = TestApp::start().await;
    let long = format!("{}@{}example.org", "a".repeat(64), "b.".repeat(90));
    let local = format!("{}@example.org", "a".repeat(65));
    for email in ["anna", "anna@", "@example.org", "a@b@c", "an na@example.org", "a\u{0}b@example.org", &long, &local] {
        let reply = sign_up(&app, &json!({"email": email, "password": "three cats on a sofa"})).await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(pointers(&problem), ["/email"], "{email:?}");
    }
}

#[tokio::test]
async fn passwords_have_8_to_256_characters() {
    let app = TestApp::start().await;
    for (length, fits) in [(7, false), (8, true), (256, true), (257, false), (100_000, false)] {
        let password = "кот3".chars().cycle().take(length).collect::<String>();
        let reply = sign_up(&app, &json!({"email": unique_email(), "password": password})).await;
        if fits {
            reply.assert_status(201);
        } else {
            let problem = reply.assert_problem(422, "request.invalid_fields");
            assert_eq!(pointers(&problem), ["/password"], "{length}");
            assert!(!reply.text().contains("кот3"), "the password is not repeated");
        }
    }
}

#[tokio::test]
async fn common_passwords_and_ones_own_address_are_refused() {
    let app = TestApp::start().await;
    let email = unique_email();
    for password in ["Password123", "qwertyuiop", "11111111", "12345678", &email] {
        let reply = sign_up(&app, &json!({"email": email, "password": password})).await;
        reply.assert_problem(422, "auth.password_too_common");
    }
}

#[tokio::test]
async fn impossible_birth_dates_are_named() {
    let app = TestApp::start().await;
    let tomorrow = service_kit::Clock::now(&*app.home.clock) + chrono::TimeDelta::days(1);
    for day in [tomorrow.date_naive().to_string(), "1899-12-31".into(), "2023-02-30".into(), "yesterday".into()] {
        let body = json!({"email": unique_email(), "password": "three cats on a sofa", "birth_date": day});
        let problem = sign_up(&app, &body).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(pointers(&problem), ["/birth_date"], "{day}");
    }
}

#[tokio::test]
async fn a_sign_up_cannot_set_roles_ids_or_other_fields_of_the_service() {
    let app = TestApp::start().await;
    for (field, value) in [
        ("roles", json!(["admin"])),
        ("id", json!("018f0000-0000-7000-8000-000000000000")),
        ("status", json!(0)),
        ("cell", json!(7)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("password_hash", json!("x")),
    ] {
        let mut body = json!({"email": unique_email(), "password": "three cats on a sofa"});
        body[field] = value;
        let problem = sign_up(&app, &body).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["code"], "unknown_field", "{field}");
    }
}

#[tokio::test]
async fn control_characters_in_passwords_and_bad_regions_are_refused() {
    let app = TestApp::start().await;
    for (field, value) in [("password", "three\u{0}cats"), ("password", "three cats\t"), ("region", "moscow")] {
        let mut body = json!({"email": unique_email(), "password": "three cats on a sofa"});
        body[field] = value.into();
        let problem = sign_up(&app, &body).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(pointers(&problem), [format!("/{field}")]);
    }
}

#[tokio::test]
async fn names_lose_control_and_invisible_characters() {
    let app = TestApp::start().await;
    let body = json!({
        "email": unique_email(), "password": "three cats on a sofa", "display_name": " An\u{0}na\u{202e}\r\nP\u{200b}. "
    });
    let made = sign_up(&app, &body).await.assert_status(201);
    assert_eq!(made["user"]["display_name"], "Anna P.");
}

#[tokio::test]
async fn when_the_hash_queue_is_full_further_sign_ups_get_503_with_retry_after() {
    let app = TestApp::start_with(|config| {
        config.hashing.threads = 1;
        config.hashing.queue = 1;
    })
    .await;
    let tries = (0..40)
        .map(|_| async { sign_up(&app, &json!({"email": unique_email(), "password": "three cats on a sofa"})).await });
    let replies = join_all(tries).await;
    let busy: Vec<_> = replies.iter().filter(|reply| reply.status == 503).collect();
    assert!(!busy.is_empty(), "no request was rejected");
    for reply in busy {
        reply.assert_problem(503, "auth.busy");
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert!(replies.iter().any(|reply| reply.status == 201), "no request was served");
}
