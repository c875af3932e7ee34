//! A small service with three limits: `cargo run -p limiter-lib --example actix`.
//!
//! Every client may send 5 requests at once and then one a second. A search costs 3 of those, refunded if the query is
//! empty. To sign in, each address may try an account 3 times, and then once in 10 seconds.
#![allow(clippy::print_stdout, reason = "the lines to try are for the one who runs this")]

use std::error::Error;

use actix_web::{App, HttpResponse, HttpServer, Responder, web};
use limiter_lib::{
    Limiter, MemoryStore, Policy,
    actix::{BodyField, ClientAddress, KeyBy, RateLimit, RateLimitStatus},
};

/// Costs 1, the default.
async fn films() -> impl Responder {
    "Metropolis, Nosferatu\n"
}

/// Costs 3, as the layer sets; refunded when the query is empty.
async fn search(query: web::Query<Search>, limits: RateLimitStatus) -> impl Responder {
    if query.q.is_empty() {
        // A failed refund is no reason to fail.
        let _ = limits.refund().await;
        return HttpResponse::BadRequest().body("what for?\n");
    }
    let left = limits.decision("api").map_or(0, |decision| decision.remaining);
    HttpResponse::Ok().body(format!("nothing like {}; {left} units left\n", query.q))
}

/// Always the wrong password.
async fn login(credentials: web::Json<Credentials>) -> impl Responder {
    HttpResponse::Unauthorized().body(format!("{}: wrong password\n", credentials.email))
}

#[derive(serde::Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

#[derive(serde::Deserialize)]
struct Credentials {
    email: String,
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Capacity for 100,000 keys; a `RedisStore` instead makes the limits hold over all replicas.
    let limiter = Limiter::new(MemoryStore::new(100_000));

    // Proxies on this machine are trusted to name the client; otherwise the client is the peer of the connection.
    let clients = ClientAddress::trust_proxies("127.0.0.1, ::1".parse()?);

    let api = RateLimit::new(limiter.clone())
        .client(clients.clone())
        .policy(Policy::new("api", "5/5s".parse()?)?, KeyBy::address())
        .cost(|request| if request.path() == "/search" { 3 } else { 1 });

    let attempts = KeyBy::address().and(KeyBy::body(BodyField::json("/email").lowercase()));
    let sign_in =
        RateLimit::new(limiter).client(clients).policy(Policy::new("login", "1/10s burst 3".parse()?)?, attempts);

    let server = HttpServer::new(move || {
        App::new()
            .wrap(api.clone())
            .route("/films", web::get().to(films))
            .route("/search", web::get().to(search))
            .service(web::resource("/login").wrap(sign_in.clone()).route(web::post().to(login)))
    })
    .bind(("127.0.0.1", 8080))?;

    println!("for i in 1 2 3 4 5 6 7; do curl -si localhost:8080/films | grep -i '^HTTP\\|^rate\\|^retry'; done");
    println!("curl -i 'localhost:8080/search?q=x'   # 3 units; without q they are given back");
    println!("curl -i localhost:8080/films -H 'X-Forwarded-For: 192.0.2.7'   # another client");
    println!("curl -i localhost:8080/login --json '{{\"email\": \"ann@example.org\"}}'   # 3 times, then wait");
    Ok(server.run().await?)
}
