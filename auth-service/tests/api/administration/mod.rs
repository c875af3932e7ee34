//! Operators who help: every act with its reason, its event, and its refusal to anyone else.

mod audit;
mod commands;
mod correct;
mod disable;
mod lookups;
mod mails;
mod rules;
mod unlock;

use reqwest::Method;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{SignedIn, TestApp};

/// Sends an act on an account.
pub async fn act(app: &TestApp, operator: &SignedIn, user: &str, act: &str) -> TestReply {
    act_with(app, operator, user, act, json!({"reason": "ticket 42"})).await
}

/// The same with another body.
pub async fn act_with(app: &TestApp, operator: &SignedIn, user: &str, act: &str, body: Value) -> TestReply {
    app.post(&format!("/api/v1/users/{user}/{act}")).bearer(&operator.access).json(&body).send().await
}

/// Looks at an account.
pub async fn look(app: &TestApp, operator: &SignedIn, user: &str) -> TestReply {
    app.get(&format!("/api/v1/users/{user}?reason=ticket+42")).bearer(&operator.access).send().await
}

/// Audit events that match this query, without the looks at them and the administrators of the test.
pub async fn events(app: &TestApp, operator: &SignedIn, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/audit?reason=review&page_size=100{query}");
    let page = app.request(Method::GET, &path).bearer(&operator.access).send().await.assert_status(200);
    let items = page["items"].as_array().unwrap().clone();
    let of_setup = ["list_audit_events", "create_admin"];
    items.into_iter().filter(|event| !of_setup.iter().any(|action| event["action"] == *action)).collect()
}
