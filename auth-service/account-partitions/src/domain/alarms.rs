//! Checks of the inventory: the alarms that it raises.

use chrono::{DateTime, TimeDelta, Utc};

use super::alarm::{Alarm, MAX_LEAF_ROWS};
use super::inventory::{Bound, PartitionInventory, Table};
use super::month::Month;
use super::policy::MaintenancePolicy;
use super::regions::MAX_CELLS;

/// Grace period after the turn of a month before missing maintenance raises an alarm. Replicas check at different
/// times; one that checks right after midnight must not report what the leader does a minute later.
const GRACE: TimeDelta = TimeDelta::days(1);

/// Current alarms, in a stable order. Always empty on the embedded database, which has no partitions.
pub fn alarms(inventory: &PartitionInventory, policy: MaintenancePolicy, now: DateTime<Utc>) -> Vec<Alarm> {
    let mut found = Vec::new();
    if inventory.embedded {
        return found;
    }
    for table in inventory.tables() {
        if table.partitioned {
            check_leaves(table, &mut found);
        } else {
            found.push(Alarm::NotPartitioned(table.name.clone()));
        }
    }
    if inventory.sign_ins.partitioned {
        check_months(inventory, policy, now, &mut found);
    }
    if inventory.users.partitioned {
        check_cells(inventory, &mut found);
    }
    found.sort_unstable();
    found
}

fn check_leaves(table: &Table, found: &mut Vec<Alarm>) {
    if table.leaves.len() > MAX_CELLS {
        found.push(Alarm::TooManyLeaves(table.name.clone(), table.leaves.len()));
    }
    for leaf in &table.leaves {
        if leaf.detach_pending {
            found.push(Alarm::DetachPending(leaf.name.clone()));
        }
        if leaf.bound == Bound::Default {
            found.push(Alarm::DefaultLeaf(leaf.name.clone()));
        }
    }
}

fn check_months(inventory: &PartitionInventory, policy: MaintenancePolicy, now: DateTime<Utc>, found: &mut Vec<Alarm>) {
    let a_day_ago = now - GRACE;
    let existing = inventory.sign_ins.months();
    // A day ago this was the end of the window; the current month is needed at any hour.
    let required = policy.window(a_day_ago).filter(|month| month.end() > now).chain(Month::of(now));
    let mut missing: Vec<_> = required.filter(|month| !existing.contains(month)).collect();
    missing.sort_unstable();
    missing.dedup();
    found.extend(missing.into_iter().map(Alarm::MonthMissing));
    for leaf in inventory.sign_ins.attached() {
        let Some(month) = leaf.bound.month() else { continue };
        if policy.has_expired(month, a_day_ago) {
            found.push(Alarm::ExpiredAttached(leaf.name.clone()));
        }
        if MaintenancePolicy::is_stray(month, now) {
            found.push(Alarm::StrayMonth(leaf.name.clone()));
        }
    }
    found.extend(inventory.orphans.iter().map(|orphan| Alarm::Detached(orphan.name.clone())));
}

fn check_cells(inventory: &PartitionInventory, found: &mut Vec<Alarm>) {
    if inventory.unplaced > 0 {
        found.push(Alarm::Unplaced(inventory.unplaced));
    }
    found.extend(inventory.cells.difference(&inventory.users.cells()).copied().map(Alarm::CellWithoutLeaf));
    let large =
        inventory.users.leaves.iter().filter_map(|leaf| Some((leaf, leaf.rows.filter(|rows| *rows > MAX_LEAF_ROWS)?)));
    found.extend(large.map(|(leaf, rows)| Alarm::LeafTooLarge(leaf.name.clone(), rows)));
}

#[cfg(test)]
mod tests {
    use super::super::alarm::Severity;
    use super::super::cell::Cell;
    use super::super::inventory::{Leaf, OrphanTable};
    use super::*;

    const NOW: &str = "2026-11-25T15:00:00Z";

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn leaf(name: impl Into<String>, bound: Bound) -> Leaf {
        Leaf { name: name.into(), bound, rows: Some(10), bytes: Some(8192), detach_pending: false }
    }

    fn month_leaf(text: &str) -> Leaf {
        leaf(format!("sign_ins_{text}"), Bound::Month(month(text)))
    }

    fn cell_leaf(number: i16) -> Leaf {
        leaf(format!("users_c{number:03}"), Bound::Cell(Cell::new(number)))
    }

    fn table(name: &str, leaves: Vec<Leaf>) -> Table {
        Table { name: name.into(), partitioned: true, leaves }
    }

    /// A healthy state on 25 November 2026.
    fn healthy() -> PartitionInventory {
        PartitionInventory {
            embedded: false,
            users: table("users", vec![cell_leaf(0), cell_leaf(1)]),
            sign_ins: table("sign_ins", ["202510", "202611", "202612", "202701", "202702"].map(month_leaf).into()),
            user_directory: table("user_directory", vec![leaf("user_directory_p00", Bound::Other("hash".into()))]),
            user_logins: table("user_logins", vec![leaf("user_logins_p00", Bound::Other("hash".into()))]),
            orphans: Vec::new(),
            cells: [0, 1].map(Cell::new).into(),
            unplaced: 0,
        }
    }

    fn at(now: &str, inventory: &PartitionInventory) -> Vec<Alarm> {
        alarms(inventory, MaintenancePolicy::default(), now.parse().unwrap())
    }

    /// The alarms after `change` is applied to a healthy state.
    fn after(change: impl FnOnce(&mut PartitionInventory)) -> Vec<Alarm> {
        let mut inventory = healthy();
        change(&mut inventory);
        at(NOW, &inventory)
    }

