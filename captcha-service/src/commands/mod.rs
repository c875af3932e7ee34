//! The command line.

use clap::{Parser, Subcommand};
use service_kit::telemetry::TelemetrySettings;

use crate::app;
use crate::config::Settings;
use crate::steady_clock::SteadyClock;

/// Challenges for TVs, how risky a request is, and verdicts on passes.
#[derive(Debug, Parser)]
#[command(name = "captcha-service", version, about, max_term_width = 120)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves HTTP until it is asked to stop (SIGTERM or Ctrl-C).
    Serve,
}

impl Cli {
    /// How requests are traced.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        Some(&self.settings.telemetry)
    }
}

/// Does what the command line says.
///
/// # Errors
/// With a text for whoever typed it.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve => {
            let app = app::build(cli.settings.check()?, SteadyClock::shared())?;
            Ok(app.run().await?)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
