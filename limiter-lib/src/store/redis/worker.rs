//! A connection worker: one task that owns one connection, and the calls queued for it.
//!
//! Calls that arrive while replies are pending are sent together as one command as soon as fewer than [`IN_FLIGHT`]
//! batches are in flight: a quiet worker sends at once, a busy one batches. While there is no connection every call
//! fails at once; nothing waits for an unavailable server.

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

/// Batches in flight at once: one that the server executes, one on the wire.
const IN_FLIGHT: usize = 2;
/// Initial and maximum delay between attempts to connect; it doubles.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
/// Maximum wait of calls for a first connection or for a state to be joined, which mostly takes a round trip or two.
const JOIN_GRACE: Duration = Duration::from_millis(10);
/// Interval in which one of the connections sends a heartbeat and checks that the server is still the same.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The outcome of a job.
enum JobOutcome {
    Done,
    /// The server has another state than the joined one, or its restore is incomplete.
    StateLost(u16),
    /// A state has been joined.
    Joined,
    /// The connection is unusable.
    Broken(StoreError),
}

type Job = Pin<Box<dyn Future<Output = JobOutcome> + Send>>;

/// Runs a connection worker until all senders are dropped.
pub(super) async fn run(shared: Arc<Shared>, index: usize, mut calls: mpsc::Receiver<Call>) {
    let mut backoff = BACKOFF.0;
    // The first calls start the worker: they wait for its connection. Later ones fail at once when it broke.
    let mut grace = JOIN_GRACE;
    loop {
        let error = StoreError::Unreachable("not connected".to_owned());
        let Some(connection) = reject_while(&mut calls, &error, grace, shared.connect()).await else {
            return;
        };
        grace = Duration::ZERO;
        let error = match connection {
            Ok(connection) => {
                shared.on_connected();
                let Some(error) = serve(&shared, index, connection, &mut calls, &mut backoff).await else { return };
                error
            }
            Err(error) => {
                shared.on_disconnected(&error);
                error
            }
        };
        let pause = backoff.mul_f64(rand::random_range(0.75..1.25));
        backoff = (backoff * 2).min(BACKOFF.1);
        // Calls during the backoff fail with the cause.
        if reject_while(&mut calls, &error, Duration::ZERO, sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Waits for `work`. Calls wait for the `grace` period, then each fails with `error`. `None` when all senders are
/// dropped.
async fn reject_while<T>(
    calls: &mut mpsc::Receiver<Call>,
    error: &StoreError,
    grace: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = timeout(grace, &mut work).await {
        return Some(done);
    }
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            call = calls.recv() => {
                // Ignored if the caller has given up.
                let _ = call?.reply_to.send(Err(error.clone()));
            }
        }
    }
}

/// Serves calls until the connection is unusable, and returns the cause; `None` when all senders are dropped. A
/// connection that worked resets the backoff.
async fn serve(
    shared: &Arc<Shared>,
    index: usize,
    connection: RedisConnection,
    calls: &mut mpsc::Receiver<Call>,
    backoff: &mut Duration,
) -> Option<StoreError> {
    let mut jobs: FuturesUnordered<Job> = FuturesUnordered::new();
    let mut batch = Vec::with_capacity(shared.settings.batch);
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // While a state is being joined, calls wait for a grace period, which mostly suffices; then they fail.
    let (mut joins, mut late) = (0, false);
    let mut grace = std::pin::pin!(sleep(JOIN_GRACE));
    // A single server that was unavailable may have lost its state; of a cluster each shard is joined on first use.
    if shared.scripts.shards == 1 {
        jobs.push(join(shared.clone(), connection.clone(), 0).boxed());
        joins = 1;
    } else {
        shared.connection_joined(index);
    }
    loop {
        // All waiting for the server happens in jobs: one that is not polled could hold a lock that another waits for.
        tokio::select! {
            biased;
            Some(outcome) = jobs.next(), if !jobs.is_empty() => match outcome {
                JobOutcome::Done => *backoff = BACKOFF.0,
                JobOutcome::Broken(error) => return Some(error),
                JobOutcome::Joined => {
                    *backoff = BACKOFF.0;
                    shared.connection_joined(index);
                    joins -= 1;
                    late &= joins > 0;
                }
                JobOutcome::StateLost(shard) => {
                    if joins == 0 {
                        grace.as_mut().reset(Instant::now() + JOIN_GRACE);
                    }
                    joins += 1;
                    jobs.push(join(shared.clone(), connection.clone(), shard).boxed());
                }
            },
            () = grace.as_mut(), if joins > 0 && !late => late = true,
            received = calls.recv_many(&mut batch, shared.settings.batch), if late || (joins == 0 && jobs.len() < IN_FLIGHT) => {
                if received == 0 {
                    return None;
                }
                if late {
                    reject_all(std::mem::take(&mut batch), StoreError::Recovering, JobOutcome::Done);
                    continue;
                }
                // Calls that the caller has given up are dropped.
                batch.retain(|call| !call.reply_to.is_closed());
                send(shared, &connection, &mut batch, &jobs);
            }
            _ = heartbeat.tick() => if shared.try_heartbeat(HEARTBEAT) {
                jobs.push(send_heartbeat(shared.clone(), connection.clone()).boxed());
            },
        }
    }
}

async fn join(shared: Arc<Shared>, connection: RedisConnection, shard: u16) -> JobOutcome {
    shared.join(connection, shard).await.map_or_else(JobOutcome::Broken, |()| JobOutcome::Joined)
}

/// Sends calls, one command for each shard among them.
fn send(shared: &Arc<Shared>, connection: &RedisConnection, batch: &mut Vec<Call>, jobs: &FuturesUnordered<Job>) {
    while let Some(shard) = batch.first().map(|call| call.shard) {
        let of_shard = if shared.scripts.shards == 1 {
            std::mem::take(batch)
        } else {
            let (of_shard, rest) = std::mem::take(batch).into_iter().partition(|call| call.shard == shard);
            *batch = rest;
            of_shard
        };
        jobs.push(decide(shared.clone(), connection.clone(), of_shard, shard).boxed());
    }
}

/// Has the server decide on calls of one shard and sends each its reply.
async fn decide(shared: Arc<Shared>, mut connection: RedisConnection, calls: Vec<Call>, shard: u16) -> JobOutcome {
    if shared.generation(shard).0.is_empty()
        && let Err(error) = shared.join(connection.clone(), shard).await
    {
        return reject_all(calls, error.clone(), JobOutcome::Broken(error));
    }
    let epoch = shared.restore_epoch(shard);
    let (marker, open) = shared.generation(shard);
    let sent_at = shared.clock.now();
    let response_timeout = shared.settings.response_timeout;
    let mut command = shared.scripts.decide(&calls, shard, &marker, open, false);
    let mut reply = connection.send(&command, response_timeout).await;
    if let Err(error) = &reply
        && error.kind() == ServerErrorKind::NoScript.into()
    {
        // The server refused before executing anything: sending it again with the script executes nothing twice.
        command = shared.scripts.decide(&calls, shard, &marker, open, true);
        reply = connection.send(&command, response_timeout).await;
    }
    match reply {
        Ok(value) => match wire::read_replies(&calls, &value, &shared.deny_cache, sent_at) {
            Some(all) => {
                shared.record_latency(calls.len(), sent_at);
                for (call, replies) in calls.into_iter().zip(all) {
                    let _ = call.reply_to.send(Ok(replies));
                }
                if shared.noted_before_restore(shard, epoch) { JobOutcome::Done } else { JobOutcome::StateLost(shard) }
            }
            None => {
                let error = StoreError::Refused("a malformed reply".to_owned());
                reject_all(calls, error.clone(), JobOutcome::Broken(error))
            }
        },
        Err(error) => {
            let (error, outcome) = classify(&error, shard);
            reject_all(calls, error, outcome)
        }
    }
}

/// Fails all calls with the error; returns the outcome.
fn reject_all(calls: Vec<Call>, error: StoreError, outcome: JobOutcome) -> JobOutcome {
    for call in calls {
        let _ = call.reply_to.send(Err(error.clone()));
    }
    outcome
}

/// The error for callers, and the consequence for the connection.
fn classify(error: &RedisError, shard: u16) -> (StoreError, JobOutcome) {
    match error.code() {
        Some("RLLOST") => return (StoreError::Recovering, JobOutcome::StateLost(shard)),
        Some("RLRECOVERING") => return (StoreError::Recovering, JobOutcome::Done),
        // Demoted or not ready: a new connection finds the master.
        Some("READONLY" | "LOADING" | "MASTERDOWN") => {
            let error = StoreError::Refused(error_text(error));
            return (error.clone(), JobOutcome::Broken(error));
        }
        Some(_) => return (StoreError::Refused(error_text(error)), JobOutcome::Done),
        None => {}
    }
    let error = if error.is_timeout() { StoreError::Timeout } else { StoreError::Unreachable(error_text(error)) };
    (error.clone(), JobOutcome::Broken(error))
}

/// The server's message, at most 200 characters.
fn error_text(error: &RedisError) -> String {
    error.to_string().chars().take(200).collect()
}

/// Sends a heartbeat, counts the replicas, and joins again if the server is another one.
async fn send_heartbeat(shared: Arc<Shared>, mut connection: RedisConnection) -> JobOutcome {
    let started = Instant::now();
    let command: Cmd = shared.scripts.heartbeat(&shared.replica, 10 * HEARTBEAT.as_millis() as u64);
    let reply: RedisResult<Value> = connection.send(&command, shared.settings.response_timeout).await;
    match reply {
        Ok(Value::Int(alive)) => shared.record_replica_count(alive),
        Ok(_) => {}
        Err(error) => return classify(&error, 0).1,
    }
    for shard in shared.joined_shards() {
        if started.elapsed() < HEARTBEAT
            && let Err(error) = shared.join(connection.clone(), shard).await
        {
            return JobOutcome::Broken(error);
        }
    }
    JobOutcome::Done
}
