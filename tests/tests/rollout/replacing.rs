//! A roll-out: every replica is replaced in turn, tables are migrated and a key is rotated, and nobody notices.

use std::collections::BTreeMap;
use std::time::Duration;

use service_kit::testing::{TestClient, eventually};

use crate::load::{Load, Outcome, PASSWORD};
use crate::town::Town;
use crate::turn;

const BOUND: Duration = Duration::from_secs(60);
const PEOPLE: usize = 12;

async fn open_accounts(town: &Town) -> Vec<String> {
    let registrar = town.registrar().await;
    let emails: Vec<_> = (0..PEOPLE).map(|number| format!("person-{number}@example.org")).collect();
    for (number, email) in emails.iter().enumerate() {
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        let request = registrar.client.post("/api/v1/users").json(&body);
        request.header("x-forwarded-for", &format!("11.0.0.{number}")).send().await.assert_status(201);
    }
    emails
}

/// The head of a token says which key has signed it, and nothing that changes otherwise.
fn head(token: &str) -> &str {
    token.split('.').next().unwrap_or_default()
}

async fn accepted_everywhere(town: &Town, token: &str) {
    for auth in &town.auths {
        auth.service.client.get("/api/v1/me").bearer(token).send().await.assert_status(200);
    }
    for movies in &town.movies {
        let reply = movies.service.client.get("/api/v1/genres").bearer(token).send().await.assert_status(200);
        assert_eq!(reply["viewer"]["mode"], "member");
    }
}

async fn keys_published(client: &TestClient) -> usize {
    let reply = client.get("/.well-known/jwks.json").send().await.assert_status(200);
    reply["keys"].as_array().map_or(0, Vec::len)
}

fn report(outcomes: &[Outcome], retried: usize) {
    let mut counts: BTreeMap<_, (usize, Duration)> = BTreeMap::new();
    for outcome in outcomes {
        let (count, longest) = counts.entry(outcome.ask).or_default();
        (*count, *longest) = (*count + 1, (*longest).max(outcome.took));
    }
    eprintln!("{} requests, {retried} of them went on to another replica: {counts:?}", outcomes.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_replica_is_replaced_tables_are_migrated_and_a_key_is_rotated_and_no_request_fails() {
    let _turn = turn().await;
    let mut town = Town::start(3).await;
    let emails = open_accounts(&town).await;
    let load = Load::start(town.proxy.client.base(), emails).await;
    let old = load.new_token().await;

    town.movies[0].replace().await;
    town.migrate_again();
    town.movies[1].replace().await;
    town.rotate_key();
    // Begins with the new key, while the other replica has not read the folder again.
    town.auths[0].replace().await;
    town.movies[2].replace().await;
    let rotated = async || head(&load.new_token().await) != head(&old);
    eventually("the new key signs", BOUND, rotated).await;
    town.auths[1].replace().await;

    let new = load.new_token().await;
    assert_ne!(head(&new), head(&old));
    for token in [&old, &new] {
        accepted_everywhere(&town, token).await;
    }
    assert_eq!(keys_published(&town.proxy.client).await, 2);

    let outcomes = load.stop().await;
    let log = town.proxy.access_log(outcomes.len()).await;
    let retried = log.iter().filter(|line| line["upstream"].as_str().is_some_and(|tried| tried.contains(','))).count();
    report(&outcomes, retried);
    let wrong = outcomes.iter().filter_map(|outcome| {
        let text = outcome.wrong.as_ref()?;
        Some(format!("{:?} at {:?} after {:?}: {text}", outcome.ask, outcome.at, outcome.took))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} failed:\n{}", wrong.len(), outcomes.len(), wrong.join("\n"));
    assert!(outcomes.len() > 1000, "there was a load: {}", outcomes.len());
    assert_eq!(town.proxy.complaints(), "");
}
