//! Random histories of a squatter, the owner of a mailbox and operators, in any order: no claim outranks a proof, nothing
//! that the squatter does opens an account that the owner of the mailbox has proved, the owner is signed out by nobody
//! else's act, data stay with their account, a disabled account gets no session, and the last administrator stays.

mod operator_acts;

use std::collections::BTreeSet;
use std::sync::Arc;

use account_partitions::RegionMap;
use account_storage::{
    ChangeEmail, CodeHolder, CodeMailer, ConfirmEmailChange, ProofRequest, ResetRequest, SocialProof, Store,
};
use accounts::{
    ClientContext, ClientLocation, Email, NewSession, NewUser, OpenedLink, RoleName, SignIn, SignInMethod,
    SignInResult, TypedCode, User,
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use credentials::hashing::PasswordHash;
use mailer::{AccountLink, Mail, Notification};
use outbox::Outbox;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use service_kit::testing::ManualClock;
use service_kit::{Clock, Sealer};
use uuid::Uuid;

use crate::support::{TestStore, new_user, on_large_stack};

/// Secret of the installation.
pub const SECRET: &[u8] = b"a key of this installation, 256 bits";
/// Steps of a history.
const STEPS: u64 = 24;
/// Kinds of steps of squatter and owner; those of operators follow.
const STEPS_OF_USERS: u64 = 11;
/// The step in which the owner resets a password, which may end the owner's session.
const OWNER_RESETS: u64 = 7;

/// Number of histories; more in longer runs.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn histories() -> u64 {
    std::env::var("ADDRESS_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// Pseudo-random numbers, the same in each run.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Store, clock and keys of all histories.
pub struct World {
    store: Store,
    raw: DatabaseConnection,
    region_map: RegionMap,
    clock: Arc<ManualClock>,
    pub mailer: CodeMailer,
    pub client: ClientContext,
}

/// An account with a session.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub id: UserId,
    pub session: SessionId,
}

/// One history: one contested address.
struct History<'a> {
    world: &'a World,
    contested: Email,
    /// Mailbox that the squatter reads.
    foreign: Email,
    /// Other mailbox of the owner.
    own: Email,
    squatter: Account,
    owner: Account,
    /// Accounts that the owner of the contested mailbox controls.
    rightful: BTreeSet<UserId>,
    /// All accounts of this history.
    accounts: Vec<UserId>,
    /// The administrators of the installation.
    admins: [UserId; 2],
    trace: Vec<&'static str>,
}

impl World {
    /// On a store with all tables.
    pub fn on(store: Store, test: &TestStore) -> Self {
        let clock = Arc::<ManualClock>::default();
        let outbox = Outbox::new(SECRET, Arc::<ManualClock>::clone(&clock));
        let (mailer, client) = (CodeMailer::new(SECRET, outbox), ClientContext::default());
        Self { store, raw: test.raw.clone(), region_map: test.region_map.clone(), clock, mailer, client }
    }

    /// Lets time pass for the budgets of mails.
    pub fn later(&self) {
        self.clock.advance(std::time::Duration::from_secs(3 * 60 * 60));
    }

    /// The code of the newest mail to an address.
    pub async fn code_to(&self, address: &Email) -> TypedCode {
        self.mails_to(address).await.iter().find_map(code_of).expect("a mail with a code")
    }

    /// The link of the newest mail to an address.
    pub async fn link_to(&self, address: &Email) -> OpenedLink {
        let mails = self.mails_to(address).await;
        let link = mails.iter().find_map(link_of).expect("a mail with a link").url("");
        OpenedLink::parse(link.split_once("link=").unwrap().1).unwrap()
    }

    /// Time of the clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The mails of a mailbox, newest first.
    async fn mails_to(&self, address: &Email) -> Vec<Mail> {
        let sealer = Sealer::new(SECRET, "sealed mail");
        let sql = "SELECT id, sealed FROM mails WHERE outcome IS NULL ORDER BY created_at DESC, id DESC LIMIT 64";
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let rows = self.raw.query_all_raw(statement).await.unwrap();
        let mails = rows.iter().map(|row| {
            let id: Uuid = row.try_get_by_index(0).unwrap();
            let sealed: Vec<u8> = row.try_get_by_index(1).unwrap();
            serde_json::from_slice::<Mail>(&sealer.open_bytes(&sealed, id.as_bytes()).unwrap()).unwrap()
        });
        mails.filter(|mail| mail.to.as_str() == address.as_str()).collect()
    }

