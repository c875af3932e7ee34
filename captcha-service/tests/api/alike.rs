//! Failures are indistinguishable from outside: the same status, headers, fields and length whatever the reason.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, text};

/// Visible properties of a reply, without the meaning of its values.
#[derive(Debug, PartialEq)]
struct Shape {
    status: u16,
    headers: Vec<String>,
    fields: Vec<(String, &'static str, Option<usize>)>,
    length: usize,
}

fn shape(reply: &TestReply) -> Shape {
    let body = reply.json();
    let kind = |value: &Value| match value {
        Value::Null => ("null", None),
        Value::Bool(_) => ("bool", None),
        Value::Number(number) => ("number", Some(number.to_string().len())),
        Value::String(text) => ("text", Some(text.len())),
        Value::Array(_) => ("list", None),
        Value::Object(_) => ("object", None),
    };
    let fields = body.as_object().unwrap().iter().map(|(name, value)| {
        let (kind, length) = kind(value);
        (name.clone(), kind, length)
    });
    let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    Shape { status: reply.status.as_u16(), headers, fields: fields.collect(), length: reply.body.len() }
}

fn assert_alike(what: &str, replies: &[(&str, TestReply)]) {
    let (first, rest) = replies.split_first().unwrap();
    for (reason, reply) in rest {
        assert_eq!(shape(reply), shape(&first.1), "{what}: {reason} and {}", first.0);
    }
}

#[actix_web::test]
async fn wrong_early_and_malformed_answers_read_the_same() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let mut replies = Vec::new();
        for reason in ["wrong", "too fast", "no number", "many letters"] {
            let challenge = app.challenge().await;
            let (session, picture) = (&challenge["session"], &challenge["picture_id"]);
            let right = app.right(session, picture).await;
            app.pass_time(if reason == "too fast" { 0.1 } else { 2.0 });
            let answer = match reason {
                "wrong" => app.wrong(session, picture).await,
                "too fast" => right,
                "no number" => "x".to_owned(),
                _ => "9".repeat(64),
            };
            replies.push((reason, app.answer(session, picture, answer).await));
        }
        for (_, reply) in &replies {
            assert_eq!(reply.json()["status"], "again");
            assert_eq!(reply.json()["round"], 2);
        }
        assert_alike("another picture", &replies);
    }
}

#[actix_web::test]
async fn a_picture_that_was_answered_reads_like_a_wrong_answer() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let challenge = app.proven_challenge().await;
        let (session, first) = (&challenge["session"], &challenge["picture_id"]);
        app.pass_time(2.0);
        let wrong = app.answer(session, first, app.wrong(session, first).await).await;
        app.pass_time(2.0);
        let used = app.answer(session, first, app.right(session, first).await).await;
        assert_alike("another picture", &[("wrong", wrong), ("used", used)]);
    }
}

#[actix_web::test]
async fn lost_expired_passed_and_unknown_challenges_read_the_same() {
    let app = TestApp::start().await;
    let mut replies = Vec::new();

    let lost = app.challenge().await;
    app.pass_time(2.0);
    let current = app.answer(&lost["session"], &lost["picture_id"], "1").await.assert_status(200);
    app.pass_time(2.0);
    replies.push(("lost", app.answer(&lost["session"], &current["picture_id"], "1").await));
    replies.push(("lost before", app.answer(&lost["session"], &current["picture_id"], "1").await));

    let passed = app.challenge().await;
    let right = app.right(&passed["session"], &passed["picture_id"]).await;
    app.pass_time(2.0);
    app.answer(&passed["session"], &passed["picture_id"], right.as_str()).await.assert_status(200);
    replies.push(("passed before", app.answer(&passed["session"], &passed["picture_id"], right).await));

    let expired = app.challenge().await;
    let right = app.right(&expired["session"], &expired["picture_id"]).await;
    app.pass_time(181.0);
    replies.push(("expired", app.answer(&expired["session"], &expired["picture_id"], right).await));

    let mut unknown = text(&expired["session"]).to_owned();
    unknown.replace_range(20..32, "AAAAAAAAAAAA");
    replies.push(("unknown", app.answer(&json!(unknown), &expired["picture_id"], "42").await));
    replies.push(("no name at all", app.answer(&json!("x"), &expired["picture_id"], "42").await));
    for (_, reply) in &replies {
        assert_eq!(reply.json()["status"], "closed");
    }
    assert_alike("over", &replies);
}

#[actix_web::test]
async fn pictures_of_all_answers_and_levels_have_one_length() {
    let app = TestApp::start().await;
    let signals = json!(["hosting_network", "tls_mismatch", "impossible_agent"]);
    let hard = app.assess(json!({"action": "log_in", "signals": signals})).await;
    let mut lengths = std::collections::BTreeSet::new();
    for number in 0..40 {
        let body = if number % 2 == 0 { json!({}) } else { json!({"assess_id": hard["assess_id"]}) };
        lengths.insert(app.request_challenge(body).await.assert_status(201)["image"].as_str().unwrap().len());
    }
    assert_eq!(lengths.len(), 1, "{lengths:?}");
}
