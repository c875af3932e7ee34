//! Faults of the partitions, with their texts for operators.

use std::fmt;

use super::cell::Cell;
use super::month::Month;
use super::regions::MAX_CELLS;

/// Row count above which a leaf of accounts should be split.
pub const MAX_LEAF_ROWS: u64 = 5_000_000;

/// Severity of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Information only.
    Note,
    /// Needs attention.
    Warning,
}

/// A fault of the partitions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// A month of the window has no leaf.
    MonthMissing(Month),
    /// A leaf whose month has expired is still attached.
    ExpiredAttached(String),
    /// Detaching a leaf was begun and not finished.
    DetachPending(String),
    /// A table of a month is detached and was not dropped.
    Detached(String),
    /// A table has a leaf for everything that fits nowhere else.
    DefaultLeaf(String),
    /// This many accounts are in the catch-all cell because no plan has their region.
    Unplaced(u64),
    /// A leaf of accounts has this many rows.
    LeafTooLarge(String, u64),
    /// A table has this many leaves.
    TooManyLeaves(String, usize),
    /// A cell that accounts may be placed in has no leaf.
    CellWithoutLeaf(Cell),
    /// A leaf lies so far ahead that a clock must have been wrong.
    StrayMonth(String),
    /// On PostgreSQL, a table is still plain.
    NotPartitioned(String),
}

impl Alarm {
    /// All kinds.
    pub const KINDS: [&'static str; 11] = [
        "month_missing",
        "expired_attached",
        "detach_pending",
        "detached",
        "default_leaf",
        "unplaced",
        "leaf_too_large",
        "too_many_leaves",
        "cell_without_leaf",
        "stray_month",
        "not_partitioned",
    ];

    /// Its kind, for metric labels and clients.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::MonthMissing(_) => "month_missing",
            Self::ExpiredAttached(_) => "expired_attached",
            Self::DetachPending(_) => "detach_pending",
            Self::Detached(_) => "detached",
            Self::DefaultLeaf(_) => "default_leaf",
            Self::Unplaced(_) => "unplaced",
            Self::LeafTooLarge(..) => "leaf_too_large",
            Self::TooManyLeaves(..) => "too_many_leaves",
            Self::CellWithoutLeaf(_) => "cell_without_leaf",
            Self::StrayMonth(_) => "stray_month",
            Self::NotPartitioned(_) => "not_partitioned",
        }
    }

    /// Severity of the alarm. Plain tables serve all requests; only maintenance by partition is unavailable on them.
    pub const fn severity(&self) -> Severity {
        if let Self::NotPartitioned(_) = self { Severity::Note } else { Severity::Warning }
    }

    /// `true` when both concern the same object, even if a count differs.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unplaced(_), Self::Unplaced(_)) => true,
            (Self::LeafTooLarge(one, _), Self::LeafTooLarge(two, _))
            | (Self::TooManyLeaves(one, _), Self::TooManyLeaves(two, _)) => one == two,
            _ => self == other,
        }
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MonthMissing(month) => write!(f, "month {month} has no partition of sign_ins"),
            Self::ExpiredAttached(leaf) => write!(f, "{leaf} is older than what is kept and still attached"),
            Self::DetachPending(leaf) => write!(f, "detaching {leaf} was begun and not finished"),
            Self::Detached(leaf) => write!(f, "{leaf} is detached and not dropped"),
            Self::DefaultLeaf(leaf) => {
                write!(f, "{leaf} is a DEFAULT partition, which keeps others from coming and going")
            }
            Self::Unplaced(count) => {
                write!(f, "{count} accounts are in the catch-all cell 0 because no plan knows their region")
            }
            Self::LeafTooLarge(leaf, rows) => {
                write!(f, "{leaf} has about {rows} rows, more than {MAX_LEAF_ROWS}: split the cell")
            }
            Self::TooManyLeaves(table, count) => {
                write!(f, "{table} has {count} partitions, more than {MAX_CELLS}: planning gets slow")
            }
            Self::CellWithoutLeaf(cell) => write!(f, "cell {cell} has no partition of users"),
            Self::StrayMonth(leaf) => write!(f, "{leaf} lies far in the future: a clock was wrong"),
            Self::NotPartitioned(table) => {
                write!(f, "{table} is not partitioned: run `auth-service partitions convert`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_grows_is_the_same_alarm() {
        assert!(Alarm::Unplaced(1).is_same_as(&Alarm::Unplaced(2)));
        assert!(!Alarm::CellWithoutLeaf(Cell::new(1)).is_same_as(&Alarm::CellWithoutLeaf(Cell::new(2))));
    }
}
