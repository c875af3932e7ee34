//! A roll-out: every replica is replaced in turn, tables are migrated and a key is rotated, and no request fails.

use std::collections::BTreeMap;
use std::time::Duration;

use service_kit::testing::{TestClient, eventually};

use crate::deployment::Deployment;
use crate::load::{Load, Outcome, PASSWORD};
use crate::turn;

const BOUND: Duration = Duration::from_secs(60);
const ACCOUNTS: usize = 12;

async fn open_accounts(deployment: &Deployment) -> Vec<String> {
    let registrar = deployment.registrar().await;
    let emails: Vec<_> = (0..ACCOUNTS).map(|number| format!("person-{number}@example.org")).collect();
    for (number, email) in emails.iter().enumerate() {
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        let request = registrar.client.post("/api/v1/users").json(&body);
        request.header("x-forwarded-for", &format!("11.0.0.{number}")).send().await.assert_status(201);
    }
    emails
}

/// The header of a token, which changes only with its signing key.
fn head(token: &str) -> &str {
    token.split('.').next().unwrap_or_default()
}

async fn accepted_everywhere(deployment: &Deployment, token: &str) {
    for auth in &deployment.auths {
        auth.service.client.get("/api/v1/me").bearer(token).send().await.assert_status(200);
    }
    for movies in &deployment.movies {
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
        let (count, longest) = counts.entry(outcome.kind).or_default();
        (*count, *longest) = (*count + 1, (*longest).max(outcome.took));
    }
    eprintln!("{} requests, {retried} of them went on to another replica: {counts:?}", outcomes.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_replica_is_replaced_tables_are_migrated_and_a_key_is_rotated_and_no_request_fails() {
    let _turn = turn().await;
    let mut deployment = Deployment::start(3).await;
    let emails = open_accounts(&deployment).await;
    let load = Load::start(deployment.proxy.client.base(), emails).await;
    let old = load.new_token().await;

    deployment.movies[0].replace().await;
    deployment.migrate_again();
    deployment.movies[1].replace().await;
    deployment.rotate_key();
    // Starts with the new key, before the other replica has reloaded the folder.
    deployment.auths[0].replace().await;
    deployment.movies[2].replace().await;
    let rotated = async || head(&load.new_token().await) != head(&old);
    eventually("the new key signs", BOUND, rotated).await;
    deployment.auths[1].replace().await;

    let new = load.new_token().await;
    assert_ne!(head(&new), head(&old));
    for token in [&old, &new] {
        accepted_everywhere(&deployment, token).await;
    }
    assert_eq!(keys_published(&deployment.proxy.client).await, 2);

    let outcomes = load.stop().await;
    let log = deployment.proxy.access_log(outcomes.len()).await;
    let retried = log.iter().filter(|line| line["upstream"].as_str().is_some_and(|tried| tried.contains(','))).count();
    report(&outcomes, retried);
    let failed = outcomes.iter().filter_map(|outcome| {
        let text = outcome.error.as_ref()?;
        Some(format!("{:?} at {:?} after {:?}: {text}", outcome.kind, outcome.at, outcome.took))
    });
    let failed: Vec<_> = failed.collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), outcomes.len(), failed.join("\n"));
    assert!(outcomes.len() > 1000, "there was a load: {}", outcomes.len());
    assert_eq!(deployment.proxy.error_log(), "");
}
