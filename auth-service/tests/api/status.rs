//! `GET /api/v1/status`.

use accounts::{ClientLocation, SignIn, SignInMethod, SignInResult};
use contracts::auth::devices::DeviceKind;
use contracts::ids::UserId;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn the_status_reports_limits_and_partition_maintenance() {
    let app = TestApp::start().await;
    app.state().maintenance.run_once().await;
    let body = app.get("/api/v1/status").send().await.assert_status(200);
    assert_eq!(body["status"], "pass", "{body}");
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(body["limits"], json!({"status": "pass", "shared": false, "degraded": false}));
    let partitions = &body["partitions"];
    assert_eq!((&partitions["status"], &partitions["alarms"]), (&json!("pass"), &json!([])));
    assert!(partitions["leader"] == true && partitions["checked_at"].is_string(), "{body}");
}

#[tokio::test]
async fn an_alarm_warns_until_it_is_over() {
    let app = TestApp::start().await;
    if app.state().store.is_embedded() {
        return; // SQLite has no partitions
    }
    let line = SignIn {
        user_id: UserId::new(),
        at: "2099-06-01T00:00:00Z".parse().unwrap(),
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: None,
    };
    app.state().store.insert_sign_in(&line).await.unwrap();
    app.state().maintenance.run_once().await;
    let body = app.get("/api/v1/status").send().await.assert_status(200);
    let alarm = json!([{"kind": "stray_month", "what": "sign_ins_209906 lies far in the future: a clock was wrong"}]);
    assert_eq!((&body["status"], &body["partitions"]["alarms"]), (&json!("warn"), &alarm));
    app.home.sql("DROP TABLE sign_ins_209906").await;
    app.state().maintenance.run_once().await;
    assert_eq!(app.get("/api/v1/status").send().await.assert_status(200)["status"], "pass");
}

#[tokio::test]
async fn the_status_is_served_without_the_database_and_warns() {
    let app = TestApp::start().await;
    app.state().store.close().await;
    app.state().maintenance.run_once().await;
    let body = app.get("/api/v1/status").send().await.assert_status(200);
    assert_eq!((&body["status"], &body["partitions"]["status"]), (&json!("warn"), &json!("warn")));
}

#[tokio::test]
async fn a_sign_in_in_a_month_without_a_partition_succeeds_and_is_recorded() {
    let app = TestApp::start().await;
    let user = app.user().await;
    if app.state().store.is_embedded() {
        return; // SQLite has no partitions
    }
    let month = account_partitions::Month::of(app.state().now()).unwrap();
    app.home.sql(&format!("DROP TABLE sign_ins_{month}")).await;
    app.signed_in(&user).await;
    let id = UserId(user.id.parse().unwrap());
    assert_eq!(app.count_sign_ins(id).await, 1);
}
