//! Malformed input is harmless: no response has a 5xx status, leaks internals, or passes.

use serde_json::{Value, json};
use service_kit::testing::TestReply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::{CLIENT, SECRET, TestApp, text};

/// Invariants of every reply.
fn assert_harmless(what: &str, reply: &TestReply) {
    let status = reply.status.as_u16();
    assert!(status < 500, "{what}: {status} {}", reply.text());
    let body = reply.text();
    for inside in ["panicked", ".rs:", "backtrace", "RUST_", SECRET, CLIENT.1, "cap1:", "redis"] {
        assert!(!body.contains(inside), "{what}: leaks {inside}: {body:.200}");
    }
    assert!(!body.contains("\"passed\""), "{what} passes");
}

async fn each_kind() -> [TestApp; 2] {
    [TestApp::start().await, TestApp::sealed().await]
}

#[actix_web::test]
async fn malformed_answers_never_pass() {
    for app in each_kind().await {
        let long = "4".repeat(1_000_000);
        let texts = [
            "",
            "4",
            "042",
            "+42",
            "-42",
            "4 2",
            "42\n",
            "٤٢",
            "0x2A",
            "42.0",
            "1e1",
            "NaN",
            "\u{0}\u{0}",
            "४२",
            "４",
            "null",
            "{}",
            "🙂",
            "%34%32",
            "4\u{feff}2",
            &long,
        ];
        for answer in texts {
            let challenge = app.challenge().await;
            app.pass_time(3.0);
            assert_harmless(answer, &app.answer(&challenge["session"], &challenge["picture_id"], answer).await);
            app.pass_time(300.0);
        }
        for answer in [json!([]), json!({}), json!(null), json!(true), json!(42), json!(4.2), json!(["42"])] {
            let challenge = app.challenge().await;
            app.pass_time(3.0);
            let reply = app.answer(&challenge["session"], &challenge["picture_id"], answer.clone()).await;
            assert_harmless(&answer.to_string(), &reply);
            reply.assert_problem(422, "request.invalid_fields");
            let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
            let passed = app.answer(&challenge["session"], &challenge["picture_id"], right).await.assert_status(200);
            assert_eq!(passed["status"], "passed", "{answer}: what cannot be read uses nothing up");
            app.pass_time(300.0);
        }
    }
}

#[actix_web::test]
async fn an_array_is_no_body_whatever_stands_in_it() {
    let app = TestApp::start().await;
    let challenge = app.challenge().await;
    let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
    for endpoint in contracts::captcha::ENDPOINTS {
        if endpoint.method != contracts::Method::Post {
            continue;
        }
        let path = endpoint.path.replace("{session}", text(&challenge["session"]));
        for body in [
            json!([]),
            json!([challenge["picture_id"], right]),
            json!([challenge["picture_id"], null]),
            json!([challenge["picture_id"]]),
            json!([null, "tv", "log_in", null, "ru", "normal", "picture"]),
            json!(["log_in", null, null, null, null, []]),
            json!(["tv", null, "passed"]),
            json!([SECRET, "x", null, null, null, null, null]),
        ] {
            let reply = app.post(&path).basic(CLIENT.0, CLIENT.1).json(&body).send().await;
            assert_eq!(reply.status, 422, "{} {body}: {}", endpoint.id, reply.text());
        }
    }
}

#[actix_web::test]
async fn permission_comes_before_whatever_else_is_wrong() {
    let app = TestApp::start().await;
    for endpoint in contracts::captcha::ENDPOINTS {
        if endpoint.auth != contracts::Auth::ServiceClient {
            continue;
        }
        let method = endpoint.method.as_str().parse().unwrap();
        let request = app.request(method, &format!("{}?x=1", endpoint.path)).basic("nobody", "at all");
        let reply = request.body("application/json", "[").send().await;
        assert_eq!(reply.status, 401, "{}: {}", endpoint.id, reply.text());
    }
}

#[actix_web::test]
async fn unknown_query_parameters_are_refused() {
    let app = TestApp::start().await;
    app.get("/api/v1/captcha/status?x=1").send().await.assert_problem(400, "request.invalid_query");
    let body = json!({"action": "log_in", "sitekey": "tv"});
    let reply = app.post("/api/v1/captcha/challenges?x=1").json(&body).send().await;
    reply.assert_problem(400, "request.invalid_query");
}

