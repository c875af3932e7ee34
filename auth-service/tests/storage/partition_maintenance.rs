//! Partition maintenance: creation and expiry of months, with the alarms that it raises.

use std::time::Duration;

use account_partitions::{Alarm, Lead, MaintenancePolicy, MaintenanceRun, Steps, maintain_partitions};
use account_storage::Store;
use accounts::{ClientLocation, SignIn, SignInMethod, SignInResult};
use chrono::{DateTime, Utc};
use contracts::auth::devices::DeviceKind;
use contracts::ids::UserId;
use service_kit::{Clock, SystemClock};

use crate::support::{TestStore, new_user};

pub const NOW: &str = "2026-11-25T15:00:00Z";
/// Longer than the locks that tests hold and release.
pub const LONG_TIMEOUT: Duration = Duration::from_secs(10);

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn line(user_id: UserId, at: DateTime<Utc>) -> SignIn {
    SignIn {
        user_id,
        at,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: None,
    }
}

pub async fn sign_in(store: &Store, time: &str) {
    store.insert_sign_in(&line(UserId::new(), at(time))).await.unwrap();
}

pub async fn run(store: &Store, now: &str) -> MaintenanceRun {
    maintain_partitions(store.partitions(), Steps::All, Lead::Anyway, LONG_TIMEOUT, at(now)).await.unwrap()
}

/// A store with sign-ins of an expired month, of the oldest month that is kept, and of now.
pub async fn with_history() -> TestStore {
    let store = TestStore::create().await;
    for time in ["2025-09-30T23:59:59.999999Z", "2025-10-01T00:00:00Z", "2026-11-25T14:00:00Z"] {
        sign_in(&store, time).await;
    }
    store
}

pub async fn lines(store: &TestStore) -> i64 {
    store.number("SELECT CAST(count(*) AS bigint) FROM sign_ins").await
}

pub async fn months(store: &Store) -> Vec<String> {
    let facts = store.partitions().read_inventory().await.unwrap();
    facts.sign_ins.months().iter().map(ToString::to_string).collect()
}

/// Asserts the state at [`NOW`] after [`with_history`] and complete maintenance.
pub async fn assert_kept(store: &TestStore) {
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
    store.insert_user(&new_user(&store.region_map, Some("KZ")), None).await.unwrap();
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
