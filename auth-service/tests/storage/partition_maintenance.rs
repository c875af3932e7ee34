//! Partition maintenance: creation and expiry of months, under locks and interrupted at any point.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use account_partitions::{Alarm, Lead, MaintenancePolicy, MaintenanceRun, Steps, maintain_partitions};
use auth_service::domain::{ClientLocation, SignIn, SignInMethod, SignInResult};
use auth_service::storage::Store;
use chrono::{DateTime, Utc};
use contracts::auth::devices::DeviceKind;
use contracts::ids::UserId;
use sea_orm::{ConnectionTrait, TransactionTrait};
use service_kit::testing::eventually;
use service_kit::{Clock, SystemClock};

use crate::support::{TestStore, new_user};

const NOW: &str = "2026-11-25T15:00:00Z";
const BOUND: Duration = Duration::from_secs(20);
/// Longer than the locks that tests hold and release.
const LONG_TIMEOUT: Duration = Duration::from_secs(10);
const SHORT_TIMEOUT: Duration = Duration::from_millis(200);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn line(user_id: UserId, at: DateTime<Utc>) -> SignIn {
    SignIn {
        user_id,
        at,
        device: DeviceKind::Tv,
        place: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: None,
    }
}

async fn sign_in(store: &Store, time: &str) {
    store.insert_sign_in(&line(UserId::new(), at(time))).await.unwrap();
}

async fn run(store: &Store, now: &str) -> MaintenanceRun {
    maintain_partitions(store.partitions(), Steps::All, Lead::Anyway, LONG_TIMEOUT, at(now)).await.unwrap()
}

/// A store with sign-ins of an expired month, of the oldest month that is kept, and of now.
async fn with_history() -> TestStore {
    let store = TestStore::create().await;
    for time in ["2025-09-30T23:59:59.999999Z", "2025-10-01T00:00:00Z", "2026-11-25T14:00:00Z"] {
        sign_in(&store, time).await;
    }
    store
}

async fn lines(store: &TestStore) -> i64 {
    store.number("SELECT CAST(count(*) AS bigint) FROM sign_ins").await
}

async fn months(store: &Store) -> Vec<String> {
    let facts = store.partitions().read_inventory().await.unwrap();
    facts.sign_ins.months().iter().map(ToString::to_string).collect()
}

/// Asserts the state at [`NOW`] after [`with_history`] and complete maintenance.
async fn assert_kept(store: &TestStore) {
    assert_eq!(lines(store).await, 2, "kept rows exist and expired ones do not");
    let facts = store.partitions().read_inventory().await.unwrap();
    assert_eq!(facts.orphans, []);
    assert!(facts.sign_ins.leaves.iter().all(|leaf| !leaf.detach_pending && leaf.name != "sign_ins_202509"));
    let existing = months(store).await;
    for month in ["202510", "202611", "202612", "202701", "202702"] {
        assert!(store.is_embedded() || existing.contains(&month.to_owned()), "{month} is missing in {existing:?}");
    }
}

#[tokio::test]
async fn only_months_older_than_the_policy_are_dropped_and_the_boundary_month_stays() {
    let store = with_history().await;
    let report = run(&store, NOW).await;
    assert!(report.leader && report.work.left.is_empty(), "{report:?}");
    assert_kept(&store).await;
    assert!(!report.alarms.iter().any(|alarm| matches!(alarm, Alarm::ExpiredAttached(_))), "{:?}", report.alarms);
    let again = run(&store, NOW).await;
    assert!(again.work.done.is_empty(), "nothing is left to do: {again:?}");
}

#[tokio::test]
async fn a_longer_policy_keeps_what_a_shorter_one_would_drop() {
    let store = with_history().await;
    let longer = store.replica().await.with_policy(MaintenancePolicy::new(3, 14));
    run(&longer, NOW).await;
    assert_eq!(lines(&store).await, 3);
}

