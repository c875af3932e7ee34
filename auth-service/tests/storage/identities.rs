//! Identities: each belongs to one account, and every account keeps a sign-in method under any concurrent operations.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use auth_service::domain::{
    AccountEvent, AccountEventKind, Email, Identity, IdentityKey, MAX_IDENTITIES, NewIdentity, NewUser, RoleName,
};
use auth_service::storage::{
    DeleteUserError, FirstPasswordError, InsertSocialUserOutcome, LinkError, LinkedIdentity, Store, UnlinkError,
};
use chrono::TimeDelta;
use contracts::auth::social::ProviderId;
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::support::{TestStore, new_user, now};

/// Enabled providers in these tests.
pub fn enabled_providers() -> Vec<ProviderId> {
    ["google", "yandex"].map(|name| ProviderId::parse(name).unwrap()).to_vec()
}

/// An identity at a provider.
pub fn identity(provider: &str, subject: &str) -> NewIdentity {
    NewIdentity {
        key: IdentityKey { provider: ProviderId::parse(provider).unwrap(), subject: subject.to_owned() },
        label: format!("{subject}@{provider}"),
        sealed_grant: b"sealed".to_vec(),
        at: now(),
    }
}

/// A new user with a social identity, without e-mail and password.
pub fn social_user(store: &TestStore) -> NewUser {
    NewUser { email: None, password_hash: None, ..new_user(&store.region_map, None) }
}

/// A line of an account's history.
pub fn event(user_id: UserId, kind: AccountEventKind) -> AccountEvent {
    AccountEvent { user_id, at: now(), kind, subject: "google".into(), address: None }
}

async fn signed_up(store: &TestStore, by: &NewIdentity) -> UserId {
    let new = social_user(store);
    assert_eq!(store.insert_social_user(&new, by).await.unwrap(), InsertSocialUserOutcome::Inserted);
    new.key.id
}

async fn link(store: &Store, user: UserId, new: &NewIdentity) -> Result<LinkedIdentity, LinkError> {
    store.link_identity(user, new, &event(user, AccountEventKind::SocialLinked)).await
}

async fn unlink(store: &Store, user: UserId, id: Uuid) -> Result<Identity, UnlinkError> {
    store.unlink_identity(user, id, &enabled_providers(), now(), None).await
}

async fn set_password(store: &Store, user: UserId, email: Option<&Email>) -> Result<Email, FirstPasswordError> {
    let (hash, line) = (PasswordHash::new("none"), event(user, AccountEventKind::PasswordSet));
    store.set_first_password(user, &hash, email, &line).await
}

/// Accounts without a sign-in method; one statement, so that it reads one snapshot.
const LOCKED_OUT: &str = "SELECT CAST(count(*) AS bigint) FROM users u \
    WHERE (u.password_hash IS NULL OR u.email_norm IS NULL) AND NOT EXISTS \
    (SELECT 1 FROM identities i WHERE i.user_id = u.id AND i.provider IN ('google', 'yandex'))";

/// Pseudo-random numbers, the same in each run.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Eight accounts, changed by sixteen tasks.
struct World<'a> {
    store: &'a TestStore,
    users: RefCell<Vec<UserId>>,
    seen: RefCell<BTreeMap<String, u32>>,
    emails: Cell<u32>,
}

