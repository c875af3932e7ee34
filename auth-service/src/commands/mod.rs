//! The command line: the server, and commands for operators.

mod admins;
mod check_logins;
mod clients;
mod import_users;
mod keys;
mod operator;
pub mod partitions;
pub mod users;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use mailer::MailTexts;
use service_kit::server::healthcheck::{self, HealthcheckArgs};
use service_kit::telemetry::TelemetrySettings;
use service_kit::{Clock, SystemClock, console};
use token_verifier::TokenAlgorithm;

use crate::app;
use crate::commands::keys::SecretArgs;
use crate::commands::operator::UnexplainedActArgs;
use crate::commands::partitions::PartitionsCommand;
use crate::commands::users::UsersCommand;
use crate::config::Settings;

/// Accounts, sessions, roles and tokens of Marquee.
#[derive(Debug, Parser)]
#[command(name = "auth-service", version, about, max_term_width = 120)]
pub struct Cli {
    /// Command.
    #[command(subcommand)]
    pub command: Command,
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves HTTP until it is stopped (SIGTERM or Ctrl-C).
    Serve,
    /// Checks that the service on this address (--listen, AUTH_LISTEN) is ready: exit code 0, or 1 with the reason.
    Healthcheck(HealthcheckArgs),
    /// Creates or updates the tables. Safe to run at any time and from several machines at once.
    Migrate,
    /// Creates an account with the administrator role.
    CreateAdmin {
        /// The login e-mail.
        email: String,
        /// File with the password in its first line; `-` reads it from standard input. Without it a random password is
        /// generated and printed once, before the account is created.
        #[arg(long)]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
    /// Sets a new password for an account and ends all its sessions: for users who have lost it and cannot receive
    /// mails.
    ResetPassword {
        /// The login e-mail.
        email: String,
        /// File with the password in its first line; `-` reads it from standard input. Without it a random password is
        /// generated and printed once, before it is set.
        #[arg(long)]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
    /// Creates a signing key, and the key of refresh tokens if there is none.
    CreateKey {
        /// Type of the key: RS256 (RSA, 2048 bits), ES256 (P-256) or EdDSA (Ed25519). Left out, that of the key that
        /// signs now, or else RS256.
        #[arg(long, value_name = "ALGORITHM", value_parser = keys::algorithm)]
        alg: Option<TokenAlgorithm>,
        /// Delay until the key is activated. A delay lets other services load the key before its first token.
        #[arg(long, default_value = "0s", value_parser = service_kit::settings::duration)]
        activate_in: Duration,
    },
    /// Creates the next signing key three weeks before the present one reaches AUTH_KEY_MAX_AGE, and removes keys whose
    /// tokens have all expired. Run it daily where services cannot write the folder of keys.
    RotateKeys(SecretArgs),
    /// Replaces the secret of a confidential OAuth client that is defined over the API, and prints the new one. Replicas
    /// take it within a second. A client of AUTH_CLIENTS_FILE gets another secret there.
    RotateClientSecret {
        /// The client.
        id: String,
        /// Time for which the present secret stays valid, at most 30d.
        #[arg(long, default_value = "24h", value_parser = service_kit::settings::duration)]
        old_until: Duration,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
    /// Creates accounts of another system from a file with one JSON object a line; docs/user-import.md describes its
    /// fields. Bad lines are reported by number. Run again after an interruption, it continues where it was.
    ImportUsers {
        /// The file (NDJSON).
        file: PathBuf,
        /// Take `email_verified` of the file as proof of the address. Without it the addresses are claims, which their
        /// owners prove by a code.
        #[arg(long)]
        trust_verified: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
    /// Lists logins of earlier releases that are not in canonical form: those that change, accounts that share a mailbox,
    /// and logins that are no address. Accounts that lose a shared address, or have none, sign in by their former
    /// spelling and get no mails.
    CheckLogins {
        /// Converts them for good. Only when no replica of an earlier release runs: those would not find the new form.
        #[arg(long)]
        finish: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
    /// Manages the placement of accounts and sign-ins: regions, cells and partitions.
    #[command(subcommand)]
    Partitions(PartitionsCommand),
    /// Helps users: finds, disables, unlocks and corrects their accounts. Every command leaves an audit event.
    #[command(subcommand)]
    Users(UsersCommand),
    /// Assigns a role to an account, whose owner is mailed.
    GrantRole {
        /// Login e-mail or id of the account.
        user: String,
        /// Name of the role.
        role: String,
        /// Vouch that the e-mail is the account owner's: roles need a proved one.
        #[arg(long)]
        prove: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
    /// Revokes a role from an account and the access tokens that carry it. Its owner is mailed.
    RevokeRole {
        /// Login e-mail or id of the account.
        user: String,
        /// Name of the role.
        role: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: UnexplainedActArgs,
    },
}

impl Cli {
    /// Trace settings, for the command that serves requests.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        matches!(self.command, Command::Serve).then_some(&self.settings.telemetry)
    }
}

/// Runs the command; `texts` are those of mails.
///
/// # Errors
/// With a text for the operator.
pub async fn run(cli: Cli, texts: MailTexts) -> anyhow::Result<()> {
    let settings = cli.settings;
    match cli.command {
        Command::Serve => {
            let app = app::build(settings.check()?, SystemClock::shared()).await?;
            Ok(app.run(texts).await?)
        }
        Command::Healthcheck(args) => Ok(healthcheck::check(&settings.server.listen, args).await?),
        Command::Migrate => {
            app::open_store(&settings.check_for_command()?).await?.migrate(SystemClock.now()).await?;
            say("the tables are up to date")
        }
        Command::CreateAdmin { email, password_file, act } => {
            let context = act.context(SystemClock.now());
            admins::create(settings.check_for_command()?, &email, password_file.as_deref(), &context).await
        }
        Command::ResetPassword { email, password_file, act } => {
            let context = act.context(SystemClock.now());
            admins::reset_password(settings.check_for_command()?, &email, password_file.as_deref(), &context).await
        }
        Command::CreateKey { alg, activate_in } => keys::create(&settings.check_for_command()?, alg, activate_in),
        Command::RotateKeys(secret) => keys::rotate(&settings.check_for_command()?, &secret),
        Command::RotateClientSecret { id, old_until, act } => {
            let context = act.context(SystemClock.now());
            clients::rotate_secret(settings.check_for_command()?, &id, old_until, &context).await
        }
        Command::ImportUsers { file, trust_verified, act } => {
            let context = act.context(SystemClock.now());
            import_users::run(&settings.check_for_command()?, &file, trust_verified, &context).await
        }
        Command::CheckLogins { finish, act } => {
            let context = act.context(SystemClock.now());
            check_logins::run(&settings.check_for_command()?, finish, &context).await
        }
        Command::Partitions(command) => partitions::run(&settings.check_for_command()?, command).await,
        Command::Users(command) => users::run(settings.check_for_command()?, command).await,
        Command::GrantRole { user, role, prove, act } => {
            let context = act.context(SystemClock.now());
            admins::grant(settings.check_for_command()?, (&user, &role), prove, &context).await
        }
        Command::RevokeRole { user, role, act } => {
            let context = act.context(SystemClock.now());
            admins::revoke(settings.check_for_command()?, (&user, &role), &context).await
        }
    }
}

/// Prints a line to standard output, which has no other output.
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
            assert_eq!(Cli::parse_from(line).settings.server.listen, "127.0.0.1:1");
        }
    }
}
