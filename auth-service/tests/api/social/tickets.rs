use std::time::Duration;

use super::support::{Cinema, person};

#[actix_web::test]
async fn a_ticket_ends_after_ten_minutes() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let (late, in_time) = (cinema.leave("google").await, cinema.leave("google").await);
    cinema.advance(Duration::from_secs(599));
    cinema.back(&in_time, &in_time.with("c")).await.assert_status(201);
    cinema.advance(Duration::from_secs(1));
    cinema.back(&late, &late.with("c")).await.assert_problem(400, "social.ticket_invalid");
}

#[actix_web::test]
async fn a_ticket_that_was_changed_is_none() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let left = cinema.leave("google").await;
    for place in (0..left.ticket.len()).step_by(7) {
        let mut bytes = left.ticket.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let mut forged = left.clone();
        forged.ticket = String::from_utf8(bytes).unwrap();
        cinema.back(&forged, &left.with("c")).await.assert_problem(400, "social.ticket_invalid");
    }
    assert_eq!(cinema.google.asked(), 0);
}

#[actix_web::test]
async fn a_ticket_tells_nobody_what_is_in_it() {
    let cinema = Cinema::start().await;
    let left = cinema.leave("google").await;
    assert!(!left.ticket.contains(&left.state));
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &left.ticket).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("google"));
}

#[actix_web::test]
async fn another_replica_takes_the_ticket_and_both_together_take_it_once() {
    let cinema = Cinema::start().await;
    cinema.google.code("c", person("1"));
    let left = cinema.leave("google").await;
    let offered = cinema.state().providers.clone();
    let replica = Cinema::start_in(cinema.home.clone(), offered, |_| ()).await;
    let body = serde_json::json!({"ticket": left.ticket, "callback": left.with("c")});
    replica.post("/api/v1/social/google/finish").json(&body).send().await.assert_status(201);
    cinema.back(&left, &left.with("c")).await.assert_problem(400, "social.ticket_invalid");
}
