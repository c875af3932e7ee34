//! Logins of releases before the canonical form: found before, during and after their conversion.

use account_storage::{FinishedLogins, LoginConversion, UserSearch};
use accounts::{
    AuditContext, AuditFilter, Email, NewSession, PresentedLogin, SessionGrant, SignIn, SignInMethod, SignInResult,
    UserKey,
};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::SessionId;
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::support::{TestStore, new_user, now};

/// An act by command, now.
fn act() -> AuditContext {
    AuditContext::of_command("olga", None, now())
}

/// Runs a statement with values.
async fn run(store: &TestStore, sql: &str, values: impl IntoIterator<Item = Value>) {
    let statement = Statement::from_sql_and_values(store.raw.get_database_backend(), sql, values);
    store.raw.execute_raw(statement).await.unwrap();
}

/// An account as an earlier release has stored it.
async fn former_user(store: &TestStore, login: &str) -> UserKey {
    let new = new_user(&store.region_map, Some("KZ"));
    store.insert_user(&new, None).await.unwrap();
    let id = || Value::from(new.key.id.0);
    run(store, "UPDATE user_logins SET login = $1 WHERE user_id = $2", [login.into(), id()]).await;
    run(store, "UPDATE users SET email_norm = $1 WHERE id = $2", [login.into(), id()]).await;
    new.key
}

/// A session of this account, used `hours` from now.
async fn session(store: &TestStore, user: UserKey, hours: i64) {
    let (id, at) = (SessionId::new(), now() + TimeDelta::hours(hours));
    let new = NewSession {
        id,
        user,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: at,
        expires_at: at + TimeDelta::days(1),
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
    };
    let entry = SignIn {
        user_id: user.id,
        at,
        device: DeviceKind::Tv,
        location: accounts::ClientLocation::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: Some(id),
    };
    store.insert_session(&new, &entry).await.unwrap();
}

/// The accounts that a typed login tries, in order.
async fn owners(store: &TestStore, typed: &str) -> Vec<UserKey> {
    store.find_login_owners(&PresentedLogin::parse(typed)).await.unwrap()
}

/// E-mail of an account, as shown and as a recipient.
async fn email(store: &TestStore, key: UserKey) -> Option<String> {
    store.find_user(key).await.unwrap().unwrap().email.map(|email| email.as_str().to_owned())
}

/// Number of rows by which a replica of an earlier release finds this login.
async fn rows(store: &TestStore, kind: i16, login: &str) -> i64 {
    store
        .number(&format!("SELECT CAST(count(*) AS bigint) FROM user_logins WHERE kind = {kind} AND login = '{login}'"))
        .await
}

#[tokio::test]
async fn a_former_login_is_found_before_during_and_after_its_conversion() {
    let store = TestStore::create().await;
    let key = former_user(&store, "anna@bücher.example").await;
    let conversion = LoginConversion::new(&store);
    assert_eq!(owners(&store, "Anna@Bücher.example").await, [key], "by the old spelling before");

    store.migrate(now()).await.unwrap();
    assert_eq!(
        (rows(&store, 1, "anna@bücher.example").await, rows(&store, 1, "anna@xn--bcher-kva.example").await),
        (1, 1)
    );
    for typed in ["Anna@Bücher.example", "anna@xn--bcher-kva.example", "anna@BU\u{308}CHER.example."] {
        assert_eq!(owners(&store, typed).await, [key], "{typed}");
    }
    assert_eq!(conversion.expand().await.unwrap(), 0, "a repetition");

    assert_eq!(conversion.finish(&act()).await.unwrap(), FinishedLogins { converted: 1, former_only: 0 });
    assert_eq!(
        (rows(&store, 1, "anna@bücher.example").await, rows(&store, 1, "anna@xn--bcher-kva.example").await),
        (0, 1)
    );
    for typed in ["Anna@Bücher.example", "anna@xn--bcher-kva.example", "anna@BU\u{308}CHER.example."] {
        assert_eq!(owners(&store, typed).await, [key], "{typed}");
    }
    assert_eq!(email(&store, key).await.unwrap(), "anna@xn--bcher-kva.example");
    assert!(conversion.scan().await.unwrap().is_empty());
    assert_eq!(conversion.finish(&act()).await.unwrap(), FinishedLogins::default());
}

