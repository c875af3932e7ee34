//! Password attempts: their cost when the service fails, lock-outs by strangers, and the budgets of known devices.

mod first_password;
mod flood;
mod known_devices;
mod one_policy;
mod outages;

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::TestApp;

/// A sign-in from an address, with additional fields.
async fn log_in_from(app: &TestApp, address: &str, email: &str, password: &str, more: Value) -> TestReply {
    let mut body = json!({"email": email, "password": password});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("/api/v1/sessions").header("x-forwarded-for", address).json(&body).send().await
}

/// Renames a table while `work` runs, so that the service fails where it needs it.
async fn without_table(app: &TestApp, table: &str, work: impl AsyncFnOnce()) {
    app.home.sql(&format!("ALTER TABLE {table} RENAME TO {table}_away")).await;
    work().await;
    app.home.sql(&format!("ALTER TABLE {table}_away RENAME TO {table}")).await;
}
