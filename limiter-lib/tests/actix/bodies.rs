//! Keys from bodies, and the bodies that reach the handlers.

use std::{cell::Cell, rc::Rc};

use actix_web::{
    App, HttpResponse,
    dev::{Payload, Service as _},
    error::PayloadError,
    http::header,
    test::{TestRequest, init_service},
    web::{self, Bytes},
};
use futures_util::{StreamExt, stream};
use limiter_lib::{
    Key,
    actix::{BodyField, KeyBy},
};

use crate::support::{RecordingStore, from, policy, send};

/// Responds with the received body, or with the error of reading it.
async fn echo(mut body: web::Payload) -> HttpResponse {
    let mut all = Vec::new();
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => all.extend_from_slice(&chunk),
            Err(error) => return HttpResponse::BadRequest().body(format!("after {}: {error}", all.len())),
        }
    }
    HttpResponse::Ok().body(all)
}

/// The keys of some requests; the body of each must reach the handler unchanged.
async fn keys(key: KeyBy, requests: Vec<(&str, Vec<u8>, &str)>) -> Vec<u128> {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("login", "1000/1m"), key).body_limit(1_000);
    let app = init_service(App::new().wrap(layer).route("/", web::post().to(echo))).await;
    for (kind, body, peer) in requests {
        let request = from(peer, "/").method(actix_web::http::Method::POST).insert_header((header::CONTENT_TYPE, kind));
        let response = actix_web::test::call_service(&app, request.set_payload(body.clone()).to_request()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(actix_web::test::read_body(response).await.to_vec(), body);
    }
    store.keys()
}

fn json(body: &str) -> (&'static str, Vec<u8>, &'static str) {
    ("application/json", body.as_bytes().to_vec(), "192.0.2.7")
}

fn form(body: &str) -> (&'static str, Vec<u8>, &'static str) {
    ("application/x-www-form-urlencoded", body.as_bytes().to_vec(), "192.0.2.7")
}

fn email() -> KeyBy {
    KeyBy::body(BodyField::json("/email").lowercase())
}

fn own() -> u128 {
    Key::address("192.0.2.7".parse().unwrap(), 64).to_u128()
}

#[actix_web::test]
async fn a_json_field_is_a_key_whatever_its_case_and_blanks() {
    let bodies = [
        r#"{"email":"ann@example.org","password":"x"}"#,
        "{ \"email\" : \" Ann@Example.ORG\\n\" }",
        r#"{"email":"\u0061nn@example.org"}"#,
        r#"{"email":"bob@example.org","email":"ann@example.org"}"#,
        r#"{"email":"bob@example.org"}"#,
    ];
    let mut requests: Vec<_> = bodies.map(json).into();
    requests.push(("application/json; charset=utf-8", bodies[0].into(), "192.0.2.8"));
    requests.push(("Application/Vnd.Api+JSON", bodies[0].into(), "192.0.2.8"));
    let found = keys(email(), requests).await;
    assert!(found[..4].iter().all(|key| *key == found[0]), "{found:?}");
    assert!(found[5] == found[0] && found[6] == found[0], "{found:?}");
    assert!(found[4] != found[0] && found.iter().all(|key| *key != own()));
}

