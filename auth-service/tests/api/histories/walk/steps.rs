//! Steps of a history: an operation is sent, its answer compared with the model, and its tokens are kept.

use std::time::{Duration, Instant};

use super::history::{Device, History};
use super::installation::{Call, Installation, Reply};
use super::model::{Address, Expected, Model, Person, SECOND};
use super::operation::Operation;

/// Time for which a request is repeated that is answered 503: the machine is busy. A breaker answers many times in that.
const BOUND: Duration = Duration::from_secs(120);
/// An access token is renewed so long before its end.
const MARGIN: i64 = 5 * SECOND;

impl History {
    /// Performs an operation. With `crash` the service crashes while it serves it, or after that: the answer is lost.
    pub fn perform(&mut self, site: &mut impl Installation, operation: &Operation, crash: Option<u32>) {
        if let Some(device) = operation.device().filter(|_| !matches!(operation, Operation::Refresh { .. })) {
            self.renew(site, device);
        }
        self.note(site, &format!("{operation:?}, crash {crash:?}"));
        let (call, before) = (operation.call(self), self.model.clone());
        let person = operation.person(self);
        let expected = operation.apply(self, site.now());
        self.assert_sound(person, &before);
        let reply = match crash {
            Some(progress) => {
                site.crash_during(&call, progress);
                None
            }
            None if operation.is_page() => Some(self.press(site, operation, &call)),
            None => Some(site.call(&call)),
        };
        match reply.filter(|reply| reply.status != 503) {
            Some(reply) => {
                self.compare(expected, &reply);
                self.keep_tokens(site, operation, &reply);
            }
            None => self.recover(site, operation, expected, &before),
        }
        self.remember_passwords(&before);
    }

    /// A refresh with a lost answer: the device keeps the token that it had.
    pub fn lose_answer(&mut self, site: &mut impl Installation, device: usize) {
        self.note(site, &format!("an answer to a refresh of device {device} is lost"));
        let call = Operation::Refresh { device }.call(self);
        let reply = self.insist(site, &call);
        self.compare(Expected(200, ""), &reply);
        self.devices[device].lost += 1;
    }

    /// A second tab with the same token refreshes after the first one, `seconds` later: both get the same successor.
    pub fn refresh_in_two_tabs(&mut self, site: &mut impl Installation, device: usize, seconds: u64) {
        self.note(site, &format!("two tabs of device {device}, {seconds} s apart"));
        let call = Operation::Refresh { device }.call(self);
        let first = self.insist(site, &call);
        self.compare(Expected(200, ""), &first);
        site.advance(seconds);
        let second = self.insist(site, &call);
        self.compare(Expected(200, ""), &second);
        let token = |reply: &Reply| reply.json()["tokens"]["refresh_token"].clone();
        assert_eq!(token(&first), token(&second), "{}", self.story());
        self.devices[device].lost += 1;
        self.keep_tokens(site, &Operation::Refresh { device }, &second);
    }

    /// Gets another access token when the present one is of no use.
    pub fn renew(&mut self, site: &mut impl Installation, device: usize) {
        let Device { access_until, is_cut_off, .. } = self.devices[device];
        if is_cut_off || site.now() + MARGIN >= access_until {
            let refresh = Operation::Refresh { device };
            let reply = self.insist(site, &refresh.call(self));
            self.compare(Expected(200, ""), &reply);
            self.keep_tokens(site, &refresh, &reply);
        }
    }

    /// Opens the page of a link, and sends its form with the address that the mail came to.
    pub fn press(&self, site: &mut impl Installation, operation: &Operation, open: &Call) -> Reply {
        let page = site.call(open);
        let (Some(token), Some(link)) = (page.hidden("form_token"), page.hidden("link")) else { return page };
        let (action, address) = match operation {
            Operation::Undo { code } => ("/account/email/undo", self.model.codes[*code].address),
            Operation::NotMe { link } => ("/account/not-me", self.model.claim_links[*link].address),
            _ => return page,
        };
        let email = self.email(address);
        let fields = [("link", link.as_str()), ("email", &email), ("form_token", &token)];
        site.call(&Call::new("POST", action).form(&page.cookies, &fields))
    }

