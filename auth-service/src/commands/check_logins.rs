//! `check-logins`: logins of earlier releases that are not in canonical form, and the end of their conversion.

use account_storage::{LoginConversion, Mailbox};
use accounts::{AuditContext, Email};

use super::say;
use crate::app;
use crate::config::Config;

/// Lists the logins, or with `finish` converts them for good.
pub(super) async fn run(config: &Config, finish: bool, context: &AuditContext) -> anyhow::Result<()> {
    let store = app::open_store(config).await?;
    let conversion = LoginConversion::new(&store);
    let mailboxes = conversion.scan().await?;
    mailboxes.iter().flat_map(describe).try_for_each(say)?;
    if mailboxes.is_empty() {
        return say("all logins are in canonical form");
    }
    if !finish {
        return say(format!("{}; nothing was changed", summary(&mailboxes)));
    }
    let done = conversion.finish(context).await?;
    say(format!(
        "{} logins are in canonical form now, {} accounts sign in by their former spelling and have no e-mail",
        done.converted, done.former_only
    ))
}

/// A line for each account.
fn describe(mailbox: &Mailbox) -> Vec<String> {
    let email = mailbox.email.as_ref();
    let keeper = |user, spelling: &str, address: &str| match spelling == address {
        true => format!("keeps    {user}  {address}"),
        false => format!("changes  {user}  {spelling}  to  {address}"),
    };
    let lines = mailbox.members.iter().enumerate().map(|(index, member)| {
        let (user, spelling) = (member.user, member.spelling(email));
        match email.map(Email::as_str) {
            Some(address) if index == 0 => keeper(user, spelling, address),
            Some(address) => format!("collides {user}  {spelling}  with  {address}"),
            None => format!("no address {user}  {spelling}"),
        }
    });
    lines.collect()
}

fn summary(mailboxes: &[Mailbox]) -> String {
    let contested = mailboxes.iter().filter(|mailbox| mailbox.is_contested()).count();
    let unusable = mailboxes.iter().filter(|mailbox| mailbox.email.is_none()).count();
    let change = mailboxes.len() - contested - unusable;
    format!(
        "{change} logins change, {contested} mailboxes have several accounts, of which the first keeps the address, \
         {unusable} logins are no address"
    )
}
