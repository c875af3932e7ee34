//! The command line: serving, and what operators do by hand.

mod admins;
mod create_key;
pub mod partitions;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use service_kit::healthcheck::{self, HealthcheckArgs};
use service_kit::telemetry::TelemetrySettings;
use service_kit::{Clock, SystemClock, console};

use crate::app;
use crate::commands::partitions::PartitionsCommand;
use crate::config::Settings;

/// Accounts, sessions, roles and tokens of Marquee.
#[derive(Debug, Parser)]
#[command(name = "auth-service", version, about, max_term_width = 120)]
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
    /// Asks the service that listens here (--listen, AUTH_LISTEN) whether it is ready: exit code 0, or 1 and why not.
    Healthcheck(HealthcheckArgs),
    /// Creates or updates the tables. Safe to run at any time and from several machines at once.
    Migrate,
    /// Creates an account that is an administrator.
    CreateAdmin {
        /// The login e-mail.
        email: String,
        /// File whose first line is the password; `-` reads it from standard input. Without it a random password is
        /// made and printed once, before the account is made.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Gives an account another password and ends all its sessions: for who has lost it and cannot be sent a mail.
    ResetPassword {
        /// The login e-mail.
        email: String,
        /// File whose first line is the password; `-` reads it from standard input. Without it a random password is
        /// made and printed once, before it is set.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Makes a signing key, and the key of refresh tokens if there is none yet.
    CreateKey {
        /// When the key begins to sign. Later than now gives other services time to learn it.
        #[arg(long, default_value = "0s", value_parser = service_kit::settings::duration)]
        activate_in: Duration,
    },
    /// Where accounts and sign-ins are kept: regions, cells and partitions.
    #[command(subcommand)]
    Partitions(PartitionsCommand),
    /// Gives an account a role.
    GrantRole {
        /// The account's login e-mail.
        email: String,
        /// Name of the role.
        role: String,
    },
    /// Takes a role from an account and ends the access tokens that carry it.
    RevokeRole {
        /// The account's login e-mail.
        email: String,
        /// Name of the role.
        role: String,
    },
}

impl Cli {
    /// How requests are traced, where there will be any.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        matches!(self.command, Command::Serve).then_some(&self.settings.telemetry)
    }
}

/// Does what the command line says.
///
/// # Errors
/// With a text for whoever typed it.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let settings = cli.settings;
    match cli.command {
        Command::Serve => {
            let app = app::build(settings.check()?, SystemClock::shared()).await?;
            Ok(app.run().await?)
        }
        Command::Healthcheck(args) => Ok(healthcheck::check(&settings.listen, args).await?),
        Command::Migrate => {
            app::open_store(&settings.check_for_command()?).await?.migrate(SystemClock.now()).await?;
            say("the tables are up to date")
        }
        Command::CreateAdmin { email, password_file } => {
            admins::create(settings.check_for_command()?, &email, password_file.as_deref()).await
        }
        Command::ResetPassword { email, password_file } => {
            admins::reset_password(settings.check_for_command()?, &email, password_file.as_deref()).await
        }
        Command::CreateKey { activate_in } => create_key::create(&settings.check_for_command()?, activate_in),
        Command::Partitions(command) => partitions::run(&settings.check_for_command()?, command).await,
        Command::GrantRole { email, role } => admins::grant(&settings.check_for_command()?, &email, &role).await,
        Command::RevokeRole { email, role } => admins::revoke(&settings.check_for_command()?, &email, &role).await,
    }
}

/// A line on standard output, where nothing else goes.
fn say(line: impl AsRef<str>) -> anyhow::Result<()> {
    Ok(console::print(line.as_ref())?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_are_taken_before_and_after_the_command() {
        for line in
            [["auth-service", "--listen=127.0.0.1:1", "serve"], ["auth-service", "serve", "--listen=127.0.0.1:1"]]
        {
            assert_eq!(Cli::parse_from(line).settings.listen, "127.0.0.1:1");
        }
    }
}
