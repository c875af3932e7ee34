//! Plain tables become partitions and plain tables again, while others write. PostgreSQL only: SQLite has no partitions.

mod crashes;
mod locks;
mod new_leaves;
mod plain;
mod refusals;
mod under_load;
mod writers;
