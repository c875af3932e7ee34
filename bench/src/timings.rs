//! Times of responses about addresses that have an account and that have none, per endpoint that takes an address: the
//! area under the ROC curve of a client that tells them apart by the time alone. 0.5 is a guess, 1 is certainty.
//!
//! One connection over loopback, one request at a time, known and unknown addresses in random order. Sign-ups and first
//! passwords reveal a taken address by their status, behind a captcha and budgets; their times are shown all the same.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rand::seq::SliceRandom;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use service_kit::database::{Bounds, connect};
use service_kit::testing::TestDatabase;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::arrivals::{ms, quantile};
use crate::auth_server::{AuthServer, PASSWORD, json_request};
use crate::load::exchange;
use crate::say;

/// Samples of known and of unknown addresses, each.
const SAMPLES: usize = 2_000;
/// Pairs of requests before them, which are not counted.
const WARM_UP: usize = 25;
/// Hash of imported accounts, with the parameters of the service; no password matches it.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// An endpoint that takes an address.
struct Probe {
    name: &'static str,
    /// Local part of the unknown addresses: of five letters, like that of the known ones.
    unknown: &'static str,
    method: &'static str,
    path: &'static str,
    token: Option<String>,
    body: fn(&str) -> Value,
    /// Statuses for a known and for an unknown address.
    statuses: [u16; 2],
    /// Undoes what a request has done to the caller's account.
    reset: Option<Reset>,
}

/// Takes password and login from an account: a first password can be set once.
struct Reset {
    database: DatabaseConnection,
    user: Uuid,
}

/// Times of both kinds.
#[derive(Default)]
struct Times {
    known: Vec<Duration>,
    unknown: Vec<Duration>,
}

/// Measures all endpoints and prints the table.
pub async fn measure() -> anyhow::Result<()> {
    let database = TestDatabase::create().await;
    let server = AuthServer::start(database.url(), &[("AUTH_MAILS_PER_DAY", "1000000".to_owned())]).await?;
    import_known(&server)?;
    say(&format!("\n{SAMPLES} samples each, known and unknown addresses in random order, one connection\n"));
    say("| endpoint | known p50 ms | unknown p50 ms | area under the ROC curve (below 0.6) | 95 % confidence |");
    say("|---|---|---|---|---|");
    for probe in [sign_in(), sign_up(), request_password_reset()] {
        print(&probe, sample(&server, &probe).await?);
    }
    // Signed in only now: the session must be fresh.
    let probe = change_email(&server).await;
    print(&probe, sample(&server, &probe).await?);
    let probe = set_password(&server, database.url()).await?;
    print(&probe, sample(&server, &probe).await?);
    Ok(())
}

fn print(probe: &Probe, times: Times) {
    let area = area_under_curve(&times);
    let (area, half) = (area.max(1.0 - area), 1.96 * standard_error(area, times.known.len(), times.unknown.len()));
    let (known, unknown) = (quantile(times.known, 0.5), quantile(times.unknown, 0.5));
    say(&format!("| {} | {:.2} | {:.2} | {area:.3} | ±{half:.3} |", probe.name, ms(known), ms(unknown)));
}

fn address(local: &str, index: usize) -> String {
    format!("{local}.{index:05}@example.org")
}

/// Accounts with proved addresses: of those alone a change of address and a reset do all their work.
fn import_known(server: &AuthServer) -> anyhow::Result<()> {
    let mut lines = String::new();
    for index in 0..WARM_UP + SAMPLES {
        let line = json!({"email": address("known", index), "email_verified": true, "password_hash": HASH});
        writeln!(lines, "{line}")?;
    }
    let file = server.folder().join("known.ndjson");
    std::fs::write(&file, lines)?;
    server.run(&["import-users", "--trust-verified", &file.display().to_string()])
}

fn sign_in() -> Probe {
    Probe {
        name: "`log_in`, wrong password",
        unknown: "login",
        method: "POST",
        path: "/api/v1/sessions",
        token: None,
        body: |email| json!({"email": email, "password": PASSWORD}),
        statuses: [401, 401],
        reset: None,
    }
}

fn sign_up() -> Probe {
    Probe { name: "`sign_up`", unknown: "fresh", path: "/api/v1/users", statuses: [409, 201], ..sign_in() }
}

fn request_password_reset() -> Probe {
    Probe {
        name: "`request_password_reset`",
        unknown: "reset",
        path: "/api/v1/password-resets",
        body: |email| json!({"email": email}),
        statuses: [202, 202],
        ..sign_in()
    }
}

