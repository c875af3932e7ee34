//! Concurrent changes of identities and passwords: no account is locked out, and no identity has two owners.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use account_storage::{InsertSocialUserOutcome, LinkedIdentity, Store, UnlinkError};
use accounts::{Email, NewIdentity};
use contracts::ids::UserId;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::identities::{identity, link, set_password, signed_up, social_user, unlink};
use crate::support::{TestStore, now};

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
                self.record_result("Deleted", &replica.delete_user(user, now(), None).await);
                self.replace(replica, slot, &identity("google", &Uuid::now_v7().to_string())).await;
            }
            _ => {
                let by = identity(["google", "yandex"][rng.below(2) as usize], &rng.below(8).to_string());
                if self.replace(replica, slot, &by).await {
                    self.record_result("Deleted", &replica.delete_user(user, now(), None).await);
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
    // How often each is met depends on how the machine interleaves the steps.
    for outcome in [
        "Linked",
        "Taken",
        "Unlinked",
        "LastWayIn",
        "Set",
        "AlreadySet",
        "Deleted",
        "Inserted",
        "IdentityTaken",
        "NoSuchUser",
    ] {
        assert!(seen.get(outcome).copied().unwrap_or(0) >= 20, "{outcome} was too rare: {seen:?}");
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
