//! Maintenance that is interrupted, or runs beside other replicas and writers: nothing is lost, and the next run finishes.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use account_partitions::{Alarm, Lead, Steps, maintain_partitions};
use contracts::ids::UserId;
use sea_orm::{ConnectionTrait, TransactionTrait};
use service_kit::testing::eventually;

use crate::partition_maintenance::{LONG_TIMEOUT, NOW, assert_kept, at, line, lines, run, sign_in, with_history};
use crate::support::TestStore;

const BOUND: Duration = Duration::from_secs(20);
const SHORT_TIMEOUT: Duration = Duration::from_millis(200);

/// Polls `job` at most `polls` times, then drops it. Returns `true` when it completed.
async fn cut_off_after<F: Future>(job: F, polls: u32) -> bool {
    let (mut job, mut left) = (pin!(job), polls);
    std::future::poll_fn(|context| match job.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_run_that_is_interrupted_anywhere_loses_nothing_and_the_next_one_finishes() {
    let store = TestStore::create().await;
    let mut completed = false;
    for polls in 0..400 {
        for table in ["sign_ins", "maintenance_steps"] {
            store.sql(&format!("DELETE FROM {table}")).await;
        }
        for time in ["2025-09-30T23:59:59Z", "2025-10-01T00:00:00Z", "2026-11-25T14:00:00Z"] {
            sign_in(&store, time).await;
        }
        let job = maintain_partitions(store.partitions(), Steps::All, Lead::Anyway, LONG_TIMEOUT, at(NOW));
        completed = cut_off_after(job, polls).await;
        assert!(lines(&store).await >= 2, "cut off after {polls} polls");
        // A statement that the server has received may still run for a short time.
        eventually("the next runs finish", BOUND, async || {
            let report =
                maintain_partitions(store.partitions(), Steps::All, Lead::Anyway, LONG_TIMEOUT, at(NOW)).await.unwrap();
            report.work.left.is_empty() && lines(&store).await == 2
        })
        .await;
        assert_kept(&store).await;
        if completed {
            break;
        }
    }
    assert!(completed, "400 polls are enough for a whole run");
}

#[tokio::test]
async fn a_detachment_that_was_interrupted_is_finished_by_the_next_run() {
    let store = with_history().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    let reader = store.raw.begin().await.unwrap();
    reader.execute_unprepared("SELECT count(*) FROM sign_ins").await.unwrap();
    let detach = tokio::spawn({
        let store = store.replica().await;
        async move { maintain_partitions(store.partitions(), Steps::Expire, Lead::Anyway, LONG_TIMEOUT, at(NOW)).await }
    });
    let waiting = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'ALTER TABLE%CONCURRENTLY'";
    let pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";
    eventually("the detachment waits for the reader", BOUND, async || store.number(pending).await == 1).await;
    store.number(&format!("SELECT count(pg_terminate_backend(pid)) {waiting}")).await;
    assert!(detach.await.unwrap().is_err(), "its connection was ended");

    let blocked =
        maintain_partitions(store.partitions(), Steps::Expire, Lead::Anyway, SHORT_TIMEOUT, at(NOW)).await.unwrap();
    assert!(!blocked.work.left.is_empty(), "the reader is still there: {blocked:?}");
    assert!(blocked.alarms.contains(&Alarm::DetachPending("sign_ins_202509".into())), "{:?}", blocked.alarms);
    reader.rollback().await.unwrap();
    let report = run(&store, NOW).await;
    assert!(report.work.done.contains(&"finished detaching sign_ins_202509".into()), "{report:?}");
    assert_kept(&store).await;
}

#[tokio::test]
async fn detached_tables_are_dropped_unless_they_are_recent_or_hold_other_months() {
    let store = with_history().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    store.sql("ALTER TABLE sign_ins DETACH PARTITION sign_ins_202509").await;
    // Tables with the names of an expired and of a kept month, but with other contents.
    store.sql("CREATE TABLE sign_ins_202401 (LIKE sign_ins); CREATE TABLE sign_ins_202603 (LIKE sign_ins)").await;
    store.sql("INSERT INTO sign_ins_202401 SELECT * FROM sign_ins WHERE at > '2026-01-01'").await;
    let report = run(&store, NOW).await;
    assert!(report.work.done.contains(&"dropped sign_ins_202509".into()), "{report:?}");
    assert_eq!(report.work.left.len(), 1, "{report:?}");
    let detached = ["sign_ins_202401", "sign_ins_202603"].map(|name| Alarm::Detached(name.into()));
    assert_eq!(report.alarms, detached);
}

#[tokio::test]
async fn of_two_replicas_one_leads_and_both_report_alarms() {
    let store = with_history().await;
    if store.is_embedded() {
        return; // its lock is the database file
    }
    let leader = store.partitions().lead(Lead::IfFree, LONG_TIMEOUT).await.unwrap().unwrap();
    let other = store.replica().await;
    let report =
        maintain_partitions(other.partitions(), Steps::All, Lead::IfFree, LONG_TIMEOUT, at(NOW)).await.unwrap();
    assert!(!report.leader && report.work.done.is_empty());
    assert!(report.alarms.contains(&Alarm::ExpiredAttached("sign_ins_202509".into())), "{:?}", report.alarms);
    leader.close().await;
    assert!(
        maintain_partitions(other.partitions(), Steps::All, Lead::IfFree, LONG_TIMEOUT, at(NOW)).await.unwrap().leader
    );
    assert_kept(&store).await;
}

#[tokio::test]
async fn two_concurrent_runs_both_succeed_and_writers_lose_nothing() {
    let store = TestStore::create().await;
    let (one, two) = (store.replica().await, store.replica().await);
    let writer = store.replica().await;
    let user = UserId::new();
    for lead in [Lead::Anyway, Lead::IfFree] {
        for _ in 0..15 {
            store.sql("DELETE FROM sign_ins; DELETE FROM maintenance_steps").await;
            for time in ["2025-08-31T23:59:59Z", "2025-09-30T23:59:59Z", "2025-10-01T00:00:00Z"] {
                sign_in(&store, time).await;
            }
            let work = async {
                tokio::join!(
                    maintain_partitions(one.partitions(), Steps::All, lead, LONG_TIMEOUT, at(NOW)),
                    maintain_partitions(two.partitions(), Steps::All, lead, LONG_TIMEOUT, at(NOW)),
                )
            };
            let writing = async {
                for second in 0..40 {
                    let now = at(NOW) + chrono::TimeDelta::seconds(second);
                    writer.insert_sign_in(&line(user, now)).await.unwrap();
                }
            };
            let ((first, second), ()) = tokio::join!(work, writing);
            let (first, second) = (first.unwrap(), second.unwrap());
            assert!(first.leader || second.leader);
            run(&store, NOW).await; // the second run may have met a lock and left the rest
            assert_eq!(lines(&store).await, 41);
            assert_eq!(store.partitions().read_inventory().await.unwrap().orphans, []);
        }
    }
}

#[tokio::test]
async fn the_embedded_database_deletes_beside_a_writer() {
    let store = TestStore::create().await;
    if !store.is_embedded() {
        return; // partitions are dropped whole
    }
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
        INSERT INTO sign_ins (user_id, at, device, method, result) SELECT randomblob(16), \
        CASE i % 3 WHEN 0 THEN '2025-10-01T00:00:00+00:00' ELSE '2025-09-30T23:59:59.999999+00:00' END, 1, 1, 0 FROM n";
    store.sql(rows).await;
    assert_eq!(store.partitions().count_expired(at(NOW)).await.unwrap(), 2000);
    let writing = async {
        for second in 0..20 {
            store.insert_sign_in(&line(UserId::new(), at(NOW) + chrono::TimeDelta::seconds(second))).await.unwrap();
        }
    };
    let (report, ()) = tokio::join!(run(&store, NOW), writing);
    assert_eq!(report.work.done, ["deleted 2000 sign-ins of months before 202510"]);
    assert_eq!((lines(&store).await, store.partitions().count_expired(at(NOW)).await.unwrap()), (1020, 0));
}
