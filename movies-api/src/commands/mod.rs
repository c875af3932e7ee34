//! The command line of movies-api.

mod import;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use service_kit::server::healthcheck::{self, HealthcheckArgs};
use service_kit::telemetry::TelemetrySettings;
use service_kit::{SystemClock, console, server};

use crate::app;
use crate::config::{LISTEN, ServeSettings, StorageSettings};

/// Films, genres and persons of the cinema: the service and its tools.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the HTTP API until SIGTERM or Ctrl-C.
    Serve(Box<ServeSettings>),
    /// Checks whether the service at this address is ready: exit code 0, or 1 and the reason.
    Healthcheck {
        /// Address and port that the service listens on.
        #[arg(long, env = "MOVIES_LISTEN", default_value = LISTEN)]
        listen: String,
        #[command(flatten)]
        args: HealthcheckArgs,
    },
    /// Brings the tables of the database up to date. Several may run at once.
    Migrate(StorageSettings),
    /// Reads films into the catalogue; a running service shows them within a second.
    Import {
        #[command(flatten)]
        storage: StorageSettings,
        #[command(flatten)]
        import: import::ImportArgs,
    },
}

impl Cli {
    /// Trace settings of commands that serve requests.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        match &self.command {
            Command::Serve(settings) => Some(&settings.telemetry),
            Command::Healthcheck { .. } | Command::Migrate(_) | Command::Import { .. } => None,
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    /// When the command fails; the message names the remedy.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(settings) => serve(*settings).await,
            Command::Healthcheck { listen, args } => Ok(match healthcheck::check(&listen, args).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    let error = anyhow::Error::from(error);
                    console::note(format_args!("error: {error:#}")); // the log of a container takes it as it is
                    ExitCode::FAILURE
                }
            }),
            Command::Migrate(storage) => {
                let store = app::open_store(&storage.check()?).await?;
                store.migrate().await.context("could not bring the tables up to date")?;
                tracing::info!("the tables are up to date");
                Ok(ExitCode::SUCCESS)
            }
            Command::Import { storage, import } => {
                let store = app::open_store(&storage.check()?).await?;
                store.migrate().await.context("could not bring the tables up to date")?;
                import::run(&store, &import).await
            }
        }
    }
}

async fn serve(settings: ServeSettings) -> anyhow::Result<ExitCode> {
    server::listen_for_signals()?;
    let app = app::build(settings.check()?, SystemClock::shared()).await?;
    app.run().await?;
    Ok(ExitCode::SUCCESS)
}
