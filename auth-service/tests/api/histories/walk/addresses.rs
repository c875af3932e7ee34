//! Rules of addresses in the model: claims, proofs, resets, changes.

use super::installation::Time;
use super::mail::Kind;
use super::model::{AccountId, Address, Asker, DAY, Expected, Model, PendingChange, Person, Purpose, SessionIndex};

/// Time that a change waits without a code from the present mailbox.
const WAIT: Time = 7 * DAY;

/// Codes typed to confirm a change.
#[derive(Debug, Clone, Default)]
pub struct TypedCodes {
    pub code: Option<String>,
    pub present_code: Option<String>,
    /// `true` takes the address from an account that only claims it.
    pub take_claimed: bool,
}

const DONE: Expected = Expected(204, "");
const CODE_INVALID: Expected = Expected(400, "auth.code_invalid");

impl Model {
    /// The address of an account that can be proved, or the answer.
    fn unproved(&mut self, session: SessionIndex) -> Result<Address, Expected> {
        let account = self.account_of(session);
        match account.email {
            None => Err(Expected(409, "auth.no_email")),
            Some(_) if account.is_proved => Err(Expected(409, "auth.email_proved")),
            Some(email) => Ok(email),
        }
    }

    pub fn ask_proof(&mut self, session: SessionIndex, now: Time) -> Expected {
        let email = match self.unproved(session) {
            Ok(email) => email,
            Err(answer) => return answer,
        };
        let account = self.sessions[session].account;
        self.send_code((Purpose::Proof, Kind::Proof), Asker::Session(session), account, (email, false), now);
        Expected(202, "")
    }

    pub fn confirm_proof(&mut self, session: SessionIndex, typed: &str, now: Time) -> Expected {
        let email = match self.unproved(session) {
            Ok(email) => email,
            Err(answer) => return answer,
        };
        let account = self.sessions[session].account;
        let code = self.try_code(Purpose::Proof, Asker::Session(session), typed, now);
        if code.is_none_or(|code| self.codes[code].address != email) {
            return CODE_INVALID;
        }
        self.accounts[account].is_proved = true;
        self.delete_codes(account, |purpose| purpose == Purpose::Proof);
        DONE
    }

    pub fn ask_reset(&mut self, reset: usize, address: Address, now: Time) -> Expected {
        if let Some(account) = self.login(address) {
            let to = (address, self.accounts[account].is_proved);
            self.send_code((Purpose::Reset, Kind::Reset), Asker::Reset(reset), account, to, now);
        }
        Expected(202, "")
    }

    /// Sets the password of the account at the mailbox; a claimed one is handed over to its owner.
    pub fn confirm_reset(&mut self, reset: usize, typed: &str, password: &str, by: Person, now: Time) -> Expected {
        let Some(code) = self.try_code(Purpose::Reset, Asker::Reset(reset), typed, now) else { return CODE_INVALID };
        let (id, address) = (self.codes[code].account, self.codes[code].address);
        if self.login(address) != Some(id) {
            return CODE_INVALID;
        }
        self.codes[code].is_gone = true;
        let was_proved = self.accounts[id].is_proved;
        self.delete_codes(id, |purpose| !(was_proved && purpose == Purpose::Undo));
        self.end_sessions(id, None);
        let account = &mut self.accounts[id];
        (account.is_proved, account.password, account.pending) = (true, password.to_owned(), None);
        account.holder = by;
        self.notify((address, true), Kind::PasswordRecovered, None, now);
        DONE
    }

    /// In a fresh session, or with the password.
    pub fn ask_change(&mut self, session: SessionIndex, to: Address, now: Time) -> Expected {
        let id = self.sessions[session].account;
        let email = self.accounts[id].email;
        if email == Some(to) {
            return Expected(422, "request.invalid_fields");
        }
        let from = email.filter(|_| self.accounts[id].is_proved);
        self.accounts[id].pending = Some(PendingChange { session, from, to, due: None, expires: now + DAY });
        let asker = Asker::Session(session);
        if self.is_proved(to) {
            self.notify((to, true), Kind::Requested, None, now);
        } else {
            self.send_code((Purpose::Change, Kind::Change), asker, id, (to, false), now);
        }
        if let Some(from) = from {
            self.send_code((Purpose::Release, Kind::Release), asker, id, (from, true), now);
        }
        Expected(202, "")
    }