    pub async fn account(&self, email: &Email) -> Option<Account> {
        let mut new =
            NewUser { email: Some(email.clone()), created_at: self.now(), ..new_user(&self.region_map, None) };
        new.display_name = new.key.id.to_string();
        self.store.insert_user(&new, None).await.ok()?;
        let session = self.open_session(new.key.id).await.unwrap();
        Some(Account { id: new.key.id, session })
    }

    async fn admin(&self) -> UserId {
        let new = NewUser { roles: vec![RoleName::admin()], ..new_user(&self.region_map, None) };
        self.store.insert_user(&new, None).await.unwrap();
        new.key.id
    }

    async fn find_user(&self, id: UserId) -> Option<User> {
        let key = self.store.find_user_key(id).await.unwrap()?;
        self.store.find_user(key).await.unwrap()
    }

    /// A sign-in with the right password. `None` when the account gets no session.
    async fn open_session(&self, id: UserId) -> Option<SessionId> {
        let user = self.store.find_user_key(id).await.unwrap()?;
        let (session, at) = (SessionId::new(), self.now());
        let opened = NewSession {
            id: session,
            user,
            device: Device::default(),
            refresh_hash: [1; 32],
            created_at: at,
            expires_at: at + TimeDelta::days(30),
        };
        let line = SignIn {
            user_id: id,
            at,
            device: DeviceKind::Tv,
            location: ClientLocation::default(),
            method: SignInMethod::Password,
            result: SignInResult::Success,
            session_id: Some(session),
        };
        self.store.insert_session(&opened, &line).await.unwrap().map(|_| session)
    }
}

fn code_of(mail: &Mail) -> Option<TypedCode> {
    let (Notification::EmailProof { code, .. }
    | Notification::PasswordReset { code, .. }
    | Notification::EmailChange { code }
    | Notification::EmailRelease { code }) = &mail.notification
    else {
        return None;
    };
    TypedCode::parse(code.as_str()).ok()
}

fn link_of(mail: &Mail) -> Option<&AccountLink> {
    match &mail.notification {
        Notification::EmailProof { link, .. } | Notification::PasswordReset { link, .. } => link.as_ref(),
        Notification::EmailChanged { undo, .. } => undo.as_ref(),
        _ => None,
    }
}

fn change_code(mails: &[Mail]) -> Option<TypedCode> {
    mails.iter().find(|mail| matches!(mail.notification, Notification::EmailChange { .. })).and_then(code_of)
}

