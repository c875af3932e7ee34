//! One history: two people with their devices, their mailboxes, and what they remember.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::installation::Time;
use super::mail::Received;
use super::model::{ADDRESSES, Address, ClaimLink, Model, Person, Purpose, SessionIndex};

/// A device with the tokens that it has got.
#[derive(Debug, Clone)]
pub struct Device {
    pub person: Person,
    pub session: SessionIndex,
    pub refresh: String,
    pub access: String,
    /// Time from which the access token must not be used any more.
    pub access_until: Time,
    /// `true` when the access token was revoked.
    pub is_cut_off: bool,
    /// Answers to refreshes that it has lost.
    pub lost: u8,
}

/// A requested reset.
#[derive(Debug, Clone)]
pub struct Reset {
    pub person: Person,
    /// Its id; `None` when the answer was lost.
    pub id: Option<String>,
}

/// One history.
pub struct History {
    /// Its number, which is part of its addresses.
    pub number: u64,
    pub random: StdRng,
    pub model: Model,
    pub devices: Vec<Device>,
    pub resets: Vec<Reset>,
    /// Passwords that were right for an address once.
    pub old_passwords: Vec<(Person, Address, String)>,
    /// Wrong codes typed so far.
    pub guesses: u8,
    passwords: u32,
    /// Mails that have arrived, by their ids.
    pub arrived: BTreeMap<String, String>,
    /// Mails that are set aside until it is known what caused them.
    pub unread: Vec<Received>,
    /// Mails to other histories that were read together with those of this one.
    pub of_others: Vec<Received>,
    /// What was done, for the message of a failure.
    pub trace: Vec<String>,
}

impl History {
    pub fn new(seed: u64, number: u64) -> Self {
        Self {
            number,
            random: StdRng::seed_from_u64(seed),
            model: Model::default(),
            devices: Vec::new(),
            resets: Vec::new(),
            old_passwords: Vec::new(),
            guesses: 0,
            passwords: 0,
            arrived: BTreeMap::new(),
            unread: Vec::new(),
            of_others: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// An address as text.
    pub fn email(&self, address: Address) -> String {
        let name = match address {
            Address::Contested => "contested",
            Address::Own => "own",
            Address::Foreign => "foreign",
        };
        format!("{name}-{}@example.org", self.number)
    }

    /// The address that a text is.
    pub fn address(&self, text: &str) -> Option<Address> {
        ADDRESSES.into_iter().find(|address| self.email(*address) == text)
    }

    /// A password that has not been used.
    pub fn new_password(&mut self) -> String {
        self.passwords += 1;
        format!("{} owls in tall tree {}", self.passwords, self.number)
    }

    /// `true` while the session of a device goes on.
    pub fn is_live(&self, device: &Device) -> bool {
        !self.model.sessions[device.session].is_ended
    }

    /// Indices of devices that are signed in.
    pub fn live_devices(&self) -> Vec<usize> {
        (0..self.devices.len()).filter(|index| self.is_live(&self.devices[*index])).collect()
    }

    /// Marks the access tokens of an account as revoked.
    pub fn cut_off(&mut self, account: usize) {
        let sessions = &self.model.sessions;
        let own = self.devices.iter_mut().filter(|device| sessions[device.session].account == account);
        own.for_each(|device| device.is_cut_off = true);
    }

    /// Takes a mail that has arrived: it must be expected, or one that arrived before, word for word.
    pub fn take(&mut self, mail: Received) {
        if let Some(before) = self.arrived.get(&mail.id) {
            assert_eq!(*before, mail.text, "a mail was sent twice and differs: {}", self.story());
            return;
        }
        let to = self.address(&mail.to).expect("a mail of this history");
        let due = self.model.due.iter().position(|due| (due.to, due.kind) == (to, mail.kind));
        let Some(due) = due else { panic!("a mail that nothing has caused: {}{}", mail.text, self.story()) };
        let due = self.model.due.remove(due);
        assert_eq!(mail.code.is_some(), mail.kind.is_code(), "{}", mail.text);
        if let Some(code) = due.code {
            let code = &mut self.model.codes[code];
            assert!(code.purpose != Purpose::Undo || mail.link.is_some(), "{}", mail.text);
            (code.digits, code.link) = (mail.code, mail.link);
            if let Some(link) = mail.not_me {
                let link = ClaimLink { account: code.account, address: to, link };
                self.model.claim_links.push(link);
            }
        }
        self.arrived.insert(mail.id, mail.text);
    }

    /// `true` when a mail is due that has not arrived.
    pub fn is_mail_missing(&self) -> bool {
        !self.model.due.is_empty()
    }

    /// Asserts that no mail is missing.
    pub fn assert_no_mail_is_missing(&self) {
        assert!(self.model.due.is_empty(), "mails are lost: {:?}: {}", self.model.due, self.story());
    }

    /// The steps so far.
    pub fn story(&self) -> String {
        format!("\nhistory {}:\n{}", self.number, self.trace.join("\n"))
    }
}
