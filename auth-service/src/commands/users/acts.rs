//! Acts on one account.

use chrono::NaiveDate;
use contracts::ids::UserId;

use super::{TargetArgs, find_id, say};
use crate::app::App;
use accounts::AuditContext;

/// Account and context of an act.
async fn target(app: &App, args: TargetArgs) -> anyhow::Result<(UserId, AuditContext)> {
    Ok((find_id(app, &args.user).await?, args.act.context(app.state().now())))
}

/// Disables the account.
pub(super) async fn disable(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    match app.state().operators.disable(id, &context).await? {
        true => say(format!("{id} is disabled; its sessions have ended")),
        false => say(format!("{id} was disabled before")),
    }
}

/// Enables the account.
pub(super) async fn enable(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    match app.state().operators.enable(id, &context).await? {
        true => say(format!("{id} is enabled")),
        false => say(format!("{id} was not disabled")),
    }
}

/// Refills the budgets of guesses.
pub(super) async fn unlock(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    app.state().operators.unlock(id, &context).await?;
    say(format!("{id} may try passwords again"))
}

/// Ends all sessions.
pub(super) async fn end_sessions(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    app.state().operators.end_sessions(id, &context).await?;
    say(format!("{id} has no session any more"))
}

/// Frees the e-mail.
pub(super) async fn free_email(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    app.state().operators.free_email(id, &context).await?;
    say(format!("{id} has no e-mail any more"))
}

/// Proves the e-mail.
pub(super) async fn prove_email(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    match app.state().operators.prove_email(id, &context).await? {
        true => say(format!("{id} has proved its e-mail")),
        false => say(format!("{id} had proved its e-mail before")),
    }
}

/// Corrects the birth date.
pub(super) async fn correct_birth_date(
    app: &App,
    args: TargetArgs,
    birth_date: Option<NaiveDate>,
) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    app.state().operators.correct_birth_date(id, birth_date, &context).await?;
    match birth_date {
        Some(day) => say(format!("{id} was born on {day}")),
        None => say(format!("{id} has no birth date; its owner can set it")),
    }
}

/// Deletes the account.
pub(super) async fn delete(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let (id, context) = target(app, args).await?;
    app.state().operators.delete(id, &context).await?;
    say(format!("{id} is deleted"))
}
