//! Choice of the next step: any that a person could do with what the person knows.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::addresses::TypedCodes;
use super::history::History;
use super::model::{Address, Asker, CodeIndex, Person, Purpose};
use super::operation::Operation;

/// Most accounts of a history.
const MAX_ACCOUNTS: usize = 4;
/// Most devices of a history.
const MAX_DEVICES: usize = 6;
/// Most wrong codes: fewer than any budget of guesses.
const MAX_GUESSES: u8 = 3;
/// Most answers that a device loses: fewer than the late uses of a day.
const MAX_LOST: u8 = 6;
/// Attempts to find a step that is possible now.
const ATTEMPTS: u32 = 40;

/// A step.
#[derive(Debug)]
pub enum Step {
    Operation(Operation),
    /// An answer to a refresh of this device is lost.
    LoseAnswer(usize),
    /// Two tabs of this device refresh, so many seconds apart.
    TwoTabs(usize, u64),
}

impl History {
    /// The next step.
    pub fn choose(&mut self) -> Step {
        let chosen = (0..ATTEMPTS).find_map(|_| self.try_to_choose());
        chosen.unwrap_or(Step::Operation(Operation::AskReset { person: Person::Owner, address: Address::Contested }))
    }

    fn try_to_choose(&mut self) -> Option<Step> {
        let person = *[Person::Owner, Person::Squatter].choose(&mut self.random)?;
        if self.random.random_bool(0.5)
            && let Some(reset) = self.confirm_reset(person, true)
        {
            return Some(Step::Operation(reset));
        }
        let is_known = self.model.accounts.iter().any(|account| account.holder == person && account.email.is_some());
        if !is_known {
            return self.enter(person).map(Step::Operation);
        }
        let own = |device: &usize| self.devices[*device].person == person;
        let devices: Vec<_> = self.live_devices().into_iter().filter(own).collect();
        let Some(device) = devices.choose(&mut self.random).copied() else {
            return self.sign_in(person).map(Step::Operation);
        };
        if self.random.random_bool(0.5)
            && let Some(answer) = self.answer_mail(device)
        {
            return Some(Step::Operation(answer));
        }
        let can_lose = self.devices[device].lost < MAX_LOST;
        Some(Step::Operation(match self.random.random_range(0..100) {
            0..3 => self.sign_up(person)?,
            3..11 => self.sign_in(person)?,
            11..21 => Operation::Refresh { device },
            21..28 => return can_lose.then_some(Step::LoseAnswer(device)),
            28..32 => {
                let pause = *[0, 5, 11, 3600].choose(&mut self.random)?;
                return can_lose.then_some(Step::TwoTabs(device, pause));
            }
            32..35 => Operation::LogOut { device },
            35..39 => Operation::LogOutOthers { device },
            39..45 => Operation::ChangePassword { device, new: self.new_password() },
            45..57 => Operation::AskProof { device },
            57..61 => self.confirm_proof(device)?,
            61..69 => Operation::AskReset { person, address: self.address_of(person)? },
            69..78 => self.confirm_reset(person, false)?,
            78..83 => Operation::AskChange { device, to: self.address_of(person)? },
            83..91 => self.confirm_change(device)?,
            91..92 => Operation::CancelChange { device },
            92..95 => self.undo(person)?,
            95..98 => self.not_me(person)?,
            _ => Operation::Delete { device },
        }))
    }

    /// An address that the person reads or types.
    fn address_of(&mut self, person: Person) -> Option<Address> {
        let own = if person == Person::Owner { Address::Own } else { Address::Foreign };
        [Address::Contested, Address::Contested, own].choose(&mut self.random).copied()
    }

    /// A person without an account signs up, or resets the password of the one at the own address.
    fn enter(&mut self, person: Person) -> Option<Operation> {
        match self.random.random_bool(0.6) {
            true => self.sign_up(person),
            false => Some(Operation::AskReset { person, address: self.address_of(person)? }),
        }
    }

    /// Types a code that has arrived for this device.
    fn answer_mail(&mut self, device: usize) -> Option<Operation> {
        let (person, asker) = (self.devices[device].person, Asker::Session(self.devices[device].session));
        let has_open = |purpose| self.codes(purpose, asker, person).iter().any(|code| !self.model.codes[*code].is_gone);
        if has_open(Purpose::Proof) {
            return self.confirm_proof(device);
        }
        if has_open(Purpose::Change) { self.confirm_change(device) } else { None }
    }

    fn sign_up(&mut self, person: Person) -> Option<Operation> {
        let (address, password) = (self.address_of(person)?, self.new_password());
        (self.model.accounts.len() < MAX_ACCOUNTS).then_some(Operation::SignUp { person, address, password })
    }