impl World<'_> {
    fn record(&self, outcome: &impl std::fmt::Debug) {
        let text = format!("{outcome:?}");
        let word = text.split(['(', '{', ' ']).next().unwrap().to_owned();
        *self.seen.borrow_mut().entry(word).or_default() += 1;
    }

    fn record_result<T, E: std::fmt::Debug>(&self, done: &'static str, result: &Result<T, E>) {
        match result {
            Ok(_) => self.record(&format_args!("{done}")),
            Err(error) => {
                self.record(error);
                assert!(!format!("{error:?}").starts_with("Storage"), "{error:?}");
            }
        }
    }

    /// Half of the identities are of a disabled provider.
    fn any_identity(rng: &mut Lcg) -> NewIdentity {
        let provider = ["google", "yandex", "closed", "closed"][rng.below(4) as usize];
        identity(provider, &rng.below(8).to_string())
    }

    async fn step(&self, replica: &Store, rng: &mut Lcg) {
        let slot = rng.below(8) as usize;
        let user = self.users.borrow()[slot];
        match rng.below(100) {
            0..40 => {
                let linked = link(replica, user, &Self::any_identity(rng)).await;
                let is_new = matches!(linked, Ok(LinkedIdentity::New(_)));
                self.record_result(if is_new { "Linked" } else { "Mine" }, &linked);
            }
            40..90 => {
                let linked = replica.list_identities(user).await.unwrap();
                let any = linked.get(rng.below(linked.len().max(1) as u64) as usize).map(|one| one.id);
                self.record_result("Unlinked", &unlink(replica, user, any.unwrap_or_else(Uuid::now_v7)).await);
            }
            90..94 => {
                self.emails.set(self.emails.get() + 1);
                let email = Email::parse(&format!("person-{}@example.org", self.emails.get())).unwrap();
                self.record_result("Set", &set_password(replica, user, Some(&email)).await);
            }
            94..97 => {
                self.record_result("Deleted", &replica.delete_user(user, now()).await);
                self.replace(replica, slot, &identity("google", &Uuid::now_v7().to_string())).await;
            }
            _ => {
                let by = identity(["google", "yandex"][rng.below(2) as usize], &rng.below(8).to_string());
                if self.replace(replica, slot, &by).await {
                    self.record_result("Deleted", &replica.delete_user(user, now()).await);
                }
            }
        }
    }

    /// Replaces the user in `slot` by a new one, unless the identity is taken.
    async fn replace(&self, replica: &Store, slot: usize, by: &NewIdentity) -> bool {
        let new = social_user(self.store);
        let outcome = replica.insert_social_user(&new, by).await.unwrap();
        self.record(&outcome);
        let inserted = outcome == InsertSocialUserOutcome::Inserted;
        if inserted {
            self.users.borrow_mut()[slot] = new.key.id;
        }
        inserted
    }
}

#[tokio::test]
async fn twenty_thousand_concurrent_random_steps_lock_no_account_out_and_share_no_identity() {
    const TASKS: u64 = 16;
    const STEPS: u64 = 1250;
    let store = TestStore::create().await;
    let mut users = Vec::new();
    for n in 0..8 {
        users.push(signed_up(&store, &identity("google", &n.to_string())).await);
    }
    let (users, seen, emails) = (RefCell::new(users), RefCell::default(), Cell::new(0));
    let world = &World { store: &store, users, seen, emails };
    join_all((0..TASKS).map(|task| async move {
        let (replica, mut rng) = (world.store.replica().await, Lcg(task));
        for step in 0..STEPS {
            world.step(&replica, &mut rng).await;
            if step % 25 == 0 {
                assert_eq!(world.store.number(LOCKED_OUT).await, 0, "an account has no sign-in method");
            }
        }
    }))
    .await;
    assert_eq!(store.number(LOCKED_OUT).await, 0, "an account has no sign-in method");
    for (what, sql) in [
        (
            "identities without a user",
            "SELECT CAST(count(*) AS bigint) FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)",
        ),
        (
            "logins without a user",
            "SELECT CAST(count(*) AS bigint) FROM user_logins l WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = l.user_id)",
        ),
        (
            "accounts that the directory lacks",
            "SELECT CAST(count(*) AS bigint) FROM users u WHERE NOT EXISTS (SELECT 1 FROM user_directory d WHERE d.user_id = u.id AND d.cell = u.cell AND d.state = 0)",
        ),
        (
            "identities that are there twice",
            "SELECT CAST(count(*) - count(DISTINCT provider || ' ' || subject) AS bigint) FROM identities",
        ),
    ] {
        assert_eq!(store.number(sql).await, 0, "{what}");
    }
    let seen = world.seen.borrow();
    for (outcome, least) in [
        ("Linked", 1000),
        ("Taken", 500),
        ("Unlinked", 1000),
        ("LastWayIn", 300),
        ("Set", 20),
        ("AlreadySet", 20),
        ("Deleted", 50),
        ("Inserted", 20),
        ("IdentityTaken", 20),
        ("NoSuchUser", 50),
    ] {
        assert!(seen.get(outcome).copied().unwrap_or(0) >= least, "{outcome} was too rare: {seen:?}");
    }
}

