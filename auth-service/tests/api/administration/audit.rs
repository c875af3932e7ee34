//! `GET /api/v1/audit`.

use serde_json::json;

use super::{act, act_with, events};
use crate::app::TestApp;

#[tokio::test]
async fn an_event_says_who_did_what_to_whom_from_where_why_and_how_it_ended() {
    let app = TestApp::start().await;
    let (boss, admin) = app.admin().await;
    let user = app.user().await;
    let path = format!("/api/v1/users/{}/unlock", user.id);
    let reason = json!({"reason": "  ticket 42: <b>locked out</b> "});
    let request = app.post(&path).bearer(&admin.access).header("x-request-id", "call-7").json(&reason);
    request.send().await.assert_status(204);
    let recorded = events(&app, &admin, "").await;
    let [event] = &recorded[..] else { panic!("{recorded:?}") };
    let expected = json!({
        "id": event["id"],
        "at": event["at"],
        "actor_id": boss.id,
        "channel": "api",
        "action": "unlock_user",
        "user_id": user.id,
        "reason": "ticket 42: <b>locked out</b>",
        "address": "127.0.0.1",
        "request_id": "call-7",
        "outcome": "done",
    });
    assert_eq!(event, &expected);
}

#[tokio::test]
async fn events_are_selected_by_account_and_operator_and_read_page_by_page() {
    let app = TestApp::start().await;
    let ((one, first), (two, second)) = tokio::join!(app.admin(), app.admin());
    let users = [app.user().await, app.user().await];
    for (operator, user) in [(&first, &users[0]), (&first, &users[1]), (&second, &users[0])] {
        for number in 0..2 {
            let body = json!({"reason": format!("number {number}")});
            act_with(&app, operator, &user.id, "unlock", body).await.assert_status(204);
        }
    }
    let by = |query: String| events(&app, &first, Box::leak(query.into_boxed_str()));
    assert_eq!(by(format!("&user_id={}", users[0].id)).await.len(), 4);
    assert_eq!(by(format!("&actor_id={}", two.id)).await.len(), 2);
    assert_eq!(by(format!("&actor_id={}&user_id={}", one.id, users[1].id)).await.len(), 2);
    let mut reasons = Vec::new();
    let mut more = String::new();
    loop {
        let path = format!("/api/v1/audit?reason=review&page_size=3&user_id={}{more}", users[0].id);
        let page = app.get(&path).bearer(&first.access).send().await.assert_status(200);
        let items = page["items"].as_array().unwrap();
        reasons.extend(items.iter().map(|event| (event["action"].clone(), event["reason"].clone())));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
    }
    reasons.retain(|(action, _)| action == "unlock_user");
    let words: Vec<_> = reasons.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(words.len(), 4);
    for cursor in ["x", "0", "5.x", &format!("-1.{}", uuid::Uuid::nil())] {
        let path = format!("/api/v1/audit?reason=review&cursor={cursor}");
        app.get(&path).bearer(&first.access).send().await.assert_problem(400, "auth.invalid_cursor");
    }
}

#[tokio::test]
async fn reading_the_events_is_an_event() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    act(&app, &admin, &user.id, "unlock").await.assert_status(204);
    let read = async || app.get("/api/v1/audit?reason=curious").bearer(&admin.access).send().await.assert_status(200);
    read().await;
    let items = read().await["items"].as_array().unwrap().clone();
    let look = items.iter().find(|event| event["action"] == "list_audit_events").unwrap();
    assert_eq!(look["reason"], "curious");
}

#[tokio::test]
async fn a_reason_in_a_query_is_in_no_log_line() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    // Log lines have the template of the route; the problem of a bad request repeats no value.
    let path = format!("/api/v1/users/{}?reason=a%0Aforged-line", user.id);
    let reply = app.get(&path).bearer(&admin.access).send().await;
    reply.assert_problem(422, "request.invalid_fields");
    assert!(!reply.text().contains("forged-line"), "{}", reply.text());
}
