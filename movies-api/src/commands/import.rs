//! `movies-api import PATH`: imports films into the catalogue.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use contracts::movies::access::Tier;
use service_kit::server::{self, RunningServer, ServerSettings};
use service_kit::{Clock, Readiness, Routes, SystemClock};
use tokio::sync::watch;

use crate::import::{ImportOptions, Progress, import_path};
use crate::storage::CatalogueStore;

/// Source and options of an import.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 = all is in; 1 = failed, and what was committed until then stays; \
    3 = all is in but the lines that were reported as bad; 130 = interrupted. \
    Give the same command again to go on after 1 or 130.")]
pub struct ImportArgs {
    /// An NDJSON file or a JSON array (one film on each line), a folder of IMDb's TSV files, or its title.basics.tsv;
    /// each plain or gzip, a file or a pipe.
    pub path: PathBuf,
    /// Write unusable and partly used lines to this file, as NDJSON with `file`, `line`, `reason` and `text`. An
    /// existing file is overwritten.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Tier of new films without one in their record: `free` or `subscription`. Films that are known already keep
    /// theirs.
    #[arg(long, default_value = "free", value_parser = tier)]
    pub tier: Tier,
    /// Start over although an earlier run was interrupted. Never needed for a correct result; only reads more.
    #[arg(long)]
    pub restart: bool,
    /// Serve /metrics at this address while the import runs [default: no listener].
    #[arg(long, value_name = "ADDRESS", env = "MOVIES_IMPORT_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
}

/// Runs the import, shows its progress on stderr, and returns the exit code.
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
    let metrics_server = args.metrics_listen.map(serve_metrics).transpose()?;
    let (stop_sender, stop) = watch::channel(false);
    let interrupt = tokio::spawn(async move {
        if server::stop_requested().await.is_ok() {
            let _ = stop_sender.send(true); // no receiver is left when the import is over
        }
    });
    let mut progress = Progress::on_stderr();
    let imported = import_path(store, &options, SystemClock.now(), stop, &mut progress).await;
    interrupt.abort();
    if let Some(server) = metrics_server {
        server.stop().await.context("the server of metrics failed")?;
    }
    let report = imported.with_context(|| {
        format!("could not import {}; what is in stays, and the same command goes on from there", args.path.display())
    })?;
    progress.finish(&report);
    Ok(ExitCode::from(report.exit_code()))
}

/// A server for health and metrics only.
fn serve_metrics(listen: SocketAddr) -> anyhow::Result<RunningServer> {
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
