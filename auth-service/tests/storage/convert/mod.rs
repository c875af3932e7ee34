//! Conversion of plain tables to partitions and back, under writes. PostgreSQL only: SQLite has no partitions.

mod crashes;
mod locks;
mod new_leaves;
mod plain;
mod refusals;
mod under_load;
mod writers;
