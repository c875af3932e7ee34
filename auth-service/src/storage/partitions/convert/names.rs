//! Names of tables, triggers and locks during a conversion.

use std::fmt;

use crate::storage::partitions::tables::Partitioned;

/// A table that is not partitioned in old installations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainTable {
    /// Accounts.
    Users,
    /// The history of sign-ins.
    SignIns,
}

impl PlainTable {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Users, Self::SignIns];

    /// The partitioned table.
    pub(super) const fn partitioned(self) -> Partitioned {
        match self {
            Self::Users => Partitioned::Users,
            Self::SignIns => Partitioned::SignIns,
        }
    }

    /// Name of the table in use, plain or partitioned.
    pub const fn name(self) -> &'static str {
        self.partitioned().name()
    }

    /// The partitioned table while the plain one is in use.
    pub(super) const fn copy(self) -> &'static str {
        match self {
            Self::Users => "users_v2",
            Self::SignIns => "sign_ins_v2",
        }
    }

    /// The plain table while the partitioned one is in use.
    pub(super) const fn kept(self) -> &'static str {
        match self {
            Self::Users => "users_plain",
            Self::SignIns => "sign_ins_plain",
        }
    }

    /// Trigger on the plain table, and its function.
    pub(super) const fn mirror(self) -> &'static str {
        match self {
            Self::Users => "users_mirror",
            Self::SignIns => "sign_ins_mirror",
        }
    }

    /// Trigger on the partitioned table, and its function.
    pub(super) const fn mirror_back(self) -> &'static str {
        match self {
            Self::Users => "users_mirror_back",
            Self::SignIns => "sign_ins_mirror_back",
        }
    }

    /// Columns of the key and their types.
    pub(super) const fn key(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Users => [("id", "uuid"), ("cell", "smallint")],
            Self::SignIns => [("user_id", "uuid"), ("at", "timestamptz")],
        }
    }

    /// Second half of the advisory lock that restricts its conversion to one process.
    pub(super) const fn lock(self) -> i32 {
        match self {
            Self::Users => 1,
            Self::SignIns => 2,
        }
    }
}

impl fmt::Display for PlainTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
