//! Finding accounts, looking at one, and reading audit events.

use std::fmt::Display;

use anyhow::{Context, bail};
use contracts::ids::UserId;

use super::{ActArgs, TargetArgs, find_id, say};
use crate::app::App;
use account_flows::{SearchPage, UserDetails};
use accounts::{AuditActor, AuditRecord, BirthDate, Email, PresentedLogin, RoleName, SignInResult, UserStatus};

/// Holders of a role that are listed at most.
const MAX_HOLDERS: usize = 1000;

/// Prints the found accounts, one a line.
pub(super) async fn find(app: &App, email: Option<&str>, role: Option<&str>, act: ActArgs) -> anyhow::Result<()> {
    let (login, role) = (email.map(PresentedLogin::parse), role.map(RoleName::parse));
    let page = match (&login, &role) {
        (Some(login), _) if login.is_possible() => SearchPage::Login(login),
        (Some(_), _) => bail!("this cannot be a login"),
        (None, Some(Some(role))) => SearchPage::Role { role, cursor: None, size: MAX_HOLDERS },
        _ => bail!("this cannot be the name of a role"),
    };
    let (found, more) = app.state().operators.find(page, &act.context(app.state().now())).await?;
    for user in &found {
        let email = user.email.as_ref().map_or("-", Email::as_str);
        say(format!("{} {:<8} {email} {}", user.id, status(user.status), user.display_name))?;
    }
    match (found.is_empty(), more) {
        (true, _) => say("there is none"),
        (false, Some(_)) => say(format!("and more than these {MAX_HOLDERS}")),
        (false, None) => Ok(()),
    }
}

/// Prints an account with all that belongs to it.
pub(super) async fn show(app: &App, args: TargetArgs) -> anyhow::Result<()> {
    let id = find_id(app, &args.user).await?;
    let details = app.state().operators.get(id, &args.act.context(app.state().now())).await?;
    show_account(&details)?;
    say(format!("\nsessions: {}", details.sessions.len()))?;
    for session in &details.sessions {
        let address = shown(session.location.address.as_ref());
        say(format!("  {} last used {} from {address} {}", session.id, session.last_used_at, session.device.name))?;
    }
    say(format!("\nlinked accounts: {}", details.identities.len()))?;
    for identity in &details.identities {
        say(format!("  {} {} since {}", identity.key.provider, identity.label, identity.linked_at))?;
    }
    say(format!("\nlast sign-ins: {}", details.sign_ins.len()))?;
    for entry in &details.sign_ins {
        let result = match entry.result {
            SignInResult::Success => "success",
            SignInResult::WrongPassword => "wrong password",
            SignInResult::Disabled => "disabled",
        };
        say(format!("  {} {result} from {}", entry.at, shown(entry.location.address.as_ref())))?;
    }
    Ok(())
}

fn show_account(details: &UserDetails) -> anyhow::Result<()> {
    let user = &details.user;
    let lines = [
        ("id", user.key.id.to_string()),
        ("status", status(user.status).to_owned()),
        ("e-mail", shown(user.email.as_ref().map(Email::as_str))),
        ("proved", if details.is_email_proved { "yes" } else { "no" }.to_owned()),
        ("name", user.display_name.clone()),
        ("birth date", shown(user.birth_date.map(BirthDate::day))),
        ("region", shown(user.region.as_ref())),
        ("password", if user.password_hash.is_some() { "yes" } else { "no" }.to_owned()),
        ("roles", details.roles.join(", ")),
        ("created", user.created_at.to_string()),
    ];
    lines.iter().try_for_each(|(label, value)| say(format!("{label:<11}{value}")))
}

/// Prints audit events, one a line.
pub(super) async fn audit(app: &App, user: Option<&str>, limit: u16, act: ActArgs) -> anyhow::Result<()> {
    let user: Option<UserId> = match user {
        Some(text) => Some(find_id(app, text).await.context("an account that is gone is named by its id")?),
        None => None,
    };
    let context = act.context(app.state().now());
    let (events, _) = app.state().operators.list_audit_events((user, None), None, limit.into(), &context).await?;
    events.iter().try_for_each(|event| say(line(event)))?;
    if events.is_empty() { say("there is none") } else { Ok(()) }
}

fn line(event: &AuditRecord) -> String {
    let actor = match &event.actor {
        AuditActor::User(id) => id.to_string(),
        AuditActor::Machine(name) => name.clone(),
    };
    let (user, subject) = (shown(event.user_id), &event.subject);
    let AuditRecord { at, channel, action, outcome, reason, .. } = event;
    format!("{at} {actor} ({channel}) {action} {user} {subject} {outcome}: {reason}")
}

fn status(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
    }
}

/// The value, or a dash.
fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
