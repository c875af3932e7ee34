//! State of a stub.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::faults::{Fault, Lie};
use crate::keys::Signing;
use crate::kind::{Endpoint, Kind};
use crate::person::Person;
use crate::request::Call;

pub(crate) type Change = Box<dyn Fn(&mut Value) + Send + Sync>;

pub(crate) struct State {
    pub kind: Kind,
    pub base: String,
    /// Accounts; without a choice on the page the first one signs in.
    pub people: Vec<Person>,
    /// Registered redirect URIs; any is accepted while there is none.
    pub registered: Vec<String>,
    pub codes: HashMap<String, Code>,
    pub access: HashMap<String, Session>,
    pub refresh: HashMap<String, Session>,
    /// Subjects that have consented before: Google issues them no second refresh token.
    pub consented: HashSet<String>,
    pub calls: Vec<Call>,
    pub faults: HashMap<Endpoint, Fault>,
    pub lies: Vec<Lie>,
    pub changes: Vec<(Endpoint, Change)>,
    pub claims: Vec<Change>,
    pub signing: Signing,
    pub generation: u32,
    /// `true` when profile claims are in userinfo only.
    pub bare_id_tokens: bool,
    /// Signature of userinfo; `None` for plain JSON.
    pub signed_userinfo: Option<Signing>,
    /// `true` when codes are issued and redeemed without PKCE.
    pub without_pkce: bool,
    /// `true` when browsers are redirected at once, without a page.
    pub no_page: bool,
    /// VK ID: `true` when the callback is one parameter `payload`.
    pub payload: bool,
    pub ahead: Duration,
}

/// An issued code.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub person: Person,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub nonce: Option<String>,
    pub device_id: Option<String>,
    pub scope: String,
    pub offline: bool,
    pub used: bool,
}

/// The session of issued tokens.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub person: Person,
    pub device_id: Option<String>,
    pub scope: String,
}

impl State {
    pub fn new(kind: Kind, base: String) -> Self {
        Self {
            kind,
            base,
            people: people(kind),
            registered: Vec::new(),
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            consented: HashSet::new(),
            calls: Vec::new(),
            faults: HashMap::new(),
            lies: Vec::new(),
            changes: Vec::new(),
            claims: Vec::new(),
            signing: Signing::default(),
            generation: 1,
            bare_id_tokens: false,
            signed_userinfo: None,
            without_pkce: false,
            no_page: false,
            payload: false,
            ahead: Duration::ZERO,
        }
    }

    pub fn lies(&self, lie: Lie) -> bool {
        self.lies.contains(&lie)
    }

    /// Seconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "a stand-in has the real time, without the kit")]
    pub fn now(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (now + self.ahead).as_secs()
    }
}

fn people(kind: Kind) -> Vec<Person> {
    let domain = match kind {
        Kind::Google => "gmail.com",
        Kind::Yandex => "yandex.ru",
        Kind::MailRu => "mail.ru",
        Kind::Vk | Kind::Oidc => "example.org",
    };
    let mut boris = Person::new("1000000002", &format!("boris.stub@{domain}"));
    (boris.first_name, boris.last_name) = ("Boris".to_owned(), "Petrov".to_owned());
    boris.birthday = Some("0000-12-23".to_owned());
    vec![Person::new("1000000001", &format!("anna.stub@{domain}")), boris, Person::without_email("1000000003")]
}