#[tokio::test]
async fn of_two_unlinks_of_the_last_two_sign_in_methods_one_wins() {
    let store = TestStore::create().await;
    for round in 0..25 {
        let user = signed_up(&store, &identity("google", &format!("a{round}"))).await;
        link(&store, user, &identity("yandex", &format!("b{round}"))).await.unwrap();
        let ids: Vec<Uuid> = store.list_identities(user).await.unwrap().iter().map(|one| one.id).collect();
        let (one, other) = (store.replica().await, store.replica().await);
        let outcomes = futures_util::future::join(unlink(&one, user, ids[0]), unlink(&other, user, ids[1])).await;
        assert!(
            matches!(outcomes, (Ok(_), Err(UnlinkError::LastWayIn)) | (Err(UnlinkError::LastWayIn), Ok(_))),
            "{outcomes:?}"
        );
    }
}

#[tokio::test]
async fn of_32_sign_ups_with_one_identity_at_once_one_makes_an_account() {
    let store = TestStore::create().await;
    let (store, by) = (&store, &identity("google", "anna"));
    let sign_ups = (0..32).map(|_| async move { store.insert_social_user(&social_user(store), by).await.unwrap() });
    let inserted = join_all(sign_ups).await.into_iter().filter(|outcome| *outcome == InsertSocialUserOutcome::Inserted);
    assert_eq!(inserted.count(), 1);
    assert_eq!(store.number("SELECT CAST(count(*) AS bigint) FROM users").await, 1);
    assert_eq!(store.number("SELECT CAST(count(*) AS bigint) FROM user_directory").await, 1);
}

#[tokio::test]
async fn a_taken_email_leaves_nothing_of_a_social_sign_up_behind() {
    let store = TestStore::create().await;
    let first = new_user(&store.region_map, None);
    store.insert_user(&first).await.unwrap();
    let second = NewUser { email: first.email.clone(), ..social_user(&store) };
    let by = identity("google", "anna");
    let outcome = store.insert_social_user(&second, &by).await.unwrap();
    assert_eq!(outcome, InsertSocialUserOutcome::EmailTaken);
    assert!(store.find_identity(&by.key).await.unwrap().is_none());
    assert!(store.find_user_key(second.key.id).await.unwrap().is_none());
    store.assert_consistent(1).await;
}

#[tokio::test]
async fn only_a_password_with_an_email_and_identities_of_enabled_providers_are_sign_in_methods() {
    let store = TestStore::create().await;
    let user = signed_up(&store, &identity("google", "anna")).await;
    link(&store, user, &identity("closed", "anna")).await.unwrap();
    let google = store.list_identities(user).await.unwrap()[0].id;
    assert!(matches!(unlink(&store, user, google).await, Err(UnlinkError::LastWayIn)));
    assert!(matches!(set_password(&store, user, None).await, Err(FirstPasswordError::EmailNeeded)));
    let email = Email::parse("anna@example.org").unwrap();
    assert_eq!(set_password(&store, user, Some(&email)).await.unwrap(), email);
    assert!(matches!(set_password(&store, user, Some(&email)).await, Err(FirstPasswordError::AlreadySet)));
    assert!(unlink(&store, user, google).await.is_ok());
    assert!(matches!(unlink(&store, user, google).await, Err(UnlinkError::NotLinked)));
    assert_eq!(store.find_user_key_by_email(&email).await.unwrap().map(|key| key.id), Some(user));
    let kinds: Vec<_> = store.list_account_events(user, 10).await.unwrap().iter().map(|line| line.kind).collect();
    let (linked, set) = (AccountEventKind::SocialLinked, AccountEventKind::PasswordSet);
    assert_eq!(kinds, [AccountEventKind::SocialUnlinked, set, linked]);
}