impl History<'_> {
    fn step_names() -> [&'static str; 11] {
        [
            "squatter asks for a proof",
            "squatter guesses",
            "squatter asks for a reset and guesses",
            "squatter leaves the address",
            "squatter claims the address again",
            "squatter changes to the address",
            "owner changes to the address",
            "owner resets by a link",
            "owner frees the address",
            "provider vouches for the owner",
            "an hour passes",
        ]
    }

    async fn step(&mut self, number: u64) {
        let names = Self::step_names().into_iter().chain(operator_acts::NAMES);
        self.trace.extend(names.skip(usize::try_from(number).unwrap()).take(1));
        let (before, by_squatter) = (self.proved_holder().await, number < 6);
        let (owner, was_signed_in) = (self.owner, self.is_signed_in(self.owner).await);
        match number {
            0 => {
                if self.squatter_signs_in().await {
                    self.ask_proof(self.squatter).await;
                }
            }
            1 => self.guess_proof().await,
            2 => self.guess_reset().await,
            3 => self.leave().await,
            4 => {
                if let Some(account) = self.world.account(&self.contested).await {
                    self.squatter = account;
                    self.accounts.push(account.id);
                }
            }
            5 => {
                if self.squatter_signs_in().await {
                    self.begin_change(self.squatter, &self.contested.clone()).await;
                }
            }
            6 => self.change_to_contested().await,
            OWNER_RESETS => self.reset_by_link().await,
            8 => self.not_me().await,
            9 => self.provider_vouches().await,
            10 => self.world.clock.advance(std::time::Duration::from_secs(60 * 60)),
            _ => self.act_of_operator(number - STEPS_OF_USERS).await,
        }
        let may_end = number
            .checked_sub(STEPS_OF_USERS)
            .map_or(number == OWNER_RESETS, |act| operator_acts::ACTS_ON_SESSIONS_OF_THE_OWNER.contains(&act));
        if was_signed_in && !may_end {
            assert!(self.is_signed_in(owner).await, "the owner was signed out by another's act: {:?}", self.trace);
        }
        let after = self.proved_holder().await;
        if by_squatter && before.is_some() {
            assert_eq!(after, before, "a squatter changed a proved owner: {:?}", self.trace);
        }
        if let Some(holder) = after {
            assert!(self.rightful.contains(&holder), "proved by somebody else: {:?}", self.trace);
        }
        self.assert_consistent().await;
        self.assert_data_stay().await;
    }

    /// `false` when the squatter gets no session: the password of an account that was handed over is its owner's.
    async fn squatter_signs_in(&mut self) -> bool {
        if self.rightful.contains(&self.squatter.id) {
            return false;
        }
        let Some(account) = self.signed_in(self.squatter).await else { return false };
        self.squatter = account;
        true
    }

    /// A sign-in with a provider, which a disabled account does not get.
    async fn provider_vouches(&mut self) {
        let Some(account) = self.signed_in(self.owner).await else { return };
        self.owner = account;
        let proof = SocialProof { user: self.owner.id, email: &self.contested, at: self.world.now() };
        self.world.store.prove_email_by_provider(proof).await.unwrap();
    }

    async fn proved_holder(&self) -> Option<UserId> {
        let login = self.world.store.find_login(&self.contested).await.unwrap();
        login.filter(|login| !login.is_claim()).map(|login| login.user.id)
    }

    /// Every account has the login that its row says, and no other.
    async fn assert_consistent(&self) {
        for account in [self.squatter, self.owner] {
            let Some(user) = self.world.find_user(account.id).await else { continue };
            for email in [&self.contested, &self.foreign, &self.own] {
                let login = self.world.store.find_login(email).await.unwrap();
                let has_login = login.is_some_and(|login| login.user.id == account.id);
                assert_eq!(has_login, user.email.as_ref() == Some(email), "{:?}", self.trace);
            }
        }
    }

    async fn ask_proof(&self, who: Account) {
        let (user, session) = (who.id, who.session);
        let request = ProofRequest { user, session, client: &self.world.client, at: self.world.now() };
        drop(self.world.store.begin_email_proof(&self.world.mailer, &request).await);
    }

    async fn guess_proof(&self) {
        let (user, session) = (self.squatter.id, self.squatter.session);
        let request = ProofRequest { user, session, client: &self.world.client, at: self.world.now() };
        let guess = TypedCode::parse("00000000").unwrap();
        assert!(self.world.store.complete_email_proof(&self.world.mailer, &request, &guess).await.is_err());
    }

    async fn guess_reset(&self) {
        let (id, at) = (Uuid::new_v4(), self.world.now());
        let request = ResetRequest { id, email: &self.contested, client: &self.world.client, at };
        self.world.store.begin_email_reset(&self.world.mailer, &request).await.unwrap();
        let (holder, guess) = (CodeHolder { asker: id, address: None }, TypedCode::parse("00000000").unwrap());
        let right = self.world.store.try_reset_code(&self.world.mailer, holder, &guess, at).await.unwrap();
        assert_eq!(right, None);
    }

    async fn begin_change(&self, who: Account, to: &Email) {
        let request =
            ChangeEmail { user: who.id, session: who.session, to, client: &self.world.client, at: self.world.now() };
        drop(self.world.store.begin_email_change(&self.world.mailer, &request).await);
    }

    async fn confirm_change(&self, who: Account, code: &TypedCode, present: Option<&TypedCode>) -> bool {
        let request = ConfirmEmailChange {
            user: who.id,
            session: who.session,
            code: Some(code),
            release_code: present,
            take_claimed: true,
            client: &self.world.client,
            at: self.world.now(),
        };
        let confirmed = self.world.store.confirm_email_change(&self.world.mailer, &request).await;
        confirmed.is_ok_and(|state| state == account_storage::EmailChangeState::Changed)
    }

    /// The squatter moves to a mailbox of its own.
    async fn leave(&mut self) {
        if !self.squatter_signs_in().await {
            return;
        }
        self.begin_change(self.squatter, &self.foreign).await;
        if let Some(code) = change_code(&self.world.mails_to(&self.foreign).await) {
            self.confirm_change(self.squatter, &code, None).await;
        }
    }

    async fn change_to_contested(&mut self) {
        let Some(account) = self.signed_in(self.owner).await else { return };
        self.owner = account;
        self.begin_change(self.owner, &self.contested).await;
        let Some(code) = change_code(&self.world.mails_to(&self.contested).await) else { return };
        let present = self.release_code().await;
        if self.confirm_change(self.owner, &code, present.as_ref()).await {
            self.rightful.insert(self.owner.id);
        }
    }

    /// The code in the present mailbox of the owner, needed when the owner has proved it.
    async fn release_code(&self) -> Option<TypedCode> {
        let login = self.world.store.find_login(&self.own).await.unwrap()?;
        if login.user.id != self.owner.id || login.is_claim() {
            return None;
        }
        let mails = self.world.mails_to(&self.own).await;
        mails.iter().find(|mail| matches!(mail.notification, Notification::EmailRelease { .. })).and_then(code_of)
    }

    /// The owner opens the newest link in the mailbox, whoever asked for it, or asks for one.
    async fn reset_by_link(&mut self) {
        let (id, at) = (Uuid::new_v4(), self.world.now());
        let request = ResetRequest { id, email: &self.contested, client: &self.world.client, at };
        self.world.store.begin_email_reset(&self.world.mailer, &request).await.unwrap();
        let mails = self.world.mails_to(&self.contested).await;
        let link = mails.iter().find_map(|mail| match &mail.notification {
            Notification::PasswordReset { link: Some(link), .. } => Some(link.url("")),
            _ => None,
        });
        let Some(link) = link else { return };
        let opened = OpenedLink::parse(link.split_once("link=").unwrap().1).unwrap();
        let (store, mailer) = (&self.world.store, &self.world.mailer);
        let purpose = accounts::CodePurpose::Reset;
        let Some(code) = store.find_code_by_link(mailer, purpose, &opened, at).await.unwrap() else { return };
        let hash = PasswordHash::new("of the owner");
        let is_active = self.is_active(code.binding.user.unwrap()).await;
        let was_signed_in = self.is_signed_in(self.owner).await;
        let done = store.complete_email_reset(mailer, &code, &hash, &self.world.client, at).await.unwrap();
        assert!(is_active || done.is_none(), "a reset of a disabled account: {:?}", self.trace);
        let is_own = done.as_ref().is_some_and(|done| done.user == self.owner.id);
        assert_eq!(self.is_signed_in(self.owner).await, was_signed_in && !is_own, "{:?}", self.trace);
        let Some(done) = done else { return };
        self.rightful.insert(done.user);
        if done.user == self.squatter.id {
            let session = store.find_session(self.squatter.session).await.unwrap().unwrap();
            assert!(session.ended_at.is_some(), "a session of the squatter survived: {:?}", self.trace);
        }
    }

    async fn not_me(&self) {
        let mails = self.world.mails_to(&self.contested).await;
        let Some(link) = mails.iter().find_map(|mail| mail.not_me.as_ref()) else { return };
        let link = link.url("");
        let (secret, before) = (link.split_once("claim=").unwrap().1, self.proved_holder().await);
        let (store, mailer) = (&self.world.store, &self.world.mailer);
        store.free_claimed_email(mailer, (secret, &self.contested), self.world.now()).await.unwrap();
        assert_eq!(self.proved_holder().await, before, "a proved address was freed: {:?}", self.trace);
    }
}

