//! `partitions …`: where accounts and sign-ins are kept, and how that is changed.

mod load_regions;

use std::path::PathBuf;

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
}

/// Does what the command line says.
///
/// # Errors
/// With a text for whoever typed it.
pub async fn run(config: &Config, command: PartitionsCommand) -> anyhow::Result<()> {
    let store = app::open_store(config).await?;
    match command {
        PartitionsCommand::LoadRegions { file } => load_regions::load(&store, &file).await,
    }
}
