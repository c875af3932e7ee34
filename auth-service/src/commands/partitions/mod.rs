//! `partitions …`: where accounts and sign-ins are kept, and how that is changed.

mod convert;
mod load_regions;

use std::path::PathBuf;

use clap::Subcommand;

use super::say;
use crate::app;
use crate::config::Config;
use convert::Deed;
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
        PartitionsCommand::Convert { table } => convert::run(&store, table, Deed::Convert).await,
        PartitionsCommand::Revert { table } => convert::run(&store, table, Deed::Revert).await,
        PartitionsCommand::Finish { table } => convert::run(&store, table, Deed::Finish).await,
    }
}