#[tokio::test]
async fn of_two_accounts_on_one_mailbox_the_last_used_keeps_it_and_the_other_its_old_spelling() {
    let store = TestStore::create().await;
    for (first, second) in [("zoë@e.org", "zoe\u{308}@e.org"), ("ioë@e.org", "ioë@e.org.")] {
        let (one, other) = (former_user(&store, first).await, former_user(&store, second).await);
        session(&store, one, -2).await;
        session(&store, other, -1).await;
        let conversion = LoginConversion::new(&store);
        conversion.expand().await.unwrap();
        assert_eq!(owners(&store, first).await[0], one, "as before, with the expanded rows");
        assert_eq!(owners(&store, second).await[0], other);

        let found = conversion.scan().await.unwrap();
        assert!(found[0].is_contested() && found[0].members[0].user == other.id);
        assert_eq!(conversion.finish(&act()).await.unwrap(), FinishedLogins { converted: 1, former_only: 1 });
        assert_eq!(email(&store, other).await.as_deref(), Some(first), "the canonical form");
        assert_eq!(email(&store, one).await, None, "no mail goes to a mailbox that another account has");
        assert_eq!((rows(&store, 1, first).await, rows(&store, 2, first).await), (1, 1));
        // Both have a password: each spelling tries the account first that had it.
        assert_eq!(owners(&store, second).await, [other]);
        let mut both = owners(&store, first).await;
        both.sort_by_key(|key| key.id.0);
        assert_eq!(both, [one, other], "the keeper is not locked out by the old spelling of the other");
        assert_eq!(store.find_user_key_by_email(&Email::parse(second).unwrap()).await.unwrap(), Some(other));
    }
}

#[tokio::test]
async fn of_two_accounts_on_one_mailbox_the_proved_keeps_it_although_the_other_was_used_last() {
    for spellings in [["ioë@e.org", "ioë@e.org."], ["ioë@e.org.", "ioë@e.org"]] {
        let store = TestStore::create().await;
        let (proved, used) = (former_user(&store, spellings[0]).await, former_user(&store, spellings[1]).await);
        session(&store, proved, -2).await;
        session(&store, used, -1).await;
        run(&store, "UPDATE user_logins SET proved_at = $1 WHERE user_id = $2", [now().into(), proved.id.0.into()])
            .await;
        let conversion = LoginConversion::new(&store);
        let found = conversion.scan().await.unwrap();
        assert_eq!(found[0].members.iter().map(|member| member.user).collect::<Vec<_>>(), [proved.id, used.id]);

        assert_eq!(conversion.finish(&act()).await.unwrap(), FinishedLogins { converted: 1, former_only: 1 });
        assert_eq!(email(&store, proved).await.as_deref(), Some("ioë@e.org"));
        assert_eq!(email(&store, used).await, None, "it gets no mail");
        let login = store.find_login(&Email::parse("ioë@e.org").unwrap()).await.unwrap().unwrap();
        assert_eq!((login.user.id, login.is_claim()), (proved.id, false), "the proof is kept");
        assert!(owners(&store, spellings[1]).await.contains(&used), "by its old spelling");
        assert_eq!(owners(&store, spellings[0]).await[0], proved, "the other one is not in the way");
    }
}

#[tokio::test]
async fn a_login_that_is_no_address_signs_in_and_gets_no_mail() {
    let store = TestStore::create().await;
    let key = former_user(&store, "a..b@example.org").await;
    assert_eq!(email(&store, key).await, None);
    let conversion = LoginConversion::new(&store);
    assert_eq!(conversion.expand().await.unwrap(), 0);
    assert_eq!(owners(&store, " A..B@example.org").await, [key]);
    assert_eq!(conversion.finish(&act()).await.unwrap(), FinishedLogins { converted: 0, former_only: 1 });
    assert_eq!(owners(&store, " A..B@example.org").await, [key]);
    assert_eq!(rows(&store, 2, "a..b@example.org").await, 1);
}

