use std::time::Duration;

use serde_json::json;
use service_kit::testing::eventually;
use social_providers::ProviderError;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::support::{Cinema, person};

const BOUND: Duration = Duration::from_secs(60);

#[actix_web::test]
async fn a_login_state_expires_after_ten_minutes() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let (late, in_time) = (cinema.start_sign_in("google").await, cinema.start_sign_in("google").await);
    cinema.advance(Duration::from_secs(599));
    cinema.finish_sign_in(&in_time, &in_time.callback("c")).await.assert_status(201);
    cinema.advance(Duration::from_secs(1));
    cinema.finish_sign_in(&late, &late.callback("c")).await.assert_problem(400, "social.ticket_invalid");
}

#[actix_web::test]
async fn an_altered_ticket_is_refused() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let flow = cinema.start_sign_in("google").await;
    for position in (0..flow.ticket.len()).step_by(7) {
        let mut bytes = flow.ticket.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let mut forged = flow.clone();
        forged.ticket = String::from_utf8(bytes).unwrap();
        cinema.finish_sign_in(&forged, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    }
    assert_eq!(cinema.google.exchange_count(), 0);
}

#[actix_web::test]
async fn a_ticket_is_opaque() {
    let cinema = Cinema::start().await;
    let flow = cinema.start_sign_in("google").await;
    assert!(!flow.ticket.contains(&flow.state));
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &flow.ticket).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("google"));
}

#[actix_web::test]
async fn another_replica_accepts_the_ticket_and_both_together_accept_it_once() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let flow = cinema.start_sign_in("google").await;
    let providers = cinema.state().providers.clone();
    let replica = Cinema::start_in(cinema.home.clone(), providers, |_| ()).await;
    let body = json!({"ticket": flow.ticket, "callback": flow.callback("c")});
    replica.post("/api/v1/social/google/finish").json(&body).send().await.assert_status(201);
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
}

#[actix_web::test]
async fn a_ticket_can_be_retried_when_the_code_did_not_get_to_the_provider() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let flow = cinema.start_sign_in("google").await;
    for error in [ProviderError::CircuitOpen, ProviderError::Unavailable("connection_refused")] {
        cinema.google.unreachable(Some(error));
        let problem =
            cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(503, "social.provider_unavailable");
        assert!(problem["detail"].as_str().unwrap().contains("nothing was used up"), "{problem}");
    }
    cinema.google.unreachable(None);
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_status(201);
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
}

#[actix_web::test]
async fn a_link_can_be_retried_when_the_code_did_not_get_to_the_provider() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    cinema.yandex.code("c", person("2"));
    let flow = cinema.start_link("yandex", &who).await;
    cinema.yandex.unreachable(Some(ProviderError::CircuitOpen));
    let reply = cinema.finish_link(&flow, &who, &flow.callback("c")).await;
    reply.assert_problem(503, "social.provider_unavailable");
    cinema.yandex.unreachable(None);
    cinema.finish_link(&flow, &who, &flow.callback("c")).await.assert_status(201);
}

#[actix_web::test]
async fn a_ticket_is_used_up_when_the_provider_may_have_seen_the_code() {
    let cinema = Cinema::start().await;
    cinema.google.failure("c", ProviderError::Unavailable("http_response_timeout"));
    let flow = cinema.start_sign_in("google").await;
    let problem =
        cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(503, "social.provider_unavailable");
    assert!(problem["detail"].is_null(), "{problem}");
    cinema.google.code("c", person("1"));
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
}

#[actix_web::test]
async fn a_connection_that_breaks_before_the_code_is_sent_leaves_its_ticket_valid() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let flow = cinema.start_sign_in("google").await;
    cinema.google.hangs(true);
    let body = json!({"ticket": flow.ticket, "callback": flow.callback("c")}).to_string();
    let mut stream = TcpStream::connect(cinema.base().trim_start_matches("http://")).await.unwrap();
    let head = "POST /api/v1/social/google/finish HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    eventually("the ticket is spent", BOUND, async || cinema.google.exchange_count() == 1).await;
    stream.set_zero_linger().unwrap(); // the connection is reset
    drop(stream);
    cinema.google.hangs(false);
    eventually("the ticket is restored", BOUND, async || {
        cinema.finish_sign_in(&flow, &flow.callback("c")).await.status == 201
    })
    .await;
}

#[actix_web::test]
async fn a_ticket_can_be_retried_when_it_could_not_be_consumed() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let flow = cinema.start_sign_in("google").await;
    cinema.home.sql("ALTER TABLE spent_tickets RENAME TO missing").await;
    let problem = cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(500, "server.internal");
    assert!(problem["detail"].as_str().unwrap().contains("nothing was used up"), "{problem}");
    cinema.home.sql("ALTER TABLE missing RENAME TO spent_tickets").await;
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_status(201);
}
