//! Partition inventory, read from the database's catalogue.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::cell::Cell;
use super::month::Month;

/// The four partitioned tables, their orphans and the cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartitionInventory {
    /// `true` for the embedded database, which has no partitions.
    pub embedded: bool,
    /// Accounts, by cell.
    pub users: Table,
    /// Sign-in history, by month.
    pub sign_ins: Table,
    /// Cell of each account, by hash.
    pub user_directory: Table,
    /// Owner of each login, by hash.
    pub user_logins: Table,
    /// Tables named like partitions of months that were detached and not dropped.
    pub orphans: Vec<OrphanTable>,
    /// Every cell that accounts may be placed in.
    pub cells: BTreeSet<Cell>,
    /// Accounts in the catch-all cell whose region is in no plan, as far as counted; 0 where accounts are not
    /// partitioned.
    pub unplaced: u64,
}

/// A table that may be partitioned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// `true` when it is partitioned.
    pub partitioned: bool,
    /// Its leaves; a plain table counts as its own only leaf.
    pub leaves: Vec<Leaf>,
}

/// A leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its name.
    pub name: String,
    /// Rows that it accepts.
    pub bound: Bound,
    /// Row count at the last ANALYZE; `None` if it was never analysed. In the embedded database a count, capped at a
    /// million.
    pub rows: Option<u64>,
    /// Its size on disk with its indexes, in bytes, if known.
    pub bytes: Option<u64>,
    /// `true` when detaching it was begun and not finished.
    pub detach_pending: bool,
}

/// Rows that a leaf accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Accounts of a cell.
    Cell(Cell),
    /// Sign-ins of a month.
    Month(Month),
    /// Those that no other leaf takes.
    Default,
    /// Another bound, as PostgreSQL prints it; empty for a plain table.
    Other(String),
}

/// A detached table with the name of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanTable {
    /// Its name.
    pub name: String,
    /// The month in its name.
    pub month: Month,
}

impl PartitionInventory {
    /// The four tables.
    pub fn tables(&self) -> [&Table; 4] {
        [&self.users, &self.sign_ins, &self.user_directory, &self.user_logins]
    }
}

impl Table {
    /// Leaves that are not being detached. Those that are accept no more rows.
    pub fn attached(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| !leaf.detach_pending)
    }

    /// Months that have a leaf, lowest first.
    pub fn months(&self) -> BTreeSet<Month> {
        self.attached().filter_map(|leaf| leaf.bound.month()).collect()
    }

    /// Cells that have a leaf, lowest first.
    pub fn cells(&self) -> BTreeSet<Cell> {
        let cell = |leaf: &Leaf| if let Bound::Cell(cell) = leaf.bound { Some(cell) } else { None };
        self.attached().filter_map(cell).collect()
    }

    /// Number of partitions; 0 for a plain table.
    pub fn partitions(&self) -> usize {
        if self.partitioned { self.leaves.len() } else { 0 }
    }
}

impl Bound {
    /// Parses the output of `pg_get_expr(relpartbound, oid)`. Instants may have any offset of the session.
    pub fn parse(text: &str) -> Self {
        let known = match text {
            "DEFAULT" => Some(Self::Default),
            _ => parse_cell(text).map(Self::Cell).or_else(|| parse_month(text).map(Self::Month)),
        };
        known.unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    /// The month of a month's leaf.
    pub const fn month(&self) -> Option<Month> {
        if let Self::Month(month) = self { Some(*month) } else { None }
    }
}

fn parse_cell(text: &str) -> Option<Cell> {
    let list = text.strip_prefix("FOR VALUES IN (")?.strip_suffix(')')?;
    list.trim_matches('\'').parse().ok().map(Cell::new)
}

/// A range counts as a month only if it begins and ends with it.
fn parse_month(text: &str) -> Option<Month> {
    let (from, to) = text.strip_prefix("FOR VALUES FROM ('")?.strip_suffix("')")?.split_once("') TO ('")?;
    let instant = |text: &str| {
        DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok().map(|instant| instant.with_timezone(&Utc))
    };
    let month = Month::of(instant(from)?)?;
    (month.start() == instant(from)? && month.end() == instant(to)?).then_some(month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_the_database_writes_them() {
        let month = |text| Bound::Month(Month::parse(text).unwrap());
        for (text, bound) in [
            ("FOR VALUES IN ('7')", Bound::Cell(Cell::new(7))),
            ("FOR VALUES IN (0)", Bound::Cell(Cell::new(0))),
            ("FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')", month("202612")),
            // The same in sessions with the time zones of Moscow and of Newfoundland.
            ("FOR VALUES FROM ('2026-12-01 03:00:00+03') TO ('2027-01-01 03:00:00+03')", month("202612")),
            ("FOR VALUES FROM ('2028-01-31 20:30:00-03:30') TO ('2028-02-29 20:30:00-03:30')", month("202802")),
            ("DEFAULT", Bound::Default),
        ] {
            assert_eq!(Bound::parse(text), bound, "{text}");
        }
    }

    #[test]
    fn other_bounds_stay_text() {
        for text in [
            "FOR VALUES IN ('1', '2')",
            "FOR VALUES WITH (modulus 16, remainder 3)",
            "FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')",
            "FOR VALUES FROM ('2026-12-01 00:00:01+00') TO ('2027-01-01 00:00:00+00')",
            "FOR VALUES FROM (MINVALUE) TO ('2027-01-01 00:00:00+00')",
            "",
        ] {
            assert_eq!(Bound::parse(text), Bound::Other(text.to_owned()));
        }
    }
}