#[actix_web::test]
async fn malformed_bodies_are_rejected() {
    let app = TestApp::start().await;
    let challenge = app.challenge().await;
    let path = format!("/api/v1/captcha/challenges/{}/answer", text(&challenge["session"]));
    let deep = format!("{{\"picture_id\":{}{}}}", "[".repeat(2_000), "]".repeat(2_000));
    let id = text(&challenge["picture_id"]);
    let twice = format!("{{\"picture_id\":\"{id}\",\"answer\":\"11\",\"answer\":\"12\"}}");
    let unknown = format!("{{\"picture_id\":\"{id}\",\"answer\":\"11\",\"admin\":true}}");
    let bodies: [(&str, Vec<u8>); 12] = [
        ("nothing", Vec::new()),
        ("half", b"{\"picture_id\":\"x\",".to_vec()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("NaN", b"{\"picture_id\":\"x\",\"answer\":NaN}".to_vec()),
        ("not UTF-8", b"{\"picture_id\":\"\xff\",\"answer\":\"11\"}".to_vec()),
        ("a lone surrogate", br#"{"picture_id":"\ud800","answer":"11"}"#.to_vec()),
        ("depth", deep.into_bytes()),
        ("the same twice", twice.into_bytes()),
        ("a field too many", unknown.into_bytes()),
        ("a megabyte", vec![b' '; 1_000_000]),
        ("a gzip", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
    ];
    for (what, body) in bodies {
        let reply = app.post(&path).body("application/json", body).send().await;
        assert_harmless(what, &reply);
        assert!((400..500).contains(&reply.status.as_u16()), "{what}: {}", reply.status);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let reply = app.post(&path).body(kind, "{}").send().await;
        assert_harmless(kind, &reply);
        assert_eq!(reply.status.as_u16(), 415);
    }
    for method in [reqwest::Method::HEAD, reqwest::Method::OPTIONS, reqwest::Method::PUT, reqwest::Method::DELETE] {
        let reply = app.request(method.clone(), &path).send().await;
        assert_eq!(reply.status.as_u16(), 405, "{method}");
        assert_eq!(reply.header("allow"), "POST");
    }
    let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
    app.pass_time(3.0);
    let passed = app.answer(&challenge["session"], &challenge["picture_id"], right).await.assert_status(200);
    assert_eq!(passed["status"], "passed", "none of it used the picture up");
}

#[actix_web::test]
async fn invalid_challenge_tokens_and_picture_ids_are_harmless() {
    for app in each_kind().await {
        let (one, two) = (app.challenge().await, app.challenge().await);
        let (session, id) = (text(&one["session"]), text(&one["picture_id"]));
        let sessions = [
            "..%2F..%2Fetc",
            "%00",
            "a%0d%0aX-Evil:1",
            "%F0%9F%99%82",
            "A",
            &"A".repeat(2048),
            &format!("{session}A"),
            &session[..31],
            &session.to_lowercase(),
            &"%2e".repeat(30),
        ]
        .map(ToOwned::to_owned);
        app.pass_time(3.0);
        let right = app.right(&one["session"], &one["picture_id"]).await;
        for name in &sessions {
            for verb in ["answer", "refresh", "extend"] {
                let path = format!("/api/v1/captcha/challenges/{name}/{verb}");
                let mut body = json!({"picture_id": id});
                if verb == "answer" {
                    body["answer"] = right.clone().into();
                }
                assert_harmless(name, &app.post(&path).json(&body).send().await);
            }
        }
        let mut flipped = id.to_owned().into_bytes();
        flipped[2] ^= 1;
        let pictures = [
            Value::from(""),
            two["picture_id"].clone(),
            String::from_utf8_lossy(&flipped).into_owned().into(),
            id[..id.len() - 1].into(),
            "A".repeat(11).into(),
            "A".repeat(112).into(),
            "x".repeat(513).into(),
            json!(null),
            json!([id]),
        ];
        for picture in pictures {
            let challenge = app.challenge().await;
            app.pass_time(3.0);
            let right = app.right(&one["session"], &one["picture_id"]).await;
            assert_harmless(&picture.to_string(), &app.answer(&challenge["session"], &picture, right).await);
            app.pass_time(1.0);
        }
    }
}

#[actix_web::test]
async fn malformed_passes_are_not_verified() {
    let app = TestApp::start().await;
    let bodies = [
        json!({"secret": SECRET, "response": ["x"]}),
        json!({"secret": SECRET, "response": {"a": 1}}),
        json!({"secret": 7}),
        json!({"secret": SECRET, "response": "\u{0}"}),
        json!({"secret": SECRET, "response": "A".repeat(32), "remoteip": "fe80::1%eth0"}),
        json!({"secret": SECRET, "response": "A".repeat(32), "remoteip": "::ffff:999.1.1.1"}),
        json!({"secret": SECRET, "response": "A".repeat(32), "expect_action": "../../x"}),
        json!({"secret": SECRET, "response": "A".repeat(32), "sitekey": "\r\n"}),
        json!({"secret": SECRET, "response": "A".repeat(32), "idempotency_key": "00000000-0000-0000-0000-000000000000"}),
        json!([]),
        json!(null),
    ];
    for body in bodies {
        let reply = app.post("/siteverify").json(&body).send().await;
        assert_harmless(&body.to_string(), &reply);
        assert_ne!(reply.json()["success"], true, "{body}");
    }
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "secret=%ff&response=%00"),
        ("application/x-www-form-urlencoded", "&&&==="),
        ("application/x-www-form-urlencoded", "secret=a&secret=b"),
        ("text/xml", "<x/>"),
        ("application/json", "{"),
    ] {
        assert_harmless(body, &app.post("/siteverify").body(kind, body).send().await);
    }
    let large = "x".repeat(100_000);
    let reply = app.post("/siteverify").form(&[("secret", SECRET), ("response", &large)]).send().await;
    assert_eq!(reply.status.as_u16(), 413);
}

#[actix_web::test]
async fn malformed_requests_are_rejected() {
    let app = TestApp::start().await;
    let bodies = [
        json!({}),
        json!({"action": "../../x"}),
        json!({"action": "LOG_IN"}),
        json!({"action": null}),
        json!({"action": "log_in", "lang": "../../"}),
        json!({"action": "log_in", "modality": "smell"}),
        json!({"action": "log_in", "contrast": "high"}),
        json!({"action": "log_in", "sitekey": ""}),
        json!({"action": "log_in", "sitekey": "x".repeat(65)}),
        json!({"action": "log_in", "device_token": "x".repeat(513)}),
        json!({"action": "log_in", "device_token": 7}),
        json!({"action": "log_in", "assess_id": ""}),
        json!({"action": "log_in", "level": 0}),
    ];
    for body in bodies {
        let reply = app.post("/api/v1/captcha/challenges").json(&body).send().await;
        assert_harmless(&body.to_string(), &reply);
        assert!(matches!(reply.status.as_u16(), 400 | 422), "{body}: {}", reply.text());
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    let assessments = [
        json!({"action": "log_in", "ip": "x".repeat(65)}),
        json!({"action": "log_in", "signals": vec!["hosting_network"; 9]}),
        json!({"action": "log_in", "platform": "toaster"}),
    ];
    for body in assessments {
        let reply = app.post("/api/v1/captcha/assess").basic(CLIENT.0, CLIENT.1).json(&body).send().await;
        assert_harmless(&body.to_string(), &reply);
        reply.assert_problem(422, "request.invalid_fields");
    }
}

#[actix_web::test]
async fn forwarded_addresses_of_untrusted_clients_are_ignored() {
    let app = TestApp::start().await;
    for number in 0..30 {
        let chain = (0..50).map(|hop| format!("198.51.{number}.{hop}")).collect::<Vec<_>>().join(", ");
        let reply = app
            .post("/api/v1/captcha/challenges")
            .header("x-forwarded-for", &chain)
            .json(&json!({"action": "log_in", "sitekey": "tv"}))
            .send()
            .await;
        reply.assert_status(201);
    }
    let near = app.assess(json!({"action": "log_in", "ip": "127.0.0.1"})).await;
    assert_eq!(near["reasons"], json!(["unknown_device", "many_new_devices"]), "all thirty came from here");
}

#[actix_web::test]
async fn one_token_on_a_hundred_machines_is_one_device() {
    let app = TestApp::start().await;
    let token = app.challenge().await["device_token"].clone();
    let mut opened = 1;
    for _ in 0..100 {
        opened += u32::from(app.request_challenge(json!({"device_token": token})).await.status.as_u16() == 201);
    }
    assert_eq!(opened, 2);
}

#[actix_web::test]
async fn unanswered_sealed_challenges_leave_no_records_and_others_still_pass() {
    let app = TestApp::sealed().await;
    let kept = app.running.state().local.counts();
    for _ in 0..200 {
        app.request_challenge(json!({})).await;
    }
    let after = app.running.state().local.counts();
    assert_eq!(
        (after.challenges, after.nonces, after.passes),
        (kept.challenges, kept.nonces, kept.passes),
        "sealed: nothing is kept"
    );
    app.pass_time(3600.0);
    let (pass, _) = app.pass(json!({})).await;
    assert_eq!(app.verify(json!({"secret": SECRET, "response": pass})).await["success"], true);
}

/// Incomplete and non-HTTP requests do not affect other clients.
#[actix_web::test]
async fn broken_requests_break_nothing() {
    let app = TestApp::start().await;
    let address = app.running.address();
    let requests: [&[u8]; 5] = [
        b"POST /siteverify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sec",
        b"POST /siteverify HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /siteverify HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /tv\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for request in requests {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // Any response or none, but the connection ends.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(!answer.contains("HTTP/1.1 5") && !answer.contains("panicked"), "{answer}");
    }
    app.challenge().await;
}
