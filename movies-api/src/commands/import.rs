//! `movies-api import PATH`: brings films into the catalogue.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::Utc;
use contracts::movies::access::Tier;
use service_kit::server::{self, RunningServer, ServerSettings};
use service_kit::{Readiness, Routes};
use tokio::sync::watch;

use crate::import::{ImportOptions, Progress, import_path};
use crate::storage::CatalogueStore;

/// What to import, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 = all is in; 1 = failed, and what was committed until then stays; \
    3 = all is in but the lines that were reported as bad; 130 = interrupted. \
    Give the same command again to go on after 1 or 130.")]
pub struct ImportArgs {
    /// An NDJSON file or a JSON array (one film on each line), a folder of IMDb's TSV files, or its title.basics.tsv; each
    /// plain or gzip, a file or a pipe.
    pub path: PathBuf,
    /// Write lines that cannot be used, or not all of them, to this file, as NDJSON with `file`, `line`, `reason` and `text`. What is in the
    /// file already is lost.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Tier of new films whose record names none: `free` or `subscription`. Films that are known already keep theirs.
    #[arg(long, default_value = "free", value_parser = tier)]
    pub tier: Tier,
    /// Begin anew although an earlier run was broken off. Never needed for a right result; only reads more.
    #[arg(long)]
    pub restart: bool,
    /// Show at this address how the import goes: /metrics, while it runs. Without it nobody listens.
    #[arg(long, value_name = "ADDRESS", env = "MOVIES_IMPORT_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
}

/// Imports what the arguments name, shows how it goes on stderr, and gives the exit code.
///
/// # Errors
/// When the source or the catalogue fails; not for bad lines.
pub async fn run(store: &CatalogueStore, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let options = ImportOptions {
        path: args.path.clone(),
        rejects: args.rejects.clone(),
        tier: args.tier,
        restart: args.restart,
    };
    let watched = args.metrics_listen.map(show_metrics).transpose()?;
    let (ask_to_stop, stop) = watch::channel(false);
    let interrupt = tokio::spawn(async move {
        if server::stop_requested().await.is_ok() {
            let _ = ask_to_stop.send(true); // nobody listens when the import is over
        }
    });
    let mut progress = Progress::on_stderr();
    let imported = import_path(store, &options, Utc::now(), stop, &mut progress).await;
    interrupt.abort();
    if let Some(server) = watched {
        server.stop().await.context("the server of metrics failed")?;
    }
    let report = imported.with_context(|| {
        format!("could not import {}; what is in stays, and the same command goes on from there", args.path.display())
    })?;
    progress.finish(&report);
    Ok(ExitCode::from(report.exit_code()))
}

/// A server that has nothing but health and metrics.
fn show_metrics(listen: SocketAddr) -> anyhow::Result<RunningServer> {
    let settings = ServerSettings { workers: 1, ..ServerSettings::new(listen) };
    let readiness = Readiness::builder("movies-import", env!("CARGO_PKG_VERSION")).build();
    let server = server::start(&settings, readiness, |app| Routes::new().configure(app))?;
    tracing::info!(address = %server.address(), "metrics of this import are shown");
    Ok(server)
}

fn tier(text: &str) -> Result<Tier, String> {
    match text {
        "free" => Ok(Tier::Free),
        "subscription" => Ok(Tier::Subscription),
        _ => Err("must be `free` or `subscription`".to_owned()),
    }
}