/// In a fresh session, which needs no password: its hash would hide the rest.
async fn change_email(server: &AuthServer) -> Probe {
    server.sign_up("changing@example.org").await;
    Probe {
        name: "`change_email`, fresh session",
        unknown: "chang",
        method: "PUT",
        path: "/api/v1/me/email",
        token: Some(server.sign_in("changing@example.org").await),
        ..request_password_reset()
    }
}

/// The account of a social sign-in without an e-mail: one whose login and password are taken away.
async fn set_password(server: &AuthServer, database_url: &str) -> anyhow::Result<Probe> {
    let profile = server.sign_up("social@example.org").await;
    let user = profile["id"].as_str().context("an account has an id")?.parse::<Uuid>()?;
    let token = server.sign_in("social@example.org").await;
    let database = connect(database_url, 1, Bounds::BATCH).await?.pool().clone();
    let reset = Reset { database, user };
    reset.run().await?;
    Ok(Probe {
        name: "`set_password`, first one",
        unknown: "first",
        method: "PUT",
        path: "/api/v1/me/password",
        token: Some(token),
        statuses: [409, 204],
        reset: Some(reset),
        ..sign_in()
    })
}

impl Reset {
    async fn run(&self) -> anyhow::Result<()> {
        for sql in [
            "UPDATE users SET password_hash = NULL, email_norm = NULL WHERE id = $1",
            "DELETE FROM user_logins WHERE user_id = $1",
        ] {
            let backend = self.database.get_database_backend();
            self.database.execute_raw(Statement::from_sql_and_values(backend, sql, [self.user.into()])).await?;
        }
        Ok(())
    }
}

/// Sends all samples of an endpoint.
async fn sample(server: &AuthServer, probe: &Probe) -> anyhow::Result<Times> {
    let mut stream = TcpStream::connect(&server.service.address).await?;
    stream.set_nodelay(true)?;
    let (mut times, mut buffer) = (Times::default(), Vec::new());
    let authorization = probe.token.as_ref().map(|token| format!("Bearer {token}"));
    let header = authorization.as_deref().map(|value| ("authorization", value));
    for (is_known, index) in random_order() {
        let email = address(if is_known { "known" } else { probe.unknown }, index);
        let request = json_request(probe.method, probe.path, header, &(probe.body)(&email));
        let begun = Instant::now();
        let status = exchange(&mut stream, &request, &mut buffer).await.with_context(|| probe.name)?;
        let took = begun.elapsed();
        let expected = if is_known { probe.statuses[0] } else { probe.statuses[1] };
        ensure!(status == expected, "{}, known: {is_known}: {}", probe.name, String::from_utf8_lossy(&buffer));
        if index >= WARM_UP {
            if is_known { times.known.push(took) } else { times.unknown.push(took) }
        }
        if let Some(reset) = &probe.reset {
            reset.run().await?;
        }
    }
    Ok(times)
}

/// Known and unknown with their numbers: those of the warm-up, then the samples in random order.
fn random_order() -> Vec<(bool, usize)> {
    let both = |index: usize| [(true, index), (false, index)];
    let mut samples: Vec<_> = (WARM_UP..WARM_UP + SAMPLES).flat_map(both).collect();
    samples.shuffle(&mut rand::rng());
    (0..WARM_UP).flat_map(both).chain(samples).collect()
}

/// Share of the pairs in which the known address took longer; equal times count half (Mann and Whitney's U).
fn area_under_curve(times: &Times) -> f64 {
    let mut unknown = times.unknown.clone();
    unknown.sort_unstable();
    let won = |time: &Duration| {
        let below = unknown.partition_point(|other| other < time);
        let up_to = unknown.partition_point(|other| other <= time);
        (below + up_to) as f64 / 2.0
    };
    times.known.iter().map(won).sum::<f64>() / (times.known.len() * unknown.len()) as f64
}

/// Standard error of such an area (Hanley and McNeil 1982).
fn standard_error(area: f64, known: usize, unknown: usize) -> f64 {
    let square = area * area;
    let (of_known, of_unknown) = (area / (2.0 - area) - square, 2.0 * square / (1.0 + area) - square);
    let (known, unknown) = (known as f64, unknown as f64);
    let variance = area * (1.0 - area) + (known - 1.0) * of_known + (unknown - 1.0) * of_unknown;
    (variance / (known * unknown)).sqrt()
}
