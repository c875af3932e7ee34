//! Reference model of accounts, sessions, codes and the mails about them. A few lists and plain rules, written from the
//! documentation and not from the code.

use super::budget::Mailbox;
use super::installation::Time;
use super::mail::Kind;

pub const SECOND: Time = 1000;
pub const MINUTE: Time = 60 * SECOND;
pub const DAY: Time = 24 * 60 * MINUTE;

/// Index of an account.
pub type AccountId = usize;
/// Index of a session.
pub type SessionIndex = usize;
/// Index of a code.
pub type CodeIndex = usize;

/// A mailbox of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// Read by the owner, and typed by the squatter.
    Contested,
    /// Read by the owner.
    Own,
    /// Read by the squatter.
    Foreign,
}

/// All of them.
pub const ADDRESSES: [Address; 3] = [Address::Contested, Address::Own, Address::Foreign];

/// Someone with devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Reads the contested mailbox.
    Owner,
    /// Types an address of another user.
    Squatter,
}

impl Person {
    /// `true` when the mailbox is the person's.
    pub fn reads(self, address: Address) -> bool {
        (self == Self::Squatter) == (address == Address::Foreign)
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    pub email: Option<Address>,
    pub is_proved: bool,
    pub password: String,
    /// Who knows the password.
    pub holder: Person,
    pub is_deleted: bool,
    pub pending: Option<PendingChange>,
}

/// A change of address that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChange {
    pub session: SessionIndex,
    /// The address that it began with, if that was proved.
    pub from: Option<Address>,
    pub to: Address,
    /// Time at which it is applied; `None` until the new mailbox is confirmed.
    pub due: Option<Time>,
    /// Time until which it must be confirmed.
    pub expires: Time,
}

/// A session.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    pub account: AccountId,
    pub created: Time,
    pub is_ended: bool,
}

/// Purpose of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Proof,
    Reset,
    Change,
    Release,
    /// A link only.
    Undo,
}

/// Who asked for a code, and can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Session(SessionIndex),
    /// A reset, by its number in the history.
    Reset(usize),
    /// The service itself.
    Nobody,
}

/// A code that was sent.
#[derive(Debug, Clone)]
pub struct Code {
    pub purpose: Purpose,
    pub asker: Asker,
    pub account: AccountId,
    pub address: Address,
    pub expires: Time,
    pub tries: u8,
    /// Spent, or deleted.
    pub is_gone: bool,
    /// The code, once its mail has arrived.
    pub digits: Option<String>,
    /// The link, once its mail has arrived.
    pub link: Option<String>,
}

/// A mail that must arrive, once.
#[derive(Debug, Clone)]
pub struct Due {
    pub to: Address,
    pub kind: Kind,
    /// The code or the link that is in it.
    pub code: Option<CodeIndex>,
}

/// A page that frees a claimed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimLink {
    pub account: AccountId,
    pub address: Address,
    pub link: String,
}

/// Answer to a request: status and code of the problem, empty for a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected(pub u16, pub &'static str);

/// State of one history.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub accounts: Vec<Account>,
    pub sessions: Vec<Session>,
    pub codes: Vec<Code>,
    pub due: Vec<Due>,
    pub claim_links: Vec<ClaimLink>,
    mailboxes: [Mailbox; 3],
}

impl Model {
    /// The account with this login.
    pub fn login(&self, address: Address) -> Option<AccountId> {
        self.accounts.iter().position(|account| account.email == Some(address))
    }

    /// `true` when its owner has proved the address.
    pub fn is_proved(&self, address: Address) -> bool {
        self.login(address).is_some_and(|account| self.accounts[account].is_proved)
    }

    /// The account of a session.
    pub fn account_of(&mut self, session: SessionIndex) -> &mut Account {
        &mut self.accounts[self.sessions[session].account]
    }

    pub fn sign_up(&mut self, address: Address, password: &str, holder: Person) -> Expected {
        if self.login(address).is_some() {
            return Expected(409, "auth.email_taken");
        }
        self.accounts.push(Account {
            email: Some(address),
            is_proved: false,
            password: password.to_owned(),
            holder,
            is_deleted: false,
            pending: None,
        });
        Expected(201, "")
    }

    pub fn sign_in(&mut self, address: Address, password: &str, now: Time) -> Expected {
        let account = self.login(address).filter(|account| self.accounts[*account].password == password);
        let Some(account) = account else { return Expected(401, "auth.wrong_credentials") };
        self.sessions.push(Session { account, created: now, is_ended: false });
        Expected(201, "")
    }

    /// With the current refresh token, or with its parent after an answer was lost.
    pub fn refresh(&self, session: SessionIndex) -> Expected {
        match self.sessions[session].is_ended {
            true => Expected(401, "auth.refresh_token_invalid"),
            false => Expected(200, ""),
        }
    }

    pub fn log_out(&mut self, session: SessionIndex) -> Expected {
        self.sessions[session].is_ended = true;
        Expected(204, "")
    }

    pub fn log_out_others(&mut self, session: SessionIndex) -> Expected {
        self.end_sessions(self.sessions[session].account, Some(session));
        Expected(204, "")
    }

    /// With the current password.
    pub fn change_password(&mut self, session: SessionIndex, new: &str, now: Time) -> Expected {
        let account = self.sessions[session].account;
        self.accounts[account].password = new.to_owned();
        self.end_sessions(account, Some(session));
        self.notify_owner(account, Kind::PasswordChanged, now);
        Expected(200, "")
    }

    pub fn delete(&mut self, session: SessionIndex, now: Time) -> Expected {
        let Session { account, created, .. } = self.sessions[session];
        if now > created + 10 * MINUTE {
            return Expected(403, "auth.session_not_fresh");
        }
        self.notify_owner(account, Kind::Deleted, now);
        self.end_sessions(account, None);
        self.delete_codes(account, |_| true);
        let account = &mut self.accounts[account];
        (account.is_deleted, account.email, account.pending) = (true, None, None);
        Expected(204, "")
    }

    /// Ends the sessions of an account.
    pub fn end_sessions(&mut self, account: AccountId, keep: Option<SessionIndex>) {
        for (index, session) in self.sessions.iter_mut().enumerate() {
            session.is_ended |= session.account == account && Some(index) != keep;
        }
    }

    /// Notice to the address of an account.
    fn notify_owner(&mut self, account: AccountId, kind: Kind, now: Time) {
        if let Account { email: Some(email), is_proved, .. } = self.accounts[account] {
            self.notify((email, is_proved), kind, None, now);
        }
    }

    /// A notice, with the link of `code`.
    pub fn notify(&mut self, (to, is_proved): (Address, bool), kind: Kind, code: Option<CodeIndex>, now: Time) -> bool {
        let is_sent = self.mailboxes[to as usize].take(kind, is_proved, now);
        if is_sent {
            self.due.push(Due { to, kind, code });
        }
        is_sent
    }
}