#[tokio::test]
async fn operators_find_every_account_that_signs_in_by_a_login_and_each_has_its_event() {
    let store = TestStore::create().await;
    let (one, other) = (former_user(&store, "zoë@e.org").await, former_user(&store, "zoe\u{308}@e.org").await);
    let unusable = former_user(&store, "a..b@e.org").await;
    session(&store, other, -1).await;
    LoginConversion::new(&store).finish(&act()).await.unwrap();
    let find = async |typed: &str| {
        let found = store.find_users(&UserSearch::Login(PresentedLogin::parse(typed)), &act()).await.unwrap();
        let mut ids: Vec<_> = found.into_iter().map(|user| user.id).collect();
        ids.sort_unstable();
        ids
    };
    let mut both = [one.id, other.id];
    both.sort_unstable();
    assert_eq!(find(" Zoë@e.org").await, both, "the keeper of the address and the one with this former spelling");
    assert_eq!(find("zoe\u{308}@e.org").await, [other.id]);
    assert_eq!(find("A..B@e.org").await, [unusable.id], "a login that is no address");
    assert_eq!(find("no login").await, []);
    for (key, searches) in [(one, 1), (other, 2), (unusable, 1)] {
        let filter = AuditFilter { user_id: Some(key.id), ..AuditFilter::default() };
        let events = store.list_audit_events(filter, 10, &act()).await.unwrap();
        let found = events.iter().filter(|event| event.action == "find_users").count();
        assert_eq!(found, searches);
        assert!(!format!("{events:?}").contains("@e.org"), "{events:?}");
    }
}

#[tokio::test]
async fn a_conversion_leaves_an_event_for_each_account_or_does_nothing() {
    let store = TestStore::create().await;
    let (one, other) = (former_user(&store, "zoë@e.org").await, former_user(&store, "zoe\u{308}@e.org").await);
    session(&store, other, -1).await;
    let conversion = LoginConversion::new(&store);
    store.sql("ALTER TABLE audit_events RENAME TO hidden").await;
    assert!(conversion.finish(&act()).await.is_err());
    store.sql("ALTER TABLE hidden RENAME TO audit_events").await;
    assert_eq!(rows(&store, 2, "zoë@e.org").await, 0, "nothing was converted without an event");

    conversion.finish(&act()).await.unwrap();
    conversion.finish(&act()).await.unwrap();
    for (key, subject) in [(one, "former_spelling"), (other, "email")] {
        let filter = AuditFilter { user_id: Some(key.id), ..AuditFilter::default() };
        let events = store.list_audit_events(filter, 10, &act()).await.unwrap();
        let [event] = &events[..] else { panic!("{events:?}") };
        assert_eq!((&*event.action, &*event.subject, &*event.outcome), ("convert_login", subject, "done"));
    }
}

#[tokio::test]
async fn two_conversions_at_once_and_a_deletion_leave_one_account_a_mailbox() {
    let store = TestStore::create().await;
    let mut keys = Vec::new();
    for number in 0..20 {
        for spelling in [format!("é{number}@e.org."), format!("e\u{301}{number}@e.org"), format!("é{number}@e.org..")]
        {
            keys.push((former_user(&store, &spelling).await, spelling));
        }
    }
    let (one, other) = (LoginConversion::new(&store), LoginConversion::new(&store.replica().await));
    let deletions = async {
        for (key, _) in &keys[..6] {
            store.delete_user(key.id, now(), None).await.unwrap();
        }
    };
    let context = act();
    let (first, second, ()) = tokio::join!(one.finish(&context), other.finish(&context), deletions);
    first.unwrap();
    second.unwrap();
    one.finish(&act()).await.unwrap();
    for (key, spelling) in &keys[6..] {
        assert!(owners(&store, spelling).await.contains(key), "{spelling:?}");
    }
    for (_, spelling) in &keys[..6] {
        assert!(owners(&store, spelling).await.is_empty(), "{spelling:?} is of a deleted account");
    }
    assert!(one.scan().await.unwrap().is_empty());
    let addresses = store.number("SELECT CAST(count(*) AS bigint) FROM user_logins WHERE kind = 1").await;
    let emails = store.number("SELECT CAST(count(*) AS bigint) FROM users WHERE email_norm IS NOT NULL").await;
    assert_eq!((addresses, emails), (18, 18), "one a mailbox, and that account has the e-mail");
}
