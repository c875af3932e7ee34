//! A lane: one connection, one task that keeps it, and the calls that wait for it.
//!
//! Calls that come while answers are under way are sent together as one command as soon as fewer than [`IN_FLIGHT`]
//! batches are out: a quiet lane sends at once, a busy one batches by itself. While there is no connection every call
//! fails at once; nothing waits for a server that is gone.

use std::{pin::Pin, sync::Arc, time::Duration};

use deadpool_redis::redis::{Cmd, RedisError, RedisResult, ServerErrorKind, Value};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    connection::RedisConnection,
    shared::Shared,
    wire::{self, Call},
};
use crate::store::StoreError;

/// Batches under way at once: one that the server works on, one that travels.
const IN_FLIGHT: usize = 2;
/// Between two tries to connect: at first, and doubled at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
/// How long calls wait for a connection to be made or a state to be joined, which mostly takes a round trip or two.
const JOIN_GRACE: Duration = Duration::from_millis(10);
/// How often one of the lanes says that this replica is alive and looks whether the server is still the same.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// What became of a batch.
enum Outcome {
    Fine,
    /// The server has another state than the one joined, or was not told all.
    Lost(u16),
    /// It has been joined.
    Joined,
    /// The connection is of no use any more.
    Broken(StoreError),
}

