//! Effects of a request with a lost answer: all of it or nothing, as the state shows.

use super::history::{History, Reset};
use super::installation::{Call, Installation, Reply};
use super::mail::Kind;
use super::model::{Address, Expected, Model, Person};
use super::operation::Operation;

impl History {
    /// Continues with the model of before or of after the operation, whichever the installation agrees with.
    pub fn recover(&mut self, site: &mut impl Installation, operation: &Operation, expected: Expected, before: &Model) {
        if let Operation::Refresh { device } = operation {
            self.devices[*device].lost += 1;
        }
        let has_happened = expected.0 < 300 && self.has_happened(site, operation, before);
        self.note(site, if has_happened { "… was done" } else { "… was not done" });
        if !has_happened {
            self.model = before.clone();
        }
        if let Operation::AskReset { person, .. } = operation {
            self.resets.push(Reset { person: *person, id: None });
        }
        for mail in std::mem::take(&mut self.unread) {
            self.take(mail);
        }
    }

    fn has_happened(&mut self, site: &mut impl Installation, operation: &Operation, before: &Model) -> bool {
        match operation {
            // A session that no device knows. A refresh is repeated by the device.
            Operation::SignIn { .. } | Operation::Refresh { .. } => false,
            Operation::SignUp { address, password, .. } => self.is_password(site, *address, password),
            Operation::ConfirmReset { reset, code, password, .. } => {
                let codes = before.codes.iter();
                let mut used = codes.filter(|sent| sent.asker == super::model::Asker::Reset(*reset));
                let address = used.find(|sent| sent.digits.as_ref() == Some(code)).expect("a right code").address;
                self.is_password(site, address, password)
            }
            Operation::ChangePassword { device, new } => self.has_changed_password(site, *device, new, before),
            Operation::AskProof { .. } => self.has_sent(site, before),
            Operation::AskReset { .. } => self.has_sent(site, before),
            Operation::AskChange { device, to } => {
                let pending = self.me(site, *device)["email_change"]["email"] == self.email(*to).as_str();
                self.read_mails(site);
                pending
            }
            Operation::ConfirmProof { device, .. } => self.me(site, *device)["email_proved"] == true,
            Operation::ConfirmChange { device, .. } => {
                let me = self.me(site, *device);
                let account = self.model.account_of(self.devices[*device].session);
                let (email, waits) = (account.email.expect("an address"), account.pending.is_some());
                match waits {
                    true => me["email_change"]["effective_at"].is_string(),
                    false => me["user"]["email"] == self.email(email).as_str(),
                }
            }
            Operation::LogOut { .. } | Operation::CancelChange { .. } => {
                let reply = self.insist(site, &operation.call(self));
                self.compare(Expected(204, ""), &reply);
                true
            }
            Operation::LogOutOthers { device } => {
                self.devices[*device].is_cut_off = true;
                self.renew(site, *device);
                let reply = self.insist(site, &operation.call(self));
                self.compare(Expected(204, ""), &reply);
                self.devices[*device].is_cut_off = true;
                true
            }
            Operation::Undo { .. } | Operation::NotMe { .. } => {
                // What its answer says differs when it was done before.
                self.until_answered(|| self.press(site, operation, &operation.call(self)));
                true
            }
            Operation::Delete { device } => {
                let call = Call::new("GET", "/api/v1/me").bearer(&self.devices[*device].access);
                self.insist(site, &call).status == 401
            }
        }
    }

    /// `true` when the password signs in at the address. No device keeps the session.
    fn is_password(&self, site: &mut impl Installation, address: Address, password: &str) -> bool {
        let (person, password) = (Person::Owner, password.to_owned());
        let reply = self.insist(site, &Operation::SignIn { person, address, password }.call(self));
        assert!([201, 401].contains(&reply.status), "{}{}", reply.text, self.story());
        reply.status == 201
    }

    fn has_changed_password(&mut self, site: &mut impl Installation, device: usize, new: &str, before: &Model) -> bool {
        let account = before.sessions[self.devices[device].session].account;
        self.devices[device].is_cut_off = true; // perhaps
        if let Some(address) = before.accounts[account].email {
            return self.is_password(site, address, new);
        }
        self.renew(site, device);
        let body = serde_json::json!({"current_password": before.accounts[account].password, "new_password": new});
        let call = Call::new("POST", "/api/v1/me/password").bearer(&self.devices[device].access).json(&body);
        let reply = self.insist(site, &call);
        assert!([200, 403].contains(&reply.status), "{}{}", reply.text, self.story());
        self.devices[device].is_cut_off = true;
        true
    }

    /// `true` when a mail has arrived that only this operation can have caused.
    fn has_sent(&mut self, site: &mut impl Installation, before: &Model) -> bool {
        self.read_mails(site);
        let count = |due: &[super::model::Due], to: Address, kind: Kind| {
            due.iter().filter(|due| (due.to, due.kind) == (to, kind)).count()
        };
        let Some(new) = self.model.due.last().filter(|_| self.model.due.len() > before.due.len()) else { return true };
        let is_new = |mail: &&super::mail::Received| !self.arrived.contains_key(&mail.id);
        let same = self.unread.iter().filter(is_new).filter(|mail| mail.kind == new.kind);
        let arrived = same.filter(|mail| mail.to == self.email(new.to)).count();
        arrived > count(&before.due, new.to, new.kind)
    }

    /// Reads the mailboxes, and sets the mails to others aside.
    fn read_mails(&mut self, site: &mut impl Installation) {
        let (own, others): (Vec<_>, Vec<_>) =
            site.deliver().into_iter().partition(|mail| self.address(&mail.to).is_some());
        self.unread.extend(own);
        self.of_others.extend(others);
    }

    /// `get_me` of a device.
    pub fn me(&mut self, site: &mut impl Installation, device: usize) -> serde_json::Value {
        self.renew(site, device);
        let call = Call::new("GET", "/api/v1/me").bearer(&self.devices[device].access);
        let reply: Reply = self.insist(site, &call);
        self.compare(Expected(200, ""), &reply);
        reply.json()
    }
}
