//! Names of tables, triggers and locks during a conversion.

use std::fmt;

use account_partitions::storage::Partitioned;

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
    pub const fn partitioned(self) -> Partitioned {
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
    pub(crate) const fn copy(self) -> &'static str {
        match self {
            Self::Users => "users_v2",
            Self::SignIns => "sign_ins_v2",
        }
    }

    /// The plain table while the partitioned one is in use.
    pub(crate) const fn kept(self) -> &'static str {
        match self {
            Self::Users => "users_plain",
            Self::SignIns => "sign_ins_plain",
        }
    }

    /// Trigger on the plain table, and its function.
    pub(crate) const fn mirror(self) -> &'static str {
        match self {
            Self::Users => "users_mirror",
            Self::SignIns => "sign_ins_mirror",
        }
    }

    /// Trigger on the partitioned table, and its function.
    pub(crate) const fn mirror_back(self) -> &'static str {
        match self {
            Self::Users => "users_mirror_back",
            Self::SignIns => "sign_ins_mirror_back",
        }
    }

    /// Columns of the key and their types.
    pub(crate) const fn key(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Users => [("id", "uuid"), ("cell", "smallint")],
            Self::SignIns => [("user_id", "uuid"), ("at", "timestamptz")],
        }
    }

    /// Second half of the advisory lock that restricts its conversion to one process.
    pub(crate) const fn lock(self) -> i32 {
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

#[cfg(test)]
mod tests {
    use account_partitions::storage::{COPY_SUFFIX, KEPT_SUFFIX};

    use super::*;

    #[test]
    fn both_copies_have_the_names_by_which_maintenance_recognises_a_conversion() {
        for table in PlainTable::ALL {
            assert_eq!(table.copy(), format!("{table}{COPY_SUFFIX}"));
            assert_eq!(table.kept(), format!("{table}{KEPT_SUFFIX}"));
        }
    }
}
