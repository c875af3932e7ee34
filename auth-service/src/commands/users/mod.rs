//! `users …`: help for users by operators. Each command is an act with a reason, and leaves an audit event.

mod acts;
mod lookups;

use anyhow::bail;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use contracts::ids::UserId;
use service_kit::SystemClock;

use super::operator::ActArgs;
use super::say;
use crate::app::{self, App};
use crate::config::Config;
use accounts::PresentedLogin;

/// Commands for accounts.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Finds the accounts with a login e-mail, or the holders of a role.
    Find {
        /// The login e-mail, or a former spelling of it.
        #[arg(required_unless_present = "role", conflicts_with = "role")]
        email: Option<String>,
        /// Name of a role.
        #[arg(long)]
        role: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: ActArgs,
    },
    /// Shows an account with its sessions, linked accounts and history.
    Show(TargetArgs),
    /// Disables an account: its sessions and access tokens end within a second, and it cannot sign in.
    Disable(TargetArgs),
    /// Enables a disabled account. Its sessions stay ended.
    Enable(TargetArgs),
    /// Refills the budgets that guesses at an account have used up.
    Unlock(TargetArgs),
    /// Ends all sessions and access tokens of an account.
    EndSessions(TargetArgs),
    /// Removes the login e-mail from an account, so that its owner can use it.
    FreeEmail(TargetArgs),
    /// Marks the login e-mail of an account as proved, as a code from its mailbox does.
    ProveEmail(TargetArgs),
    /// Sets the birth date of an account.
    CorrectBirthDate {
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        target: TargetArgs,
        /// The birth date, as YYYY-MM-DD. Without it the birth date is removed, so that its owner can set it again.
        #[arg(long)]
        birth_date: Option<NaiveDate>,
    },
    /// Deletes an account for good.
    Delete(TargetArgs),
    /// Lists acts of operators, newest first.
    Audit {
        /// Only those on this account: its login e-mail or id.
        #[arg(long)]
        user: Option<String>,
        /// Maximum number.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        #[command(flatten)]
        #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
        act: ActArgs,
    },
}

/// An account, and the reason of an act on it.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Login e-mail or id of the account.
    user: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs the command.
///
/// # Errors
/// With a text for the operator.
pub async fn run(config: Config, command: UsersCommand) -> anyhow::Result<()> {
    let app = app::build(config, SystemClock::shared()).await?;
    let outcome = run_in(&app, command).await;
    app.state().store.close().await;
    outcome
}

async fn run_in(app: &App, command: UsersCommand) -> anyhow::Result<()> {
    match command {
        UsersCommand::Find { email, role, act } => lookups::find(app, email.as_deref(), role.as_deref(), act).await,
        UsersCommand::Show(target) => lookups::show(app, target).await,
        UsersCommand::Disable(target) => acts::disable(app, target).await,
        UsersCommand::Enable(target) => acts::enable(app, target).await,
        UsersCommand::Unlock(target) => acts::unlock(app, target).await,
        UsersCommand::EndSessions(target) => acts::end_sessions(app, target).await,
        UsersCommand::FreeEmail(target) => acts::free_email(app, target).await,
        UsersCommand::ProveEmail(target) => acts::prove_email(app, target).await,
        UsersCommand::CorrectBirthDate { target, birth_date } => {
            acts::correct_birth_date(app, target, birth_date).await
        }
        UsersCommand::Delete(target) => acts::delete(app, target).await,
        UsersCommand::Audit { user, limit, act } => lookups::audit(app, user.as_deref(), limit, act).await,
    }
}

/// Id of the account that `text` names by its login e-mail, a former spelling of that, or its id. An id need not exist: the
/// act rejects it.
pub(super) async fn find_id(app: &App, text: &str) -> anyhow::Result<UserId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let login = PresentedLogin::parse(text);
    if !login.is_possible() {
        bail!("{text:?} is neither an e-mail nor an id");
    }
    match app.state().operators.find_ids(&login).await?[..] {
        [] => bail!("there is no account with this e-mail"),
        [id] => Ok(id),
        ref ids => {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            bail!("several accounts sign in by this; name one by its id: {}", ids.join(" "))
        }
    }
}