#[test]
fn in_no_history_does_a_claim_outrank_a_proof() {
    on_large_stack(play_histories);
}

async fn play_histories() {
    let store = TestStore::create().await;
    let world = World::on(store.replica().await, &store);
    let admins = [world.admin().await, world.admin().await];
    let (mut rng, mut proved) = (Lcg(20_261_130), 0);
    let kinds = STEPS_OF_USERS + operator_acts::NAMES.len() as u64;
    for number in 0..histories() {
        let email = |name: &str| Email::parse(&format!("{name}-{number}@example.org")).unwrap();
        let (contested, foreign, own) = (email("contested"), email("foreign"), email("own"));
        let squatter = world.account(&contested).await.unwrap();
        let owner = world.account(&own).await.unwrap();
        let (world, trace) = (&world, Vec::new());
        let (rightful, accounts) = (BTreeSet::from([owner.id]), vec![squatter.id, owner.id]);
        let mut history =
            History { world, contested, foreign, own, squatter, owner, rightful, accounts, admins, trace };
        let mut was_proved = false;
        for _ in 0..STEPS {
            history.step(rng.below(kinds)).await;
            was_proved |= history.proved_holder().await.is_some();
        }
        proved += u64::from(was_proved);
    }
    assert!(proved > histories() / 4, "{proved} histories had a proof");
}
