//! `partitions …`: placement and partitioning of accounts and sign-ins.

mod convert;
mod ensure;
mod expire;
mod load_regions;
mod placement;
mod plan;
mod status;

use std::path::PathBuf;
use std::time::Duration;

use account_partitions::MaintenanceReport;
use anyhow::bail;
use clap::Subcommand;

use super::say;
use crate::app;
use crate::config::Config;
use account_storage::Store;

use convert::Operation;
pub use convert::Tables;

/// Commands for regions, cells and partitions.
#[derive(Debug, Subcommand)]
pub enum PartitionsCommand {
    /// Adds or changes regions, cells and age policies from a file (TOML); docs/partitioning.md describes it. Running
    /// services apply it within a minute. Accounts stay in their cells until `place` moves them.
    LoadRegions {
        /// The file.
        file: PathBuf,
    },
    /// Moves accounts that are not in a cell of their region: users who signed up before their region was known, or in
    /// regions with changed cells.
    Place {
        /// Only accounts of this region.
        #[arg(long)]
        region: Option<String>,
        /// Only counts the accounts that it would move.
        #[arg(long)]
        dry_run: bool,
    },
    /// Assigns other cells to a region and moves its accounts there, while they are in use.
    MoveRegion {
        /// Code of the region, such as RU-MOW or KZ.
        region: String,
        /// Numbers of its new cells, separated by commas; missing ones are created.
        #[arg(long, value_delimiter = ',', required = true)]
        to: Vec<i16>,
        /// Time in which running services learn of the new cells, before accounts created meanwhile are moved as well;
        /// 0s leaves those to `place`.
        #[arg(long, default_value = "65s", value_parser = service_kit::settings::duration)]
        wait: Duration,
    },
    /// Adds cells beside one that has become too large, and moves their share of its accounts there, while they are in
    /// use.
    SplitCell {
        /// Number of the cell.
        cell: i16,
        /// Number of cells afterwards, including the old one.
        #[arg(long, default_value_t = 2)]
        into: usize,
        /// As for `move-region`.
        #[arg(long, default_value = "65s", value_parser = service_kit::settings::duration)]
        wait: Duration,
    },
    /// Shows tables, partitions, rows, sizes, months, cells and alarms. Changes nothing. Row counts are the database's
    /// own estimates.
    Status,
    /// Creates missing partitions (months ahead, cells), completes interrupted work, and gathers statistics once in 20
    /// hours. The running server does the same every hour; safe beside it, and safe to repeat.
    Ensure,
    /// Deletes permanently the months of sign-ins that are older than AUTH_SIGN_INS_KEEP_MONTHS. The running server
    /// does the same every hour; safe beside it, and safe to repeat.
    Expire {
        /// Only lists what it would delete.
        #[arg(long)]
        dry_run: bool,
    },
    /// Shows the query plans of the most frequent statements, and the number of partitions of users that each scans:
    /// never more than one.
    Plan,
    /// Partitions plain tables while the service runs. Resumes an earlier run; docs/convert-to-partitions.md describes
    /// its cost.
    Convert {
        /// Tables to convert.
        #[arg(long, value_enum, default_value = "all")]
        table: Tables,
    },
    /// Reverts to the plain tables kept by `convert`, with all later writes.
    Revert {
        /// Tables to revert.
        #[arg(long, value_enum, default_value = "all")]
        table: Tables,
    },
    /// Keeps the tables in use, and drops the other copies and their triggers.
    Finish {
        /// Tables to finish.
        #[arg(long, value_enum, default_value = "all")]
        table: Tables,
    },
}

/// Runs the command.
///
/// # Errors
/// With a text for the operator.
pub async fn run(config: &Config, command: PartitionsCommand) -> anyhow::Result<()> {
    let store = app::open_store(config).await?;
    let partitions = store.partitions();
    match command {
        PartitionsCommand::LoadRegions { file } => load_regions::load(partitions, &file).await,
        PartitionsCommand::Place { region, dry_run } => placement::place(partitions, region.as_deref(), dry_run).await,
        PartitionsCommand::MoveRegion { region, to, wait } => {
            placement::move_region(partitions, &region, &to, wait).await
        }
        PartitionsCommand::SplitCell { cell, into, wait } => placement::split_cell(partitions, cell, into, wait).await,
        PartitionsCommand::Status => status::show(&store).await,
        PartitionsCommand::Ensure => ensure::ensure(&store).await,
        PartitionsCommand::Expire { dry_run } => expire::expire(&store, dry_run).await,
        PartitionsCommand::Plan => plan::show(&store).await,
        PartitionsCommand::Convert { table } => convert::run(partitions, table, Operation::Convert).await,
        PartitionsCommand::Revert { table } => convert::run(partitions, table, Operation::Revert).await,
        PartitionsCommand::Finish { table } => convert::run(partitions, table, Operation::Finish).await,
    }
}

/// Prints the completed work, one line each.
///
/// # Errors
/// When other transactions prevented the rest.
fn print_report(work: &MaintenanceReport) -> anyhow::Result<()> {
    work.done.iter().try_for_each(say)?;
    match work.left.as_slice() {
        [] if work.done.is_empty() => say("there was nothing to do"),
        [] => Ok(()),
        left => {
            bail!("{}\nsomebody was in the way; run this again, or leave the rest to the next hour", left.join("\n"))
        }
    }
}

/// Checks that the tables are those of this version.
///
/// # Errors
/// When they are missing or old.
async fn expect_tables(store: &Store) -> anyhow::Result<()> {
    if store.is_migrated().await? { Ok(()) } else { bail!("tables are missing or old; run `auth-service migrate`") }
}