    /// Mostly with a right password, sometimes with one that was right once.
    fn sign_in(&mut self, person: Person) -> Option<Operation> {
        let accounts = self.model.accounts.iter().filter(|account| account.holder == person);
        let right = accounts.filter_map(|account| Some((account.email?, account.password.clone())));
        let old = self.old_passwords.iter().filter(|(holder, ..)| *holder == person);
        let old = old.map(|(_, address, password)| (*address, password.clone()));
        let known: Vec<_> = if self.random.random_bool(0.85) { right.collect() } else { old.collect() };
        let (address, password) = known.choose(&mut self.random)?.clone();
        (self.devices.len() < MAX_DEVICES).then_some(Operation::SignIn { person, address, password })
    }

    /// Codes that the person has read, for this asker, newest first.
    fn codes(&self, purpose: Purpose, asker: Asker, person: Person) -> Vec<CodeIndex> {
        let codes = self.model.codes.iter().enumerate().rev();
        let sent = codes.filter(|(_, code)| (code.purpose, code.asker) == (purpose, asker) && code.digits.is_some());
        sent.filter(|(_, code)| person.reads(code.address)).map(|(index, _)| index).collect()
    }

    /// Mostly the newest code, sometimes an earlier one, or the guess of a person without one.
    fn code(&mut self, purpose: Purpose, asker: Asker, person: Person) -> Option<String> {
        let known = self.codes(purpose, asker, person);
        let chosen = if self.random.random_bool(0.8) { known.first() } else { known.choose(&mut self.random) };
        match chosen {
            Some(code) => self.model.codes[*code].digits.clone(),
            None => self.guess(),
        }
    }

    fn guess(&mut self) -> Option<String> {
        if self.guesses == MAX_GUESSES || self.random.random_bool(0.7) {
            return None;
        }
        self.guesses += 1;
        Some("00000000".to_owned())
    }

    fn confirm_proof(&mut self, device: usize) -> Option<Operation> {
        let asker = Asker::Session(self.devices[device].session);
        let code = self.code(Purpose::Proof, asker, self.devices[device].person)?;
        Some(Operation::ConfirmProof { device, code })
    }

    /// With `has_code` only a reset with a code that has arrived.
    fn confirm_reset(&mut self, person: Person, has_code: bool) -> Option<Operation> {
        let is_open = |code: &CodeIndex| !self.model.codes[*code].is_gone;
        let can_be_typed = |reset: usize| self.codes(Purpose::Reset, Asker::Reset(reset), person).iter().any(is_open);
        let asked = (0..self.resets.len()).filter(|reset| self.resets[*reset].person == person);
        let asked = asked.filter(|reset| self.resets[*reset].id.is_some());
        let asked: Vec<_> = asked.filter(|reset| !has_code || can_be_typed(*reset)).collect();
        let reset = *asked.choose(&mut self.random)?;
        let code = self.code(Purpose::Reset, Asker::Reset(reset), person)?;
        Some(Operation::ConfirmReset { person, reset, code, password: self.new_password() })
    }

    fn confirm_change(&mut self, device: usize) -> Option<Operation> {
        let (person, session) = (self.devices[device].person, self.devices[device].session);
        let pending = self.model.account_of(session).pending.clone().filter(|pending| pending.session == session)?;
        let newest = |history: &Self, purpose| {
            let code = *history.codes(purpose, Asker::Session(session), person).first()?;
            history.model.codes[code].digits.clone()
        };
        let release = newest(self, Purpose::Release).filter(|_| self.random.random_bool(0.6));
        let code = match (newest(self, Purpose::Change), pending.due) {
            (_, Some(_)) => None,
            (Some(code), None) => Some(code),
            (None, None) => Some(self.guess()?),
        };
        let take_claimed = self.random.random_bool(0.6);
        Some(Operation::ConfirmChange { device, typed: TypedCodes { code, present_code: release, take_claimed } })
    }

    fn undo(&mut self, person: Person) -> Option<Operation> {
        let links = self.model.codes.iter().enumerate().filter(|(_, code)| code.purpose == Purpose::Undo);
        let links = links.filter(|(_, code)| code.link.is_some() && person.reads(code.address));
        let links: Vec<_> = links.map(|(index, _)| index).collect();
        Some(Operation::Undo { code: *links.choose(&mut self.random)? })
    }

    fn not_me(&mut self, person: Person) -> Option<Operation> {
        let links = 0..self.model.claim_links.len();
        let links: Vec<_> = links.filter(|link| person.reads(self.model.claim_links[*link].address)).collect();
        Some(Operation::NotMe { link: *links.choose(&mut self.random)? })
    }

    /// `true` when the state shows whether the operation was done, also when its answer is lost.
    pub fn may_be_interrupted(&self, operation: &Operation) -> bool {
        let pending = |device: usize| {
            let account = self.model.sessions[self.devices[device].session].account;
            self.model.accounts[account].pending.as_ref()
        };
        match operation {
            Operation::Undo { .. } | Operation::NotMe { .. } => false,
            Operation::AskChange { device, .. } => pending(*device).is_none(),
            Operation::ConfirmChange { device, .. } => pending(*device).is_none_or(|pending| pending.due.is_none()),
            _ => true,
        }
    }
}
