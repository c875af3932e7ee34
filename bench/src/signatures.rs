//! Access tokens signed and verified with keys of each type, on one thread: processor time of one, size of a token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use contracts::ids::{SessionId, UserId};
use credentials::keys::{AHEAD, KeyFolder, KeyStore, Rotation, RotationPolicy};
use credentials::tokens::AccessTokens;
use service_kit::{Clock, SystemClock};
use token_verifier::TokenAlgorithm;

use crate::say;
use crate::tracing::cpu_of;

const TIME: Duration = Duration::from_secs(2);
const POLICY: RotationPolicy =
    RotationPolicy { max_age: TimeDelta::days(90), ahead: AHEAD, token_retention: TimeDelta::minutes(11) };

/// Measures all types, twice, so that noise shows.
pub fn measure() -> anyhow::Result<()> {
    say("\n| signature | sign, µs | verify, µs | bytes of a token |\n|---|---|---|---|");
    for algorithm in TokenAlgorithm::ALL.into_iter().chain(TokenAlgorithm::ALL) {
        let folder = tempfile::tempdir()?;
        let (keys, now) = (KeyFolder::new(folder.path()), SystemClock.now());
        keys.create(algorithm, now)?;
        let store = KeyStore::open(keys, Rotation::Foreign(POLICY), Arc::new(SystemClock))?;
        let tokens =
            AccessTokens::new(Arc::new(store), "https://id.example.org".into(), &["marquee"], Duration::from_secs(600));
        let claims = tokens.claims(UserId::new(), 0, SessionId::new(), 0, now);
        let token = tokens.sign(&claims, now)?;
        let sign = each(|| tokens.sign(&claims, now).map(drop))?;
        let verify = each(|| tokens.verify(token.expose(), now).map(drop))?;
        say(&format!("| {} | {sign:.0} | {verify:.0} | {} |", algorithm.as_str(), token.expose().len()));
    }
    Ok(())
}

/// Processor time of one call in microseconds.
fn each<E>(mut call: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let (id, begun, mut calls) = (std::process::id(), Instant::now(), 0_u32);
    let before = cpu_of(id);
    while begun.elapsed() < TIME {
        call()?;
        calls += 1;
    }
    Ok((cpu_of(id) - before) as f64 / 1000.0 / f64::from(calls))
}
