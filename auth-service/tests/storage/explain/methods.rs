//! Methods of the store, read from its sources.

use std::collections::BTreeSet;
use std::path::Path;

/// Names of all methods that may access the database.
pub fn methods() -> BTreeSet<String> {
    const BLOCKS: [&str; 2] = ["impl Store {", "impl AccountPartitions {"];
    fn collect(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, names);
                continue;
            }
            let mut of_store = false;
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                of_store = if line.starts_with("impl") { BLOCKS.contains(&line) } else { of_store };
                let name = line.strip_prefix("    pub async fn ").and_then(|rest| rest.split(['(', '<']).next());
                names.extend(name.filter(|_| of_store).map(str::to_owned));
            }
        }
    }
    let mut names = BTreeSet::new();
    for folder in ["account-storage/src", "account-partitions/src/storage"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    names
}

/// Methods that serve no request: they open and close the pool, or run DDL, which has no plan.
pub const WITHOUT_PLANS: [&str; 21] = [
    "connect",
    "open",
    "open_read_only",
    "keep_probing_writes",
    "close",
    "migrate",
    "is_migrated",
    "ping",
    "ensure_leaves",
    // Others that are exercised write through these.
    "write_in_cell",
    "write_in_month",
    "create_missing_month",
    // Partition maintenance reads the system catalogue and changes partitions. It and the commands count rows of one
    // cell, or of no account.
    "read_inventory",
    "count_users_by_cell",
    "lead",
    "finish_detaching",
    "drop_expired",
    "analyse_when_due",
    "delete_expired",
    "count_expired",
    "explain_hot_statements",
];