    pub fn confirm_change(&mut self, session: SessionIndex, typed: &TypedCodes, now: Time) -> Expected {
        let (id, asker) = (self.sessions[session].account, Asker::Session(session));
        let Some(pending) = self.pending(id, now).filter(|pending| pending.session == session) else {
            return CODE_INVALID;
        };
        let mut right = Vec::new();
        let needed =
            [(Purpose::Change, &typed.code, Some(pending.to)), (Purpose::Release, &typed.present_code, pending.from)];
        for (purpose, text, address) in needed {
            let Some(text) = text else { continue };
            let code = self.try_code(purpose, asker, text, now);
            match code.filter(|code| Some(self.codes[*code].address) == address) {
                Some(code) => right.push(code),
                None => return CODE_INVALID,
            }
        }
        if typed.code.is_none() && pending.due.is_none() {
            return CODE_INVALID;
        }
        match self.login(pending.to).filter(|other| *other != id) {
            Some(other) if self.accounts[other].is_proved => return Expected(409, "auth.email_taken"),
            Some(_) if !typed.take_claimed => return Expected(409, "auth.email_claimed"),
            _ => {}
        }
        right.into_iter().for_each(|code| self.codes[code].is_gone = true);
        let present = self.proved_email(id);
        let is_released = typed.present_code.is_some() && present == pending.from;
        match present.filter(|_| !is_released) {
            Some(present) => self.wait(id, &pending, present, now),
            None => self.apply_change(id, pending.to, now),
        }
        DONE
    }

    /// The pending change of an account, if it has not expired.
    pub fn pending(&self, id: AccountId, now: Time) -> Option<PendingChange> {
        let pending = self.accounts[id].pending.clone();
        pending.filter(|pending| pending.due.is_some() || pending.expires > now)
    }

    fn proved_email(&self, id: AccountId) -> Option<Address> {
        self.accounts[id].email.filter(|_| self.accounts[id].is_proved)
    }

    fn wait(&mut self, id: AccountId, pending: &PendingChange, present: Address, now: Time) {
        if pending.due.is_none() {
            self.accounts[id].pending = Some(PendingChange { due: Some(now + WAIT), ..pending.clone() });
            let undo = self.issue_undo(id, present, now);
            self.notify((present, true), Kind::ChangeRequested, Some(undo), now);
        }
    }

    /// Gives an account another address. The former mailbox, if it was proved, may undo that.
    fn apply_change(&mut self, id: AccountId, to: Address, now: Time) {
        let former = self.proved_email(id);
        self.replace(id, to);
        self.delete_codes(id, |purpose| purpose != Purpose::Undo);
        if let Some(former) = former {
            let undo = self.issue_undo(id, former, now);
            self.notify((former, true), Kind::Changed, Some(undo), now);
        }
    }

    /// The account has the address as a proved one; one that only claims it loses it.
    fn replace(&mut self, id: AccountId, to: Address) {
        if let Some(other) = self.login(to).filter(|other| *other != id) {
            self.release_claim(other);
        }
        let account = &mut self.accounts[id];
        (account.email, account.is_proved, account.pending) = (Some(to), true, None);
    }

    fn release_claim(&mut self, id: AccountId) {
        let account = &mut self.accounts[id];
        (account.email, account.pending) = (None, None);
        self.delete_codes(id, |_| true);
    }

    pub fn cancel_change(&mut self, session: SessionIndex) -> Expected {
        self.forget_pending(self.sessions[session].account);
        DONE
    }

    fn forget_pending(&mut self, id: AccountId) {
        self.accounts[id].pending = None;
        self.delete_codes(id, |purpose| matches!(purpose, Purpose::Change | Purpose::Release));
    }

    /// With the link in a mail to the former mailbox.
    pub fn undo(&mut self, code: usize, now: Time) -> Expected {
        let (id, former) = (self.codes[code].account, self.codes[code].address);
        let is_open = !self.codes[code].is_gone && self.codes[code].expires > now;
        let is_free = self.login(former).is_none_or(|other| other == id || !self.accounts[other].is_proved);
        if !is_open || !is_free {
            return Expected(400, "");
        }
        self.forget_pending(id);
        if self.accounts[id].email != Some(former) {
            self.replace(id, former);
        }
        self.delete_codes(id, |_| true);
        self.end_sessions(id, None);
        self.notify((former, true), Kind::ChangeUndone, None, now);
        Expected(200, "")
    }

    /// With the link in a mail to a claimed address.
    pub fn not_me(&mut self, id: AccountId, address: Address, now: Time) -> Expected {
        if self.pending(id, now).is_some_and(|pending| pending.to == address) {
            self.forget_pending(id);
            return Expected(200, "");
        }
        if self.accounts[id].email != Some(address) || self.accounts[id].is_proved {
            return Expected(400, "");
        }
        self.release_claim(id);
        Expected(200, "")
    }

    /// The hourly work: changes that have waited for a week.
    pub fn apply_due_changes(&mut self, now: Time) {
        for id in 0..self.accounts.len() {
            let Some(pending) = self.pending(id, now).filter(|pending| pending.due.is_some_and(|due| due <= now))
            else {
                continue;
            };
            match self.login(pending.to).filter(|other| *other != id) {
                Some(other) if self.accounts[other].is_proved => self.forget_pending(id),
                _ => self.apply_change(id, pending.to, now),
            }
        }
    }
}
