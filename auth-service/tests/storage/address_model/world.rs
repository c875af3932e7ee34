//! The store, the clock and the mailboxes of histories.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use account_partitions::RegionMap;
use account_storage::{CodeMailer, InsertSessionError, Store};
use accounts::{
    ClientContext, ClientLocation, Email, NewSession, NewUser, OpenedLink, RoleName, SessionGrant, SignIn,
    SignInMethod, SignInResult, TypedCode, User,
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use mailer::{AccountLink, Mail, Notification};
use outbox::Outbox;
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, Value};
use service_kit::testing::ManualClock;
use service_kit::{Clock, Sealer};
use uuid::Uuid;

use crate::support::{TestStore, new_user};

/// Secret of the installation.
pub const SECRET: &[u8] = b"a key of this installation, 256 bits";

/// Store, clock and keys of all histories.
pub struct World {
    pub(super) store: Store,
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

/// The row of an account, read without the store.
pub struct AccountRow {
    pub id: UserId,
    pub email: Option<String>,
    pub display_name: String,
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
        self.advance(Duration::from_secs(3 * 60 * 60));
    }

    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Time of the clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
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

    /// The mails of a mailbox, newest first.
    pub(super) async fn mails_to(&self, address: &Email) -> Vec<Mail> {
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

    /// Rows of these accounts, without those that are deleted.
    pub(super) async fn rows_of(&self, accounts: &[UserId]) -> Vec<AccountRow> {
        let places: Vec<_> = (1..=accounts.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT id, email_norm, display_name FROM users WHERE id IN ({})", places.join(", "));
        let rows = self.select(&sql, accounts.iter().map(|id| id.0.into())).await;
        let row = |row: &QueryResult| AccountRow {
            id: UserId(row.try_get_by_index(0).unwrap()),
            email: row.try_get_by_index(1).unwrap(),
            display_name: row.try_get_by_index(2).unwrap(),
        };
        rows.iter().map(row).collect()
    }

    /// Which of these e-mails are logins, and of which accounts.
    pub(super) async fn logins_of(&self, emails: [&Email; 3]) -> BTreeSet<(String, UserId)> {
        let sql = "SELECT login, user_id FROM user_logins WHERE kind = 1 AND login IN ($1, $2, $3)";
        let rows = self.select(sql, emails.map(|email| email.as_str().into())).await;
        let login = |row: &QueryResult| (row.try_get_by_index(0).unwrap(), UserId(row.try_get_by_index(1).unwrap()));
        rows.iter().map(login).collect()
    }

    async fn select(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Vec<QueryResult> {
        let statement = Statement::from_sql_and_values(self.raw.get_database_backend(), sql, values);
        self.raw.query_all_raw(statement).await.unwrap()
    }

    /// Forgets the mails of an earlier history, which would be read with those of the next one.
    pub(super) async fn empty_mailboxes(&self) {
        self.raw.execute_unprepared("DELETE FROM mails").await.unwrap();
    }

    /// A new account without an e-mail, not yet inserted. Its display name is its id.
    pub(super) fn new_account(&self) -> NewUser {
        let new = new_user(&self.region_map, None);
        NewUser { email: None, display_name: new.key.id.to_string(), created_at: self.now(), ..new }
    }

    /// Signs up and in. `None` when the address is taken.
    pub async fn account(&self, email: &Email) -> Option<Account> {
        let new = NewUser { email: Some(email.clone()), ..self.new_account() };
        self.store.insert_user(&new, None).await.ok()?;
        let session = self.open_session(new.key.id).await.unwrap();
        Some(Account { id: new.key.id, session })
    }

    pub(super) async fn admin(&self) -> UserId {
        let new = NewUser { roles: vec![RoleName::admin()], ..new_user(&self.region_map, None) };
        self.store.insert_user(&new, None).await.unwrap();
        new.key.id
    }

    pub(super) async fn find_user(&self, id: UserId) -> Option<User> {
        let key = self.store.find_user_key(id).await.unwrap()?;
        self.store.find_user(key).await.unwrap()
    }

    /// A sign-in with the right password. `None` when the account gets no session.
    pub(super) async fn open_session(&self, id: UserId) -> Option<SessionId> {
        let user = self.store.find_user_key(id).await.unwrap()?;
        let (session, at) = (SessionId::new(), self.now());
        let opened = NewSession {
            id: session,
            user,
            device: Device::default(),
            refresh_hash: [1; 32],
            created_at: at,
            expires_at: at + TimeDelta::days(30),
            verified_hash: None,
            grant: SessionGrant::of("marquee"),
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
        match self.store.insert_session(&opened, &line).await {
            Ok(_) => Some(session),
            Err(InsertSessionError::Inactive) => None,
            Err(error) => panic!("no session: {error}"),
        }
    }
}

/// The code of a mail.
pub fn code_of(mail: &Mail) -> Option<TypedCode> {
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
