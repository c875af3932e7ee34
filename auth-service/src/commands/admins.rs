//! `create-admin`, `reset-password`, `grant-role`, `revoke-role`: tasks that the first administrator cannot do over
//! HTTP.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use contracts::Secret;
use service_kit::{SystemClock, console};

use super::say;
use super::users::find_id;
use crate::app;
use crate::config::Config;
use account_storage::{ChangeRoleError, InsertUserError};
use accounts::{AuditContext, Email, MAX_ROLES_OF_USER, NewPassword, RoleName};

/// Creates an account with the administrator role.
pub(super) async fn create(
    config: Config,
    email: &str,
    password_file: Option<&Path>,
    context: &AuditContext,
) -> anyhow::Result<()> {
    let email = config.mails.policy.parse(email)?;
    let given = password_file.map(read_password).transpose()?;
    let app = app::build(config, SystemClock::shared()).await?;
    if app.state().store.find_user_key_by_email(&email).await?.is_some() {
        bail!(InsertUserError::EmailTaken); // checked before the password of no account is shown
    }
    let is_given = given.is_some();
    let password = given.map_or_else(shown_password, Ok)?;
    app.state().accounts.create_admin(email.clone(), password, context).await?;
    app.state().store.close().await;
    if is_given { say(format!("{} is an administrator", email.as_str())) } else { Ok(()) }
}

/// Sets a new password for an account.
pub(super) async fn reset_password(
    config: Config,
    email: &str,
    password_file: Option<&Path>,
    context: &AuditContext,
) -> anyhow::Result<()> {
    let email = Email::parse(email)?;
    let given = password_file.map(read_password).transpose()?;
    let app = app::build(config, SystemClock::shared()).await?;
    let known = app.state().store.find_user_key_by_email(&email).await?;
    known.context("there is no account with this e-mail")?; // before the password of no account is shown
    let is_given = given.is_some();
    let password = given.map_or_else(shown_password, Ok)?;
    app.state().passwords.reset(&email, password, context).await?;
    app.state().store.close().await;
    if is_given { say(format!("{} has another password", email.as_str())) } else { Ok(()) }
}

/// A random password that has been printed: it is printed first, so that no lost password is ever set.
fn shown_password() -> anyhow::Result<NewPassword> {
    let password = account_flows::random_password().context("there are no random bytes for a password")?;
    console::print_surely(password.expose()).context("the password could not be printed; nothing was changed")?;
    Ok(password)
}

/// Assigns a role to an account.
pub(super) async fn grant(
    config: Config,
    (user, role): (&str, &str),
    prove: bool,
    context: &AuditContext,
) -> anyhow::Result<()> {
    let role = role_name(role)?;
    let app = app::build(config, SystemClock::shared()).await?;
    let user = find_id(&app, user).await?;
    if prove {
        app.state().operators.prove_email(user, context).await?;
    }
    app.state().roles.assign(user, &role, context).await.map_err(|error| explained(error, &role))?;
    app.state().store.close().await;
    say(format!("{user} has the role {role}"))
}

/// Revokes a role from an account. Running servers read the cut-off within a second.
pub(super) async fn revoke(config: Config, (user, role): (&str, &str), context: &AuditContext) -> anyhow::Result<()> {
    let role = role_name(role)?;
    let app = app::build(config, SystemClock::shared()).await?;
    let user = find_id(&app, user).await?;
    let revoked = app.state().roles.revoke(user, &role, context).await.map_err(|error| explained(error, &role))?;
    app.state().store.close().await;
    match revoked {
        true => say(format!("{user} no longer has the role {role}")),
        false => say(format!("{user} did not have the role {role}")),
    }
}

/// The error with its remedy.
fn explained(error: ChangeRoleError, role: &RoleName) -> anyhow::Error {
    match error {
        ChangeRoleError::NoSuchUser => anyhow!("there is no such account"),
        ChangeRoleError::NoSuchRole => anyhow!("there is no role {role}"),
        ChangeRoleError::EmailUnproved => {
            anyhow!("the e-mail is not proved; with --prove you vouch that it is the account owner's")
        }
        ChangeRoleError::TooMany => anyhow!("the account has {MAX_ROLES_OF_USER} roles; revoke another one first"),
        ChangeRoleError::LastAdmin => anyhow!("the last administrator keeps the role; make another one first"),
        ChangeRoleError::Storage(error) => error.into(),
    }
}

fn role_name(text: &str) -> anyhow::Result<RoleName> {
    RoleName::parse(text).ok_or_else(|| anyhow!("{text:?} cannot be the name of a role"))
}

/// The first line of a file, or of standard input for `-`.
fn read_password(path: &Path) -> anyhow::Result<NewPassword> {
    let mut line = zeroize::Zeroizing::new(String::new());
    if path == Path::new("-") {
        io::stdin().lock().read_line(&mut line)?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        BufReader::new(file).read_line(&mut line)?;
    }
    Ok(NewPassword::parse(Secret::new(line.trim_end_matches(['\r', '\n'])))?)
}
