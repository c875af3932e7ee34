//! The four partitioned tables, and their DDL.

/// A table that is partitioned on PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitioned {
    /// Accounts, a leaf for each cell.
    Users,
    /// Sign-in history, a leaf for each month.
    SignIns,
    /// Cell of each user id, by hash of the id.
    UserDirectory,
    /// Owner of each login, by hash of the login.
    UserLogins,
}

/// Number of leaves of a directory. Hard to change once they are full; unused ones cost almost nothing.
const HASH_LEAVES: u32 = 16;

impl Partitioned {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Users, Self::SignIns, Self::UserDirectory, Self::UserLogins];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::SignIns => "sign_ins",
            Self::UserDirectory => "user_directory",
            Self::UserLogins => "user_logins",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Users => "LIST (cell)",
            Self::SignIns => "RANGE (at)",
            Self::UserDirectory => "HASH (user_id)",
            Self::UserLogins => "HASH (login)",
        }
    }

    /// Columns of its primary key. Never the partition column first: a look-up by the rest would then be a scan.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Users => "id, cell",
            Self::SignIns => "user_id, at",
            Self::UserDirectory => "user_id",
            Self::UserLogins => "kind, login",
        }
    }

    /// Its other index: suffix of the name, and columns.
    pub const fn index(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Users => Some(("region_birth_date", "region, birth_date")),
            Self::UserLogins => Some(("user_id", "user_id")),
            Self::SignIns | Self::UserDirectory => None,
        }
    }

    /// SQL that creates an empty partitioned table `new` with the columns of the table `like`. Key and index are added
    /// by [`Self::create_keys`], once no other table uses their names.
    pub fn create_like(self, new: &str, like: &str) -> String {
        let method = self.method();
        format!("CREATE TABLE {new} (LIKE {like} INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY {method};\n")
    }

    /// SQL that creates key and index of table `table`, named after it.
    pub fn create_keys(self, table: &str) -> String {
        let mut sql = format!("ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({});\n", self.key());
        if let Some((name, columns)) = self.index() {
            sql.push_str(&format!("CREATE INDEX {table}_{name} ON {table} ({columns});\n"));
        }
        sql
    }

    /// SQL that renames key and index of table `from` after table `to`. A plain table may lack the index.
    pub fn rename_keys(self, from: &str, to: &str) -> String {
        let rename = |end: &str| format!("ALTER INDEX IF EXISTS {from}_{end} RENAME TO {to}_{end};\n");
        rename("pkey") + &self.index().map(|(name, _)| rename(name)).unwrap_or_default()
    }

    /// SQL that replaces the plain table, which must be empty, by a partitioned one.
    pub fn replace_empty(self) -> String {
        let (name, mut sql) = (self.name(), String::new());
        if self == Self::UserLogins {
            // Byte-wise comparison: the collation of the database is slower and differs by machine.
            sql.push_str("ALTER TABLE user_logins ALTER COLUMN login TYPE text COLLATE \"C\";\n");
        }
        sql.push_str(&self.create_like("partitioned", name));
        sql.push_str(&format!("DROP TABLE {name};\nALTER TABLE partitioned RENAME TO {name};\n"));
        sql.push_str(&self.create_keys(name));
        sql.push_str(&self.hash_leaves(name));
        sql
    }

    /// SQL that creates the leaves of a directory; empty for the others, whose leaves are created one by one.
    fn hash_leaves(self, table: &str) -> String {
        if !matches!(self, Self::UserDirectory | Self::UserLogins) {
            return String::new();
        }
        let leaf = |number: u32| {
            format!(
                "CREATE TABLE {table}_p{number:02} PARTITION OF {table} \
                 FOR VALUES WITH (MODULUS {HASH_LEAVES}, REMAINDER {number});\n"
            )
        };
        (0..HASH_LEAVES).map(leaf).collect()
    }
}
