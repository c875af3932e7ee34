//! Several times as many sign-ins as can be served, beside checks of tokens.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use contracts::Endpoint;
use contracts::auth::oauth::Introspect;

use crate::arrivals::{self, Arrivals, Reply, ms, quantile};
use crate::auth_server::AuthServer;
use crate::say;

const PHASE: Duration = Duration::from_secs(15);
/// Introspections per second, quiet and beside the overload.
const INTROSPECTIONS: f64 = 200.0;
/// Multiple of the measured peak that arrives.
const OVERLOAD: f64 = 4.0;
/// Bound of a refusal.
const REFUSAL: Duration = Duration::from_millis(50);

/// Sign-ins of many addresses.
pub struct Overload {
    /// Requests, sent in turn.
    pub requests: Vec<Arc<Vec<u8>>>,
    /// Sign-ins per second that can be served.
    pub peak: f64,
}

/// Introspections alone, then beside the overload; prints what both come to.
pub async fn overload(store: &str, server: &AuthServer, overload: Overload) -> anyhow::Result<()> {
    let Overload { requests, peak } = overload;
    server.sign_up("introspected@example.org").await;
    let token = server.sign_in("introspected@example.org").await;
    let introspection = Arc::new(AuthServer::introspection_of(&token));
    let address = server.service.address.as_str();
    let at = |requests, per_second| Arrivals { address: address.to_owned(), requests, per_second };
    let introspections = at(vec![introspection], INTROSPECTIONS);
    let sign_ins = at(requests, OVERLOAD * peak);
    let quiet = arrivals::run(std::slice::from_ref(&introspections), PHASE)?;
    let quiet_lines = server.times_of(Introspect::PATH);
    let loaded = arrivals::run(&[introspections, sign_ins], PHASE)?;
    let loaded_lines = server.times_of(Introspect::PATH).split_off(quiet_lines.len());
    let (quiet, beside, sign_ins) = (&quiet[0], &loaded[0], &loaded[1]);
    ensure!(quiet.iter().chain(beside).all(|reply| reply.status == 200), "an introspection failed");

    let other = sign_ins.iter().find(|reply| !matches!(reply.status, 201 | 429 | 503));
    ensure!(other.is_none(), "a sign-in was answered {other:?}");
    say(&format!(
        "\n| {store}, {OVERLOAD} times the peak for {} s | quiet or bound | beside the overload |\n|---|---|---|",
        PHASE.as_secs()
    ));
    print_served(sign_ins, peak);
    print_refused(sign_ins)?;
    let [quiet, beside] = [quiet, beside].map(|replies| {
        let times: Vec<_> = replies.iter().map(|reply| reply.took).collect();
        [0.5, 0.99].map(|of| quantile(times.clone(), of))
    });
    say(&format!("| introspection p50, ms | {:.2} | {:.2} |", ms(quiet[0]), ms(beside[0])));
    say(&format!("| introspection p99, ms | {:.2} | {:.2} |", ms(quiet[1]), ms(beside[1])));
    say(&format!("| introspection p99, ratio | at most 3 | {:.2} |", beside[1].as_secs_f64() / quiet[1].as_secs_f64()));
    let [quiet, beside] = [quiet_lines, loaded_lines].map(|times| ms(quantile(times, 0.99)));
    say(&format!("| its p99 as time in the server, ms (ratio {:.2}) | {quiet:.2} | {beside:.2} |", beside / quiet));
    Ok(())
}

fn print_served(sign_ins: &[Reply], peak: f64) {
    let served: Vec<_> = sign_ins.iter().filter(|reply| reply.status == 201).collect();
    // Those that the queue still held at the end are no throughput of the phase.
    let in_phase = served.iter().filter(|reply| reply.received <= PHASE).count();
    let through = in_phase as f64 / PHASE.as_secs_f64();
    let times: Vec<_> = served.iter().map(|reply| reply.took).collect();
    let [p50, p99] = [0.5, 0.99].map(|of| ms(quantile(times.clone(), of)));
    say(&format!("| sign-ins/s that go through | {peak:.1} | {through:.1} |"));
    say(&format!("| of the peak | at least 0.9 | {:.3} |", through / peak));
    say(&format!("| their p50, p99, ms | | {p50:.0}, {p99:.0} |"));
}

fn print_refused(sign_ins: &[Reply]) -> anyhow::Result<()> {
    let refused: Vec<_> =
        sign_ins.iter().filter(|reply| matches!(reply.status, 429 | 503)).map(|reply| reply.took).collect();
    ensure!(!refused.is_empty(), "no sign-in was refused");
    let late = refused.iter().filter(|took| **took > REFUSAL).count();
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|of| ms(quantile(refused.clone(), of)));
    let bound = REFUSAL.as_millis();
    say(&format!("| refused, of {} | | {} |", sign_ins.len(), refused.len()));
    say(&format!("| later than {bound} ms | 0 | {late} |"));
    say(&format!("| p50, p99, max of refusals, ms | {bound} | {p50:.2}, {p99:.2}, {max:.2} |"));
    Ok(())
}
