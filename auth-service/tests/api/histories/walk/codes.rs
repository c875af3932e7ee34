//! Codes in the model: sent, compared, replaced by newer ones, deleted.

use super::installation::Time;
use super::mail::Kind;
use super::model::{AccountId, Address, Asker, Code, CodeIndex, DAY, MINUTE, Model, Purpose};

/// Validity of a code.
const CODE_VALIDITY: Time = 15 * MINUTE;
/// Validity of the link that undoes a change of address.
const UNDO_VALIDITY: Time = 7 * DAY;
/// Number of wrong codes after which the codes of an asker are refused.
const MAX_TRIES: u8 = 5;
/// Number of codes of one asker that work.
const OPEN_CODES: usize = 2;

impl Model {
    /// Sends a code. When its mail is withheld there is none.
    pub fn send_code(
        &mut self,
        (purpose, kind): (Purpose, Kind),
        asker: Asker,
        account: AccountId,
        (to, is_proved): (Address, bool),
        now: Time,
    ) {
        let next = self.codes.len();
        if self.notify((to, is_proved), kind, Some(next), now) {
            self.issue(purpose, asker, account, to, now);
        }
    }

    /// Issues the link that undoes a change of address, for the mailbox `former`.
    pub fn issue_undo(&mut self, account: AccountId, former: Address, now: Time) -> CodeIndex {
        self.issue(Purpose::Undo, Asker::Nobody, account, former, now)
    }

    fn issue(&mut self, purpose: Purpose, asker: Asker, account: AccountId, address: Address, now: Time) -> CodeIndex {
        let validity = if purpose == Purpose::Undo { UNDO_VALIDITY } else { CODE_VALIDITY };
        let (expires, tries, is_gone) = (now + validity, 0, false);
        let code = Code { purpose, asker, account, address, expires, tries, is_gone, digits: None, link: None };
        self.codes.push(code);
        if asker != Asker::Nobody {
            for old in self.open_codes(purpose, asker, now).into_iter().skip(OPEN_CODES) {
                self.codes[old].is_gone = true;
            }
        }
        self.codes.len() - 1
    }

    /// Codes of an asker that work, newest first.
    fn open_codes(&self, purpose: Purpose, asker: Asker, now: Time) -> Vec<CodeIndex> {
        let codes = self.codes.iter().enumerate().rev();
        let open = codes.filter(|(_, code)| (code.purpose, code.asker) == (purpose, asker));
        open.filter(|(_, code)| !code.is_gone && code.expires > now).map(|(index, _)| index).collect()
    }

    /// Compares a typed code. A wrong one counts against all that the asker has.
    pub fn try_code(&mut self, purpose: Purpose, asker: Asker, typed: &str, now: Time) -> Option<CodeIndex> {
        let open = self.open_codes(purpose, asker, now);
        let may_try: Vec<_> = open.iter().copied().filter(|code| self.codes[*code].tries < MAX_TRIES).collect();
        let right = may_try.iter().copied().rfind(|code| self.codes[*code].digits.as_deref() == Some(typed));
        if right.is_none() && !may_try.is_empty() {
            open.iter().for_each(|code| self.codes[*code].tries += 1);
        }
        right
    }

    /// Deletes codes of an account.
    pub fn delete_codes(&mut self, account: AccountId, which: impl Fn(Purpose) -> bool) {
        let own = self.codes.iter_mut().filter(|code| code.account == account && which(code.purpose));
        own.for_each(|code| code.is_gone = true);
    }
}
