//! Command line.

use clap::{Parser, Subcommand};
use service_kit::server::healthcheck::{self, HealthcheckArgs};
use service_kit::telemetry::TelemetrySettings;

use crate::app;
use crate::config::Settings;
use crate::steady_clock::SteadyClock;

/// Challenges for TVs, how risky a request is, and verdicts on passes.
#[derive(Debug, Parser)]
#[command(name = "captcha-service", version, about, max_term_width = 120)]
pub struct Cli {
    /// Subcommand.
    #[command(subcommand)]
    pub command: Command,
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves HTTP until it is asked to stop (SIGTERM or Ctrl-C).
    Serve,
    /// Asks the service that listens here (--listen, CAPTCHA_LISTEN) whether it is ready: exit code 0, or 1 and why not.
    Healthcheck(HealthcheckArgs),
}

impl Cli {
    /// Trace settings, for commands that serve requests.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        matches!(self.command, Command::Serve).then_some(&self.settings.telemetry)
    }
}

/// Runs the command.
///
/// # Errors
/// Its text is meant for the operator.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve => {
            let app = app::build(cli.settings.check()?, SteadyClock::shared())?;
            Ok(app.run().await?)
        }
        Command::Healthcheck(args) => Ok(healthcheck::check(&cli.settings.server.listen, args).await?),
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