type Job = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Keeps a lane until nobody can call it any more.
pub(super) async fn run(shared: Arc<Shared>, index: usize, mut calls: mpsc::Receiver<Call>) {
    let mut retry = RETRY.0;
    // The first calls bring the lane about: they wait for it a moment, where later ones find that it broke.
    let mut patience = JOIN_GRACE;
    loop {
        let error = StoreError::Unreachable("not connected".to_owned());
        let Some(link) = refusing(&mut calls, &error, patience, shared.connect()).await else {
            return;
        };
        patience = Duration::ZERO;
        let error = match link {
            Ok(link) => {
                shared.connected();
                let Some(error) = serve(&shared, index, link, &mut calls, &mut retry).await else { return };
                error
            }
            Err(error) => {
                shared.disconnected(&error);
                error
            }
        };
        let pause = retry.mul_f64(rand::random_range(0.75..1.25));
        retry = (retry * 2).min(RETRY.1);
        // Whoever asks meanwhile is told why.
        if refusing(&mut calls, &error, Duration::ZERO, sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Waits for `work`. Calls wait along for as long as `patience`, then each is answered with `error`. `None` when nobody can
/// call any more.
async fn refusing<T>(
    calls: &mut mpsc::Receiver<Call>,
    error: &StoreError,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = timeout(patience, &mut work).await {
        return Some(done);
    }
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            call = calls.recv() => {
                // A caller that has gone is not told.
                let _ = call?.reply.send(Err(error.clone()));
            }
        }
    }
}

/// Serves calls until the connection is of no use, and says why; `None` when nobody can call any more. A connection that
/// was of use has earned a quick retry.
async fn serve(
    shared: &Arc<Shared>,
    index: usize,
    link: RedisConnection,
    calls: &mut mpsc::Receiver<Call>,
    retry: &mut Duration,
) -> Option<StoreError> {
    let mut jobs: FuturesUnordered<Job> = FuturesUnordered::new();
    let mut batch = Vec::with_capacity(shared.settings.batch);
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // While a state is joined calls wait a moment, which is mostly enough; then they are refused until it is done.
    let (mut joins, mut late) = (0, false);
    let mut moment = std::pin::pin!(sleep(JOIN_GRACE));
    // One server that was away may have lost its state; of a cluster each part is joined when it is used.
    if shared.scripts.shards == 1 {
        jobs.push(join(shared.clone(), link.clone(), 0).boxed());
        joins = 1;
    } else {
        shared.connection_joined(index);
    }
    loop {
        // All that waits for the server is a job: a job that is not polled could hold what another waits for.
        tokio::select! {
            biased;
            Some(outcome) = jobs.next(), if !jobs.is_empty() => match outcome {
                Outcome::Fine => *retry = RETRY.0,
                Outcome::Broken(error) => return Some(error),
                Outcome::Joined => {
                    *retry = RETRY.0;
                    shared.connection_joined(index);
                    joins -= 1;
                    late &= joins > 0;
                }
                Outcome::Lost(shard) => {
                    if joins == 0 {
                        moment.as_mut().reset(Instant::now() + JOIN_GRACE);
                    }
                    joins += 1;
                    jobs.push(join(shared.clone(), link.clone(), shard).boxed());
                }
            },
            () = moment.as_mut(), if joins > 0 && !late => late = true,
            received = calls.recv_many(&mut batch, shared.settings.batch), if late || (joins == 0 && jobs.len() < IN_FLIGHT) => {
                if received == 0 {
                    return None;
                }
                if late {
                    refuse(std::mem::take(&mut batch), StoreError::Recovering, Outcome::Fine);
                    continue;
                }
                // Whoever has given up is not asked for.
                batch.retain(|call| !call.reply.is_closed());
                send(shared, &link, &mut batch, &jobs);
            }
            _ = heartbeat.tick() => if shared.try_heartbeat(HEARTBEAT) {
                jobs.push(send_heartbeat(shared.clone(), link.clone()).boxed());
            },
        }
    }
}

async fn join(shared: Arc<Shared>, link: RedisConnection, shard: u16) -> Outcome {
    shared.join(link, shard).await.map_or_else(Outcome::Broken, |()| Outcome::Joined)
}

/// Sends calls, one command for each shard among them.
fn send(shared: &Arc<Shared>, link: &RedisConnection, batch: &mut Vec<Call>, jobs: &FuturesUnordered<Job>) {
    while let Some(shard) = batch.first().map(|call| call.shard) {
        let of_shard = if shared.scripts.shards == 1 {
            std::mem::take(batch)
        } else {
            let (of_shard, rest) = std::mem::take(batch).into_iter().partition(|call| call.shard == shard);
            *batch = rest;
            of_shard
        };
        jobs.push(decide(shared.clone(), link.clone(), of_shard, shard).boxed());
    }
}

/// Has the server decide on calls of one shard and gives each its answer.
async fn decide(shared: Arc<Shared>, mut link: RedisConnection, calls: Vec<Call>, shard: u16) -> Outcome {
    if shared.generation(shard).0.is_empty()
        && let Err(error) = shared.join(link.clone(), shard).await
    {
        return refuse(calls, error.clone(), Outcome::Broken(error));
    }
    let told = shared.restore_epoch(shard);
    let (marker, open) = shared.generation(shard);
    let asked_at = shared.clock.now();
    let bound = shared.settings.response_timeout;
    let mut command = shared.scripts.decide(&calls, shard, &marker, open, false);
    let mut answer = link.send(&command, bound).await;
    if let Err(error) = &answer
        && error.kind() == ServerErrorKind::NoScript.into()
    {
        // The server refused before doing anything: sending it again with the script does nothing twice.
        command = shared.scripts.decide(&calls, shard, &marker, open, true);
        answer = link.send(&command, bound).await;
    }
    match answer {
        Ok(value) => match wire::answers(&calls, &value, &shared.deny_cache, asked_at) {
            Some(all) => {
                shared.record_latency(calls.len(), asked_at);
                for (call, answers) in calls.into_iter().zip(all) {
                    let _ = call.reply.send(Ok(answers));
                }
                if shared.noted_before_restore(shard, told) { Outcome::Fine } else { Outcome::Lost(shard) }
            }
            None => {
                let error = StoreError::Refused("an answer of another shape".to_owned());
                refuse(calls, error.clone(), Outcome::Broken(error))
            }
        },
        Err(error) => {
            let (error, outcome) = failure(&error, shard);
            refuse(calls, error, outcome)
        }
    }
}

/// Gives all callers the error; the outcome is handed through.
fn refuse(calls: Vec<Call>, error: StoreError, outcome: Outcome) -> Outcome {
    for call in calls {
        let _ = call.reply.send(Err(error.clone()));
    }
    outcome
}

/// What an error means for those who asked, and for the connection.
fn failure(error: &RedisError, shard: u16) -> (StoreError, Outcome) {
    match error.code() {
        Some("RLLOST") => return (StoreError::Recovering, Outcome::Lost(shard)),
        Some("RLRECOVERING") => return (StoreError::Recovering, Outcome::Fine),
        // Demoted or not ready: another connection finds the master.
        Some("READONLY" | "LOADING" | "MASTERDOWN") => {
            let error = StoreError::Refused(text(error));
            return (error.clone(), Outcome::Broken(error));
        }
        Some(_) => return (StoreError::Refused(text(error)), Outcome::Fine),
        None => {}
    }
    let error = if error.is_timeout() { StoreError::Timeout } else { StoreError::Unreachable(text(error)) };
    (error.clone(), Outcome::Broken(error))
}

/// The server's words, bounded.
fn text(error: &RedisError) -> String {
    error.to_string().chars().take(200).collect()
}

/// Says that this replica is alive, counts the others, and joins anew where the server is another one.
async fn send_heartbeat(shared: Arc<Shared>, mut link: RedisConnection) -> Outcome {
    let started = Instant::now();
    let command: Cmd = shared.scripts.alive(&shared.replica, 10 * HEARTBEAT.as_millis() as u64);
    let answer: RedisResult<Value> = link.send(&command, shared.settings.response_timeout).await;
    match answer {
        Ok(Value::Int(alive)) => shared.replicas_alive(alive),
        Ok(_) => {}
        Err(error) => return failure(&error, 0).1,
    }
    for shard in shared.joined() {
        if started.elapsed() < HEARTBEAT
            && let Err(error) = shared.join(link.clone(), shard).await
        {
            return Outcome::Broken(error);
        }
    }
    Outcome::Fine
}