#[tokio::test]
async fn a_first_password_can_neither_take_the_email_of_another_account_nor_replace_an_existing_one() {
    let store = TestStore::create().await;
    let other = new_user(&store.region_map, None);
    store.insert_user(&other).await.unwrap();
    let user = signed_up(&store, &identity("google", "anna")).await;
    let taken = set_password(&store, user, other.email.as_ref()).await;
    assert!(matches!(taken, Err(FirstPasswordError::EmailTaken)));
    let with_email = NewUser { email: Email::parse("own@example.org").ok(), ..social_user(&store) };
    store.insert_social_user(&with_email, &identity("google", "boris")).await.unwrap();
    let another = Email::parse("another@example.org").unwrap();
    let refused = set_password(&store, with_email.key.id, Some(&another)).await;
    assert!(matches!(refused, Err(FirstPasswordError::OtherEmail)));
    set_password(&store, with_email.key.id, None).await.unwrap();
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_identities() {
    let store = TestStore::create().await;
    let user = signed_up(&store, &identity("google", "0")).await;
    for n in 1..MAX_IDENTITIES {
        assert!(matches!(link(&store, user, &identity("google", &n.to_string())).await, Ok(LinkedIdentity::New(_))));
    }
    assert!(matches!(link(&store, user, &identity("google", "one too many")).await, Err(LinkError::TooMany)));
    assert!(matches!(link(&store, user, &identity("google", "0")).await, Ok(LinkedIdentity::Existing(_))));
}

#[tokio::test]
async fn a_ticket_is_spent_once_under_concurrent_use_and_is_deleted_when_it_has_expired() {
    let store = TestStore::create().await;
    let (store, id, at) = (&store, Uuid::now_v7(), now());
    let ends = at + TimeDelta::minutes(10);
    let spent =
        join_all((0..50).map(|_| async move { store.consume_one_time_value(id, ends, at).await.unwrap() })).await;
    assert_eq!(spent.iter().filter(|first| **first).count(), 1);
    assert!(!store.consume_one_time_value(id, ends, at).await.unwrap());
    store.restore_one_time_value(id).await.unwrap();
    assert!(store.consume_one_time_value(id, ends, at).await.unwrap());
    assert!(!store.consume_one_time_value(id, ends, at).await.unwrap());
    store.consume_one_time_value(Uuid::now_v7(), ends, ends + TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(store.number("SELECT CAST(count(*) AS bigint) FROM spent_tickets").await, 0);
}

#[tokio::test]
async fn a_deleted_account_leaves_no_personal_data_and_its_identity_and_email_are_free_again() {
    let store = TestStore::create().await;
    let (by, email) = (identity("google", "anna"), Email::parse("anna@example.org").unwrap());
    let new = NewUser { email: Some(email.clone()), display_name: "Anna".into(), ..social_user(&store) };
    store.insert_social_user(&new, &by).await.unwrap();
    let deleted = store.delete_user(new.key.id, now()).await.unwrap();
    assert_eq!((deleted.identities.len(), deleted.user.email), (1, Some(email.clone())));
    assert!(matches!(store.delete_user(new.key.id, now()).await, Err(DeleteUserError::NoSuchUser)));
    for table in ["users", "user_logins", "identities", "account_events", "sign_ins"] {
        assert_eq!(store.number(&format!("SELECT CAST(count(*) AS bigint) FROM {table}")).await, 0, "{table}");
    }
    assert!(store.find_user_key(new.key.id).await.unwrap().is_none());
    assert!(matches!(link(&store, new.key.id, &identity("google", "boris")).await, Err(LinkError::NoSuchUser)));
    let again = NewUser { email: Some(email), ..social_user(&store) };
    assert_eq!(store.insert_social_user(&again, &by).await.unwrap(), InsertSocialUserOutcome::Inserted);
}

#[tokio::test]
async fn the_last_administrator_is_not_deleted() {
    let store = TestStore::create().await;
    let admin = || NewUser { roles: vec![RoleName::admin()], ..new_user(&store.region_map, None) };
    let (one, other) = (admin(), admin());
    store.insert_user(&one).await.unwrap();
    assert!(matches!(store.delete_user(one.key.id, now()).await, Err(DeleteUserError::LastAdmin)));
    store.insert_user(&other).await.unwrap();
    store.delete_user(one.key.id, now()).await.unwrap();
    assert!(matches!(store.delete_user(other.key.id, now()).await, Err(DeleteUserError::LastAdmin)));
}
