//! `partitions …`: where accounts and sign-ins are kept, and how that is changed.

mod load_regions;
mod residents;

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;

use super::say;
use crate::app;
use crate::config::Config;

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
    }
}
