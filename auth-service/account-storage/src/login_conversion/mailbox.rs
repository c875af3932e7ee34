//! Accounts on one mailbox, and which of them keeps its address.

use accounts::Email;
use chrono::{DateTime, Utc};
use contracts::ids::UserId;

/// Logins that are spellings of one mailbox, at least one of them not in canonical form.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The canonical address; `None` for a login that is no address.
    pub email: Option<Email>,
    /// The accounts, the keeper of the address first.
    pub members: Vec<MailboxMember>,
}

/// An account on a mailbox.
#[derive(Debug, Clone)]
pub struct MailboxMember {
    /// The account.
    pub user: UserId,
    /// Its logins on this mailbox, as stored.
    pub logins: Vec<String>,
    /// Time at which its owner proved to have the mailbox.
    pub proved_at: Option<DateTime<Utc>>,
    /// Time of the last use of its sessions, if it has any.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Mailbox {
    /// Orders the members: the first proof before later ones and none, then the latest use, then the older account.
    pub(super) fn new(email: Option<Email>, mut members: Vec<MailboxMember>) -> Self {
        members.sort_by_key(|member| {
            let proved = (member.proved_at.is_none(), member.proved_at);
            (proved, std::cmp::Reverse(member.last_used_at), member.user.0)
        });
        Self { email, members }
    }

    /// `true` when several accounts claim it.
    pub fn is_contested(&self) -> bool {
        self.members.len() > 1
    }
}

impl MailboxMember {
    /// The login by which its owner signs in.
    pub fn spelling(&self, email: Option<&Email>) -> &str {
        let canonical = email.map(Email::as_str);
        let former = self.logins.iter().find(|login| Some(login.as_str()) != canonical);
        former.or(self.logins.first()).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u128, proved: Option<i64>, used: Option<i64>) -> MailboxMember {
        let time = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap();
        let user = UserId(uuid::Uuid::from_u128(number));
        MailboxMember { user, logins: Vec::new(), proved_at: proved.map(time), last_used_at: used.map(time) }
    }

    fn keeper(members: &[MailboxMember]) -> u128 {
        let mut reversed = members.to_vec();
        reversed.reverse();
        let [one, other] = [members.to_vec(), reversed].map(|members| Mailbox::new(None, members).members[0].user);
        assert_eq!(one, other, "the order of the rows decides");
        one.0.as_u128()
    }

    #[test]
    fn the_proved_account_keeps_the_address_else_the_last_used_else_the_oldest() {
        assert_eq!(keeper(&[member(1, None, Some(9)), member(2, Some(5), None)]), 2);
        assert_eq!(keeper(&[member(1, Some(7), Some(9)), member(2, Some(5), None)]), 2, "the first proof");
        assert_eq!(keeper(&[member(1, None, Some(8)), member(2, None, Some(9)), member(3, None, None)]), 2);
        assert_eq!(keeper(&[member(2, None, None), member(1, None, None)]), 1);
    }
}
