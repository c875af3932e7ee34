//! movies-api understands every answer that the published introspection schema permits. A change of the file that
//! movies-api does not follow fails here, or in the stand-in of any other test.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::auth_stand_in::published::RESPONSE;

const PATH: &str = "/api/v1/genres";

/// Fields that an active token always has, which the schema cannot say: an inactive one has none.
const ALWAYS: [&str; 2] = ["/sub", "/exp"];

fn active() -> Value {
    let (sub, sid) = ("01a203aa-1193-7069-9322-ad531c73e5ce", "01a203aa-1193-7069-9322-ad531c73e5cf");
    json!({"active": true, "sub": sub, "sid": sid, "exp": u32::MAX})
}

#[tokio::test]
async fn every_published_answer_of_auth_service_is_understood() {
    let app = TestApp::start().await;
    let mut valid = 0;
    let subjects: &[&str] = &["client:reports", "reports"];
    for (number, variant) in
        RESPONSE.variants(&active(), &[("sub", subjects)]).iter().filter(|variant| variant.is_valid).enumerate()
    {
        let is_removed = variant.value.pointer(&variant.pointer).is_none();
        if variant.pointer == "/surprise" || is_removed && ALWAYS.contains(&variant.pointer.as_str()) {
            continue;
        }
        let token = format!("variant.{number}.signature");
        app.auth.set_json(&token, variant.value.clone());
        let reply = app.get(PATH).bearer(&token).send().await;
        // Without a user and a session it is a program's, never a person's.
        let is_users = variant.value["sid"].is_string() && variant.value["sub"] != "client:reports";
        let expected = if variant.value["active"] == true && is_users { 200 } else { 401 };
        let body = reply.assert_status(expected);
        assert!(expected == 401 || body["viewer"]["mode"] == "member", "{}: {}", variant.value, body["viewer"]);
        valid += 1;
    }
    assert!(valid > 20, "{valid} answers");
}

#[tokio::test]
async fn every_field_that_movies_api_reads_is_published() {
    let full = json!({
        "active": true, "sub": "01a203aa-1193-7069-9322-ad531c73e5ce", "exp": 4_000_000_000_u32, "age": 16, "age_limit": 16,
        "sid": "01a203aa-1193-7069-9322-ad531c73e5cf",
        "permissions": ["films.play_subscription", "films.write"],
    });
    assert_eq!(RESPONSE.complaint(&full), "");
    let app = TestApp::start().await;
    app.auth.set_json("all.the.fields", full);
    let body = app.get(PATH).bearer("all.the.fields").send().await.assert_status(200);
    assert_eq!(body["viewer"], json!({"mode": "member"}));
}