#[tokio::test]
async fn the_window_moves_over_the_year_and_the_leap_day_into_its_february() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    let store = store.replica().await.with_policy(MaintenancePolicy::new(2, 13));
    run(&store, "2027-12-31T23:59:59Z").await;
    let existing = months(&store).await;
    assert!(existing.contains(&"202802".into()) && !existing.contains(&"202803".into()), "{existing:?}");
    run(&store, "2028-01-01T00:00:00Z").await;
    assert!(months(&store).await.contains(&"202803".into()));
    sign_in(&store, "2028-02-29T23:59:59.999999Z").await;
    assert_eq!(run(&store, "2028-03-01T00:00:00Z").await.alarms, []);
}

#[tokio::test]
async fn months_begin_and_end_in_utc_for_instants_of_any_offset() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    sign_in(&store, "2027-01-01T00:00:00+14:00").await;
    sign_in(&store, "2026-12-31T23:59:59-12:00").await;
    let count = async |month: &str| store.number(&format!("SELECT count(*) FROM sign_ins_{month}")).await;
    assert_eq!((count("202612").await, count("202701").await), (1, 1));
}

#[tokio::test]
async fn a_sign_in_of_the_far_future_is_kept_raises_an_alarm_and_hides_no_gap() {
    let store = with_history().await;
    sign_in(&store, "2099-06-01T00:00:00Z").await;
    assert_eq!(lines(&store).await, 4);
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    run(&store, NOW).await;
    store.sql("DROP TABLE sign_ins_202701").await;
    let facts = store.partitions().read_inventory().await.unwrap();
    let raised = account_partitions::alarms(&facts, store.partitions().policy(), at(NOW));
    let kinds: Vec<_> = raised.iter().map(Alarm::kind).collect();
    assert_eq!(kinds, ["month_missing", "stray_month"]);
    assert_eq!(run(&store, NOW).await.alarms.len(), 1, "the gap is closed, the stray month stays");
    assert_eq!(lines(&store).await, 3);
}

#[tokio::test]
async fn a_user_of_an_unknown_region_is_in_the_catch_all_cell_and_raises_an_alarm() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    store.user(None).await;
    assert_eq!(run(&store, NOW).await.alarms, [], "users without a region belong there");
    assert_eq!(store.user(Some("QQ-XXX")).await.cell.number(), 0);
    assert_eq!(run(&store, NOW).await.alarms, [Alarm::Unplaced(1)]);
}

#[tokio::test]
async fn a_cell_without_a_leaf_raises_an_alarm_and_gets_one_by_a_sign_up_or_by_maintenance() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    store.sql("DROP TABLE users_c021; DROP TABLE users_c022").await;
    store.insert_user(&new_user(&store.region_map, Some("KZ"))).await.unwrap();
    let facts = store.partitions().read_inventory().await.unwrap();
    let raised = account_partitions::alarms(&facts, store.partitions().policy(), SystemClock.now());
    assert_eq!(raised.iter().map(Alarm::kind).collect::<Vec<_>>(), ["cell_without_leaf"]);
    assert!(!run(&store, NOW).await.alarms.iter().any(|alarm| alarm.kind() == "cell_without_leaf"));
}

#[tokio::test]
async fn tables_are_analysed_once_in_twenty_hours() {
    let store = TestStore::create().await;
    if store.is_embedded() {
        return; // SQLite has no partitions
    }
    let analysed = |report: &MaintenanceRun| report.work.done.iter().any(|done| done == "analysed users");
    assert!(analysed(&run(&store, NOW).await));
    assert!(!analysed(&run(&store, "2026-11-26T10:59:59Z").await));
    assert!(analysed(&run(&store, "2026-11-26T11:00:00Z").await));
    let facts = store.partitions().read_inventory().await.unwrap();
    assert!(facts.users.leaves.iter().all(|leaf| leaf.rows == Some(0) && leaf.bytes.is_some()));
}

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
