//! `partitions …`: where accounts and sign-ins are kept, and how that is changed.

mod convert;
mod ensure;
mod expire;
mod load_regions;
mod plan;
mod residents;
mod status;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;

use super::say;
use crate::app;
use crate::config::Config;
use crate::storage::{MaintenanceReport, Store};

use convert::Operation;
pub use convert::Tables;

/// What can be done with regions, cells and partitions.
#[derive(Debug, Subcommand)]
pub enum PartitionsCommand {
    /// Adds or changes regions, cells and age policies from a file (TOML); docs/partitioning.md describes it. Running
    /// services follow within a minute. Accounts stay where they are until `place` moves them.
    LoadRegions {
        /// The file.
        file: PathBuf,
    },
    /// Moves accounts that are not where their region says: people who signed up before their region was known, or
    /// whose region got other cells.
    Place {
        /// Only people of this region.
        #[arg(long)]
        region: Option<String>,
        /// Only counts whom it would move.
        #[arg(long)]
        dry_run: bool,
    },
    /// Gives a region other cells and moves its accounts there, while they are in use.
    MoveRegion {
        /// Code of the region, such as RU-MOW or KZ.
        region: String,
        /// Numbers of its cells from now on, by commas; those that do not exist are made.
        #[arg(long, value_delimiter = ',', required = true)]
        to: Vec<i16>,
        /// How long to wait for running services to learn of it before late arrivals are moved as well; 0s leaves those to
        /// `place`.
        #[arg(long, default_value = "65s", value_parser = service_kit::settings::duration)]
        wait: Duration,
    },
    /// Adds cells beside one that has become too large, and moves their share of its accounts there, while they are in use.
    SplitCell {
        /// Number of the cell.
        cell: i16,
        /// How many there are afterwards, the old one included.
        #[arg(long, default_value_t = 2)]
        into: usize,
        /// As for `move-region`.
        #[arg(long, default_value = "65s", value_parser = service_kit::settings::duration)]
        wait: Duration,
    },
    /// Shows tables, partitions, rows, sizes, months, cells and alarms. Changes nothing. Row counts are the database's own
    /// estimates.
    Status,
    /// Makes the partitions that are missing (months ahead, cells), finishes what was begun, and gathers statistics once in
    /// 20 hours. The running server does the same every hour; safe beside it, and safe to repeat.
    Ensure,
    /// Takes away for good the months of sign-ins that are older than AUTH_SIGN_INS_KEEP_MONTHS. The running server does the
    /// same every hour; safe beside it, and safe to repeat.
    Expire {
        /// Only says what it would take away.
        #[arg(long)]
        dry_run: bool,
    },
    /// Shows how the database carries out the statements that requests need most, and how many partitions of users each
    /// looks into: never more than one.
    Plan,
    /// Turns plain tables into partitions while the service runs. Goes on where an earlier run stopped;
    /// docs/convert-to-partitions.md tells what it costs.
    Convert {
        /// Which tables.
        #[arg(long, value_enum, default_value = "all")]
        table: Tables,
    },
    /// Goes back to the plain tables that `convert` has kept, with everything written since.
    Revert {
        /// Which tables.
        #[arg(long, value_enum, default_value = "all")]
        table: Tables,
    },
    /// Keeps the tables that are in use, and drops the other copies and what keeps them up to date.
    Finish {
        /// Which tables.
        #[arg(long, value_enum, default_value = "all")]
        table: Tables,
    },
}

/// Does what the command line says.
///
/// # Errors
/// With a text for whoever typed it.
pub async fn run(config: &Config, command: PartitionsCommand) -> anyhow::Result<()> {
    let store = app::open_store(config).await?;
    match command {
        PartitionsCommand::LoadRegions { file } => load_regions::load(&store, &file).await,
        PartitionsCommand::Place { region, dry_run } => residents::place(&store, region.as_deref(), dry_run).await,
        PartitionsCommand::MoveRegion { region, to, wait } => residents::move_region(&store, &region, &to, wait).await,
        PartitionsCommand::SplitCell { cell, into, wait } => residents::split_cell(&store, cell, into, wait).await,
        PartitionsCommand::Status => status::show(&store).await,
        PartitionsCommand::Ensure => ensure::ensure(&store).await,
        PartitionsCommand::Expire { dry_run } => expire::expire(&store, dry_run).await,
        PartitionsCommand::Plan => plan::show(&store).await,
        PartitionsCommand::Convert { table } => convert::run(&store, table, Operation::Convert).await,
        PartitionsCommand::Revert { table } => convert::run(&store, table, Operation::Revert).await,
        PartitionsCommand::Finish { table } => convert::run(&store, table, Operation::Finish).await,
    }
}

/// Says what was done, a line each.
///
/// # Errors
/// When somebody was in the way of the rest.
fn tell(work: &MaintenanceReport) -> anyhow::Result<()> {
    work.done.iter().try_for_each(say)?;
    match work.left.as_slice() {
        [] if work.done.is_empty() => say("there was nothing to do"),
        [] => Ok(()),
        left => {
            bail!("{}\nsomebody was in the way; run this again, or leave the rest to the next hour", left.join("\n"))
        }
    }
}

/// The tables of a database that this version knows.
///
/// # Errors
/// When they are missing or old.
async fn expect_tables(store: &Store) -> anyhow::Result<()> {
    if store.is_migrated().await? { Ok(()) } else { bail!("tables are missing or old; run `auth-service migrate`") }
}