    /// Sends a request until it is answered with anything but 503.
    pub fn insist(&self, site: &mut impl Installation, call: &Call) -> Reply {
        self.until_answered(|| site.call(call))
    }

    /// Repeats requests until they are answered with anything but 503.
    pub fn until_answered(&self, mut send: impl FnMut() -> Reply) -> Reply {
        let begun = Instant::now();
        loop {
            let reply = send();
            if reply.status != 503 {
                return reply;
            }
            assert!(begun.elapsed() < BOUND, "busy for ever: {}{}", reply.text, self.story());
        }
    }

    /// Asserts that an answer is the expected one.
    pub fn compare(&self, expected: Expected, reply: &Reply) {
        let Expected(status, code) = expected;
        let is_right = reply.status == status && (code.is_empty() || reply.code() == code);
        assert!(is_right, "expected {expected:?}, got {} {}{}", reply.status, reply.text, self.story());
    }

    fn keep_tokens(&mut self, site: &impl Installation, operation: &Operation, reply: &Reply) {
        match operation {
            Operation::SignIn { person, .. } if reply.status == 201 => {
                let session = self.model.sessions.len() - 1;
                let (refresh, access) = (String::new(), String::new());
                let (person, access_until, is_cut_off, lost) = (*person, 0, false, 0);
                self.devices.push(Device { person, session, refresh, access, access_until, is_cut_off, lost });
                self.store(site, self.devices.len() - 1, reply);
            }
            Operation::Refresh { device } if reply.status == 200 => self.store(site, *device, reply),
            Operation::AskReset { person, .. } => {
                let id = reply.json()["reset_id"].as_str().map(str::to_owned);
                self.resets.push(super::history::Reset { person: *person, id });
            }
            Operation::LogOutOthers { device } | Operation::ChangePassword { device, .. } => {
                let account = self.model.sessions[self.devices[*device].session].account;
                self.cut_off(account);
            }
            _ => {}
        }
    }

    fn store(&mut self, site: &impl Installation, device: usize, reply: &Reply) {
        let tokens = reply.json()["tokens"].clone();
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        let device = &mut self.devices[device];
        (device.refresh, device.access, device.is_cut_off) = (text("refresh_token"), text("access_token"), false);
        device.access_until = site.now() + tokens["expires_in"].as_i64().expect("seconds") * SECOND;
    }

    /// Remembers what was right before this step and is wrong now.
    fn remember_passwords(&mut self, before: &Model) {
        for (old, new) in before.accounts.iter().zip(&self.model.accounts) {
            if let Some(email) = old.email.filter(|_| (&old.email, &old.password) != (&new.email, &new.password)) {
                self.old_passwords.push((old.holder, email, old.password.clone()));
            }
        }
    }

    /// Asserts what no step may do, whatever the other rules of the model are: a squatter ends no session of the owner
    /// and changes no proved address, and only the owner of a mailbox proves it.
    fn assert_sound(&self, person: Person, before: &Model) {
        for address in [Address::Contested, Address::Own] {
            if let Some(account) = self.model.login(address).filter(|_| self.model.is_proved(address)) {
                assert_eq!(self.model.accounts[account].holder, Person::Owner, "a stranger's proof{}", self.story());
            }
            if person == Person::Squatter && before.is_proved(address) {
                assert_eq!(self.model.login(address), before.login(address), "a claim won{}", self.story());
            }
        }
        let of_owner = self.devices.iter().filter(|device| device.person == Person::Owner);
        for device in of_owner.filter(|_| person == Person::Squatter) {
            let (was, is) = (before.sessions[device.session], self.model.sessions[device.session]);
            assert_eq!(was.is_ended, is.is_ended, "the owner was signed out by another{}", self.story());
        }
    }

    /// Notes a step for the message of a failure.
    pub fn note(&mut self, site: &impl Installation, what: &str) {
        self.trace.push(format!("{} {what}", site.now() / SECOND));
    }
}
