//! Cells: the units of placement of accounts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The unit of placement of users: part of a region, or several small regions. On PostgreSQL each cell is a partition
/// of the users table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cell(i16);

impl Cell {
    /// Cell of users without a known region. It raises an alarm when users with an unknown region are in it.
    pub const UNPLACED: Self = Self(0);

    /// The cell with this number.
    pub const fn new(number: i16) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i16 {
        self.0
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