    #[test]
    fn a_healthy_inventory_raises_no_alarm() {
        assert_eq!(after(|_| ()), []);
    }

    #[test]
    fn a_missing_month_raises_an_alarm_and_a_far_future_one_does_not_hide_the_gap() {
        for missing in ["202611", "202612", "202701", "202702"] {
            let raised =
                after(|inventory| inventory.sign_ins.leaves.retain(|leaf| leaf.bound.month() != Some(month(missing))));
            assert_eq!(raised, [Alarm::MonthMissing(month(missing))]);
        }
        let raised = after(|inventory| {
            inventory.sign_ins.leaves.retain(|leaf| leaf.bound.month() != Some(month("202701")));
            inventory.sign_ins.leaves.push(month_leaf("209901"));
        });
        assert_eq!(raised, [Alarm::MonthMissing(month("202701")), Alarm::StrayMonth("sign_ins_209901".into())]);
    }

    #[test]
    fn a_month_that_is_being_detached_counts_as_missing() {
        let raised = after(|inventory| inventory.sign_ins.leaves[2].detach_pending = true);
        let pending = Alarm::DetachPending("sign_ins_202612".into());
        assert_eq!(raised, [Alarm::MonthMissing(month("202612")), pending]);
    }

    #[test]
    fn the_turn_of_a_month_raises_alarms_only_after_a_day() {
        let inventory = healthy();
        assert_eq!(at("2026-12-01T00:05:00Z", &inventory), []);
        let raised = [Alarm::MonthMissing(month("202703")), Alarm::ExpiredAttached("sign_ins_202510".into())];
        assert_eq!(at("2026-12-02T00:00:00Z", &inventory), raised);
    }

    #[test]
    fn a_missing_current_month_raises_an_alarm_at_once() {
        let mut inventory = healthy();
        inventory.sign_ins.leaves.retain(|leaf| leaf.bound.month() != Some(month("202612")));
        assert_eq!(at("2026-12-01T00:00:00Z", &inventory), [Alarm::MonthMissing(month("202612"))]);
    }

    #[test]
    fn an_expired_leaf_raises_an_alarm_and_the_oldest_kept_one_does_not() {
        let raised = after(|inventory| inventory.sign_ins.leaves.push(month_leaf("202509")));
        assert_eq!(raised, [Alarm::ExpiredAttached("sign_ins_202509".into())]);
    }

    #[test]
    fn a_detached_table_raises_an_alarm() {
        let orphan = OrphanTable { name: "sign_ins_202509".into(), month: month("202509") };
        assert_eq!(after(|inventory| inventory.orphans.push(orphan)), [Alarm::Detached("sign_ins_202509".into())]);
    }

    #[test]
    fn a_default_partition_raises_an_alarm_in_every_table() {
        let raised = after(|inventory| inventory.user_logins.leaves.push(leaf("other", Bound::Default)));
        assert_eq!(raised, [Alarm::DefaultLeaf("other".into())]);
        let raised = after(|inventory| inventory.sign_ins.leaves.push(leaf("other", Bound::Default)));
        assert_eq!(raised, [Alarm::DefaultLeaf("other".into())]);
    }

    #[test]
    fn unplaced_accounts_raise_an_alarm() {
        assert_eq!(after(|inventory| inventory.unplaced = 2), [Alarm::Unplaced(2)]);
    }

    #[test]
    fn a_leaf_raises_an_alarm_from_the_first_row_beyond_five_million() {
        assert_eq!(after(|inventory| inventory.users.leaves[1].rows = Some(5_000_000)), []);
        let raised = after(|inventory| inventory.users.leaves[1].rows = Some(5_000_001));
        assert_eq!(raised, [Alarm::LeafTooLarge("users_c001".into(), 5_000_001)]);
        assert_eq!(after(|inventory| inventory.users.leaves[1].rows = None), [], "never analysed is not large");
    }

    #[test]
    fn the_129th_leaf_raises_an_alarm() {
        let with = |count: i16| after(|inventory| inventory.users.leaves = (0..count).map(cell_leaf).collect());
        assert_eq!(with(128), []);
        assert_eq!(with(129), [Alarm::TooManyLeaves("users".into(), 129)]);
    }

    #[test]
    fn a_cell_without_a_leaf_raises_an_alarm() {
        let raised = after(|inventory| inventory.cells = [0, 1, 2].map(Cell::new).into());
        assert_eq!(raised, [Alarm::CellWithoutLeaf(Cell::new(2))]);
    }

    #[test]
    fn a_month_beyond_every_policy_raises_an_alarm_and_one_within_the_longest_policy_does_not() {
        assert_eq!(after(|inventory| inventory.sign_ins.leaves.push(month_leaf("202811"))), []);
        let raised = after(|inventory| inventory.sign_ins.leaves.push(month_leaf("202812")));
        assert_eq!(raised, [Alarm::StrayMonth("sign_ins_202812".into())]);
    }

    #[test]
    fn plain_tables_raise_notes_on_a_server_and_none_when_embedded() {
        let plain = |inventory: &mut PartitionInventory| {
            for table in [
                &mut inventory.users,
                &mut inventory.sign_ins,
                &mut inventory.user_directory,
                &mut inventory.user_logins,
            ] {
                table.partitioned = false;
            }
        };
        let raised = after(plain);
        assert_eq!(raised.len(), 4);
        assert!(raised.iter().all(|alarm| alarm.severity() == Severity::Note), "{raised:?}");
        let embedded = after(|inventory| {
            plain(inventory);
            inventory.embedded = true;
        });
        assert_eq!(embedded, []);
    }
}
