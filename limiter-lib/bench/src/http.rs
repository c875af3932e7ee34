//! The cost of a limit per request: one route of actix-web, bare and behind each middleware.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use limiter_lib::testing::RedisServer;

use crate::{
    cpu,
    load::{self, CONNECTIONS},
    serve::Kind,
    table::{head, median, number, row},
};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
/// Shorter for the peer that connects for each request: each connection blocks a port for a minute.
const SHORT: Duration = Duration::from_millis(250);

/// A server in a separate process.
struct Server {
    child: Child,
    address: String,
}

/// The figures of one round.
#[derive(Clone, Copy)]
struct Figures {
    per_second: f64,
    app_us: f64,
    redis_us: f64,
}

/// Prints the table of all servers, each beside the bare one.
pub async fn measure() -> anyhow::Result<()> {
    let redis = RedisServer::start();
    let servers = Kind::ALL.iter().map(|kind| Ok((*kind, Server::start(*kind, &redis.url())?)));
    let servers = servers.collect::<anyhow::Result<Vec<_>>>()?;
    let load = format!(
        "One worker, {CONNECTIONS} connections with one request under way each, one client address, all admitted; \
         {ROUNDS} rounds of 1 s (0.25 s for actix-limitation), medians. App and Redis are processor time a request; the \
         bare route is measured right before each round."
    );
    let columns = ["", "requests/s", "app µs", "more than bare, µs", "Redis µs", "ratio of requests/s to bare"];
    head("A request through actix-web", &load, &columns);
    let (bare, others) = servers.split_first().context("no servers")?;
    let mut rounds: Vec<Vec<(Figures, Figures)>> = vec![Vec::new(); others.len()];
    for (_, server) in &servers {
        load::round(&server.address, Duration::from_millis(200)).await?;
    }
    for _ in 0..ROUNDS {
        for ((kind, server), figures) in others.iter().zip(&mut rounds) {
            let base = bare.1.round(&redis, ROUND).await?;
            let time = if *kind == Kind::Limitation { SHORT } else { ROUND };
            figures.push((server.round(&redis, time).await.with_context(|| kind.name())?, base));
        }
    }
    let bases = || rounds.iter().flatten().map(|(_, base)| *base);
    print(bare.0.name(), &bases().map(|base| (base, base)).collect::<Vec<_>>());
    for ((kind, _), figures) in others.iter().zip(&rounds) {
        print(kind.name(), figures);
    }
    Ok(())
}

fn print(name: &str, rounds: &[(Figures, Figures)]) {
    let of = |figure: fn(&(Figures, Figures)) -> f64| number(median(rounds.iter().map(figure)));
    let (speed, app) = (of(|(run, _)| run.per_second), of(|(run, _)| run.app_us));
    let more = of(|(run, base)| run.app_us - base.app_us);
    row(name, &[speed, app, more, of(|(run, _)| run.redis_us), of(|(run, base)| run.per_second / base.per_second)]);
}

impl Server {
    fn start(kind: Kind, redis: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args(["serve", kind.argument(), redis]).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned() })
    }

    async fn round(&self, redis: &RedisServer, time: Duration) -> anyhow::Result<Figures> {
        let (app, of_redis) = (cpu::of_process(self.child.id())?, cpu::of_process(redis.id())?);
        let started = Instant::now();
        let responses = load::round(&self.address, time).await? as f64;
        let elapsed = started.elapsed();
        let (app, of_redis) = (cpu::of_process(self.child.id())? - app, cpu::of_process(redis.id())? - of_redis);
        let each = |used: Duration| used.as_secs_f64() * 1e6 / responses;
        Ok(Figures { per_second: responses / elapsed.as_secs_f64(), app_us: each(app), redis_us: each(of_redis) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that needs a graceful shutdown.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