#[actix_web::test]
async fn case_counts_by_default_and_pointers_reach_nested_fields() {
    let field = KeyBy::body(BodyField::json("/user/names/0"));
    let bodies =
        [r#"{"user":{"names":["Ann"]}}"#, r#"{"user":{"names":["ann"]}}"#, r#"{"user":{"names":["Ann","x"]}}"#];
    let found = keys(field, bodies.map(json).into()).await;
    assert!(found[0] == found[2] && found[0] != found[1]);
}

#[actix_web::test]
async fn numbers_and_booleans_are_read_as_written() {
    let bodies = [r#"{"id":42}"#, r#"{"id":"42"}"#, r#"{"id":43}"#, r#"{"id":true}"#];
    let found = keys(KeyBy::body(BodyField::json("/id")), bodies.map(json).into()).await;
    assert!(found[0] == found[1] && found[0] != found[2] && found[2] != found[3] && found[3] != own());
}

#[actix_web::test]
async fn a_form_field_is_a_key() {
    let field = KeyBy::body(BodyField::form("email").lowercase());
    let bodies = [
        "email=ann%40example.org&x=1",
        "x=1&email=+Ann@example.org+",
        "email=bob&email=ann%40example.org",
        "email=bob",
        "e=ann",
    ];
    let found = keys(field, bodies.map(form).into()).await;
    assert!(found[0] == found[1] && found[0] == found[2] && found[0] != found[3]);
    assert_eq!(found[4], own());
}

#[actix_web::test]
async fn without_a_readable_field_the_address_is_the_key_and_the_body_is_untouched() {
    let long = format!(r#"{{"email":"ann@example.org","pad":"{}"}}"#, "x".repeat(5_000));
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        "\"ann\"",
        "{}",
        r#"{"email":null}"#,
        r#"{"email":""}"#,
        r#"{"email":"  "}"#,
        r#"{"email":["ann"]}"#,
        r#"{"email":{"a":1}}"#,
        r#"{"mail":"ann"}"#,
        "email=ann",
        &long,
    ];
    let mut requests: Vec<_> = bodies.map(json).into();
    requests.push(("text/plain", r#"{"email":"ann"}"#.into(), "192.0.2.7"));
    requests.push(("application/x-www-form-urlencoded", "email=ann".into(), "192.0.2.7"));
    requests.push(("application/json", b"{\"email\":\"\xff\"}".to_vec(), "192.0.2.7"));
    requests.push(("application/json", "[".repeat(900).into(), "192.0.2.7"));
    requests.push(("\u{e4}", r#"{"email":"ann"}"#.into(), "192.0.2.7"));
    let count = requests.len();
    assert_eq!(keys(email(), requests).await, vec![own(); count]);
}

#[actix_web::test]
async fn address_and_field_together_fall_back_to_the_address_alone() {
    let key = KeyBy::address().and(email());
    let found = keys(key, vec![json(r#"{"email":"ann"}"#), json(r#"{"email":"bob"}"#), json("{}"), json("{")]).await;
    assert!(found[0] != found[1] && found[1] != found[2] && found[2] == found[3]);
}

#[actix_web::test]
async fn a_compressed_body_is_read_as_the_handler_reads_it() {
    // echo -n '{"email":"ann@example.org"}' | gzip -n
    let packed: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0xcd, 0x4d, 0xcc, 0xcc, 0x51,
        0xb2, 0x52, 0x4a, 0xcc, 0xcb, 0x73, 0x48, 0xad, 0x48, 0xcc, 0x2d, 0xc8, 0x49, 0xd5, 0xcb, 0x2f, 0x4a, 0x57,
        0xaa, 0x05, 0x00,
    ];
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("login", "9/1m"), email());
    let handler = |body: web::Json<serde_json::Value>| async move { HttpResponse::Ok().json(body.into_inner()) };
    let app = init_service(App::new().wrap(layer).route("/", web::post().to(handler))).await;
    let mut packed = packed.to_vec();
    packed.extend_from_slice(&gzip_trailer(br#"{"email":"ann@example.org"}"#));
    let request = || TestRequest::post().uri("/").insert_header((header::CONTENT_TYPE, "application/json"));
    let plain = send(&app, request().set_payload(r#"{"email":"ann@example.org"}"#).to_request()).await;
    let reply =
        send(&app, request().insert_header((header::CONTENT_ENCODING, "gzip")).set_payload(packed).to_request()).await;
    assert_eq!((reply.status, &reply.body), (200, &plain.body));
    let found = store.keys();
    assert_eq!(found[0], found[1]);
}

/// The gzip trailer: CRC-32 and length.
fn gzip_trailer(plain: &[u8]) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in plain {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [(!crc).to_le_bytes(), u32::try_from(plain.len()).unwrap().to_le_bytes()].concat()
}

/// Sends a body as a stream of `chunks`, with an error at the end if `fails`; returns the reply and the key.
async fn streamed(chunks: Vec<Vec<u8>>, fails: bool) -> (u16, String, u128) {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("login", "9/1m"), email()).body_limit(1_000);
    let app =
        init_service(App::new().wrap(layer).route("/", web::post().to(echo)).wrap_fn(move |mut request, next| {
            let chunks = chunks.clone().into_iter().map(|chunk| Ok(Bytes::from(chunk)));
            let end = fails.then_some(Err(PayloadError::Incomplete(None)));
            let body: std::pin::Pin<Box<dyn futures_util::Stream<Item = _>>> =
                Box::pin(stream::iter(chunks.chain(end)));
            request.set_payload(Payload::from(body));
            next.call(request)
        }))
        .await;
    let request = from("192.0.2.7", "/").method(actix_web::http::Method::POST);
    let reply = send(&app, request.insert_header((header::CONTENT_TYPE, "application/json")).to_request()).await;
    (reply.status, reply.body, store.keys()[0])
}

#[actix_web::test]
async fn a_body_in_chunks_is_read_and_reassembled() {
    let text = r#"{"email":"ann@example.org"}"#;
    let whole = streamed(vec![text.into()], false).await;
    assert_eq!((whole.0, whole.1.as_str()), (200, text));
    assert_ne!(whole.2, own());
    for size in [1, 2, 7, 26] {
        let chunks = text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        assert_eq!(streamed(chunks, false).await, whole, "{size}");
    }
}

#[actix_web::test]
async fn a_body_beyond_the_bound_arrives_whole() {
    for length in [987, 988, 989, 5_000, 300_000] {
        let text = format!(r#"{{"email":"{}"}}"#, "x".repeat(length));
        let chunks = text.as_bytes().chunks(97).map(<[u8]>::to_vec).collect();
        let (status, body, key) = streamed(chunks, false).await;
        assert_eq!((status, body.len()), (200, text.len()));
        assert!(body == text);
        assert_eq!(key == own(), text.len() > 1_000, "{}", text.len());
    }
}

#[actix_web::test]
async fn a_body_that_fails_midway_fails_for_the_handler_as_well() {
    let (status, body, key) = streamed(vec![b"{\"email\":".to_vec(), b"\"ann".to_vec()], true).await;
    assert_eq!(status, 400);
    assert!(body.starts_with("after 13: "), "{body}");
    assert_eq!(key, own());
    let (status, body, _) = streamed(vec![vec![b'x'; 900], vec![b'x'; 900]], true).await;
    assert_eq!(status, 400);
    assert!(body.starts_with("after 1800: "), "{body}");
}

#[actix_web::test]
async fn no_body_is_read_where_no_key_needs_it() {
    let polled = Rc::new(Cell::new(0));
    let counter = Rc::clone(&polled);
    let layer = RecordingStore::default()
        .layer()
        .policy(policy("api", "9/1m"), KeyBy::address())
        .policy(policy("login", "9/1m"), email());
    let ignore = || async { HttpResponse::Ok().finish() };
    let app =
        init_service(App::new().wrap(layer).route("/", web::post().to(ignore)).wrap_fn(move |mut request, next| {
            let counter = Rc::clone(&counter);
            let body = stream::poll_fn(move |_| {
                counter.set(counter.get() + 1);
                std::task::Poll::Ready(None)
            });
            let body: std::pin::Pin<Box<dyn futures_util::Stream<Item = _>>> = Box::pin(body);
            request.set_payload(Payload::from(body));
            next.call(request)
        }))
        .await;
    let post = |kind: &str| TestRequest::post().uri("/").insert_header((header::CONTENT_TYPE, kind));
    send(&app, post("video/mp4").to_request()).await;
    send(&app, post("application/json").insert_header((header::CONTENT_LENGTH, "16385")).to_request()).await;
    assert_eq!(polled.get(), 0);
    send(&app, post("application/json").insert_header((header::CONTENT_LENGTH, "16384")).to_request()).await;
    assert_eq!(polled.get(), 1);
}
