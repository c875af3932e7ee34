//! Acts of operators: each with its audit event, in one transaction.

use account_storage::{InsertSessionError, InsertUserError, OperatorActError, Store, UserSearch};
use accounts::{
    AuditActor, AuditChannel, AuditContext, AuditFilter, AuditPosition, AuditRecord, BirthDate, NewSession, NewUser,
    PresentedLogin, Reason, RoleName, SessionGrant, SignIn, SignInMethod, SignInResult, UserKey,
};
use chrono::{NaiveDate, TimeDelta};
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};

use crate::support::{TestStore, new_user, now};

/// An act by the account `actor`, over the API.
pub fn by(actor: UserId) -> AuditContext {
    AuditContext {
        actor: AuditActor::User(actor),
        channel: AuditChannel::Api,
        reason: Some(Reason::parse("ticket 42").unwrap()),
        address: Some("192.0.2.7".parse().unwrap()),
        request_id: Some("request-1".into()),
        at: now(),
    }
}

/// An act by command.
pub fn by_command() -> AuditContext {
    let (actor, channel) = (AuditActor::Machine("root".into()), AuditChannel::Command);
    AuditContext { actor, channel, address: None, request_id: None, ..by(UserId::new()) }
}

pub async fn events(store: &Store, filter: AuditFilter) -> Vec<AuditRecord> {
    store.list_audit_events(filter, 100, &by_command()).await.unwrap()
}

async fn outcomes(store: &Store, user: UserId) -> Vec<(String, String)> {
    let filter = AuditFilter { user_id: Some(user), ..AuditFilter::default() };
    let all = events(store, filter).await.into_iter().filter(|event| event.action != "list_audit_events");
    let mut pairs: Vec<_> = all.map(|event| (event.action, event.outcome)).collect();
    pairs.reverse();
    pairs
}

pub fn session(user: UserKey) -> (NewSession, SignIn) {
    let (id, at) = (SessionId::new(), now());
    let expires_at = at + TimeDelta::days(1);
    let device = Device::default();
    let new = NewSession {
        id,
        user,
        device,
        refresh_hash: [1; 32],
        created_at: at,
        expires_at,
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
    };
    let entry = SignIn {
        user_id: user.id,
        at,
        device: DeviceKind::Tv,
        location: Default::default(),
        method: SignInMethod::Password,
        result: SignInResult::Success,
        session_id: Some(id),
    };
    (new, entry)
}

pub async fn admin(store: &TestStore) -> UserKey {
    let new = NewUser { roles: vec![RoleName::admin()], ..new_user(&store.region_map, None) };
    store.insert_user(&new, None).await.unwrap();
    new.key
}

#[tokio::test]
async fn an_event_says_who_did_what_to_whom_through_what_from_where_why_and_how_it_ended() {
    let store = TestStore::create().await;
    let (boss, user) = (admin(&store).await.id, store.user(None).await.id);
    let context = by(boss);
    store.disable_user(user, &context, None).await.unwrap();
    let found = events(&store, AuditFilter { actor_id: Some(boss), ..AuditFilter::default() }).await;
    let [event] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&event.actor, event.channel), (&AuditActor::User(boss), AuditChannel::Api));
    assert_eq!((event.action.as_str(), event.user_id, event.outcome.as_str()), ("disable_user", Some(user), "done"));
    assert_eq!((event.reason.as_str(), event.request_id.as_deref()), ("ticket 42", Some("request-1")));
    assert_eq!(event.address, context.address);
    assert!((event.at - context.at).abs() < TimeDelta::milliseconds(1));
    let looks = events(&store, AuditFilter::default()).await;
    let look = &looks[0];
    assert_eq!((look.action.as_str(), look.channel), ("list_audit_events", AuditChannel::Command));
    assert_eq!(look.actor, AuditActor::Machine("root".into()), "the look before this one is an event too");
}

#[tokio::test]
async fn an_administrator_is_created_with_an_event_or_not_at_all() {
    let store = TestStore::create().await;
    let boss = || NewUser { roles: vec![RoleName::admin()], ..new_user(&store.region_map, None) };
    let new = boss();
    store.sql("ALTER TABLE audit_events RENAME TO hidden").await;
    assert!(store.create_admin(&new, &by_command()).await.is_err());
    store.sql("ALTER TABLE hidden RENAME TO audit_events").await;
    assert!(!store.has_admin().await.unwrap());

    store.create_admin(&new, &by_command()).await.unwrap();
    assert_eq!(outcomes(&store, new.key.id).await, [("create_admin".to_owned(), "done".to_owned())]);
    let second = NewUser { email: new.email.clone(), ..boss() };
    assert!(matches!(store.create_admin(&second, &by_command()).await, Err(InsertUserError::EmailTaken)));
    let all = events(&store, AuditFilter::default()).await;
    let rejected = all.iter().find(|event| event.outcome == "email_taken").unwrap();
    assert_eq!((&*rejected.action, rejected.user_id), ("create_admin", None), "an account that does not exist");
}

#[tokio::test]
async fn rejected_acts_and_those_without_an_effect_are_events_too() {
    let store = TestStore::create().await;
    let (boss, user, unknown) = (admin(&store).await.id, store.user(None).await.id, UserId::new());
    assert!(matches!(store.disable_user(boss, &by(user), None).await, Err(OperatorActError::LastAdmin)));
    assert!(store.delete_user_for_operator(boss, &by(user), None).await.is_err());
    assert!(matches!(store.free_email(boss, &by(user), None).await, Err(OperatorActError::LastAdmin)));
    let word = |action: &str, outcome: &str| (action.to_owned(), outcome.to_owned());
    let refused = ["disable_user", "delete_user", "free_email"].map(|action| word(action, "last_admin"));
    assert_eq!(outcomes(&store, boss).await, refused);
    assert!(matches!(store.get_user(unknown, &by(boss)).await, Err(OperatorActError::NoSuchUser)));
    assert!(matches!(store.enable_user(unknown, &by(boss), None).await, Err(OperatorActError::NoSuchUser)));
    let missing = ["get_user", "enable_user"].map(|action| word(action, "user_not_found"));
    assert_eq!(outcomes(&store, unknown).await, missing);
    assert!(!store.enable_user(user, &by(boss), None).await.unwrap().changed);
    assert!(store.free_email(user, &by(boss), None).await.unwrap().changed);
    assert!(matches!(store.free_email(user, &by(boss), None).await, Err(OperatorActError::NoEmail)));
    let last = [word("enable_user", "unchanged"), word("free_email", "done"), word("free_email", "no_email")];
    assert_eq!(outcomes(&store, user).await, last);
}

#[tokio::test]
async fn a_disabled_account_has_no_session_and_gets_none() {
    let store = TestStore::create().await;
    let (boss, user) = (admin(&store).await.id, store.user(None).await);
    let (new, entry) = session(user);
    store.insert_session(&new, &entry).await.unwrap();
    let acted = store.disable_user(user.id, &by(boss), None).await.unwrap();
    assert_eq!(acted.cutoff.map(|cutoff| cutoff.version), Some(1));
    assert!(store.find_session(new.id).await.unwrap().unwrap().ended_at.is_some());
    let (late, entry) = session(user); // a sign-in that was verified before
    let rejected = store.insert_session(&late, &entry).await;
    assert!(matches!(rejected, Err(InsertSessionError::Inactive)));
    assert!(store.enable_user(user.id, &by(boss), None).await.unwrap().changed);
    store.insert_session(&late, &entry).await.unwrap();
    assert!(store.find_session(new.id).await.unwrap().unwrap().ended_at.is_some(), "ended sessions stay ended");
}

#[tokio::test]
async fn of_a_sign_in_and_a_disabling_at_once_no_session_is_left() {
    let store = TestStore::create().await;
    let boss = admin(&store).await.id;
    for _ in 0..20 {
        let user = store.user(None).await;
        let ((new, entry), replica) = (session(user), store.replica().await);
        let context = by(boss);
        let (opened, disabled) =
            tokio::join!(replica.insert_session(&new, &entry), store.disable_user(user.id, &context, None));
        disabled.unwrap();
        let ended = store.find_session(new.id).await.unwrap().map(|session| session.ended_at.is_some());
        match opened {
            Ok(_) => assert_eq!(ended, Some(true)),
            Err(error) => assert!(matches!(error, InsertSessionError::Inactive) && ended.is_none(), "{error}"),
        }
    }
}

#[tokio::test]
async fn operators_disable_neither_themselves_nor_the_last_administrator_who_can_sign_in() {
    let store = TestStore::create().await;
    let (one, two) = (admin(&store).await.id, admin(&store).await.id);
    assert!(matches!(store.disable_user(one, &by(one), None).await, Err(OperatorActError::LastAdmin)));
    store.disable_user(two, &by(one), None).await.unwrap();
    assert!(matches!(store.disable_user(one, &by_command(), None).await, Err(OperatorActError::LastAdmin)));
    assert!(store.delete_user(one, now(), None).await.is_err(), "the other administrator is disabled");
    store.enable_user(two, &by(one), None).await.unwrap();
    store.disable_user(one, &by(two), None).await.unwrap();
}

#[tokio::test]
async fn two_administrators_who_disable_each_other_at_once_leave_one() {
    let store = TestStore::create().await;
    let (one, two) = (admin(&store).await.id, admin(&store).await.id);
    for _ in 0..20 {
        let (replica, first, second) = (store.replica().await, by(one), by(two));
        let outcomes = tokio::join!(store.disable_user(two, &first, None), replica.disable_user(one, &second, None));
        let successes = [outcomes.0.is_ok(), outcomes.1.is_ok()];
        assert_eq!(successes.iter().filter(|success| **success).count(), 1, "{successes:?}");
        for id in [one, two] {
            store.enable_user(id, &by_command(), None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_freed_email_is_anyones_and_the_account_keeps_the_rest() {
    let store = TestStore::create().await;
    let (boss, squatter) = (admin(&store).await.id, new_user(&store.region_map, None));
    store.insert_user(&squatter, None).await.unwrap();
    let acted = store.free_email(squatter.key.id, &by(boss), None).await.unwrap();
    assert_eq!(acted.user.email, squatter.email);
    let owner = NewUser { email: squatter.email.clone(), ..new_user(&store.region_map, None) };
    store.insert_user(&owner, None).await.unwrap();
    let left = store.find_user(squatter.key).await.unwrap().unwrap();
    assert!(left.email.is_none() && left.password_hash.is_some());
}

#[tokio::test]
async fn a_birth_date_is_corrected_or_removed_and_tokens_with_the_old_age_end() {
    let store = TestStore::create().await;
    let (boss, user) = (admin(&store).await.id, store.user(None).await);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let born = BirthDate::new(day("1990-05-17"), day("2026-01-01")).unwrap();
    let acted = store.correct_birth_date(user.id, Some(born), &by(boss), None).await.unwrap();
    assert_eq!(acted.cutoff.map(|cutoff| cutoff.version), Some(1));
    assert_eq!(store.find_user(user).await.unwrap().unwrap().birth_date, Some(born));
    let again = store.correct_birth_date(user.id, Some(born), &by(boss), None).await.unwrap();
    assert!(!again.changed && again.cutoff.is_none());
    store.correct_birth_date(user.id, None, &by(boss), None).await.unwrap();
    assert_eq!(store.find_user(user).await.unwrap().unwrap().birth_date, None);
}

#[tokio::test]
async fn an_account_is_found_by_its_email_and_holders_by_their_role_page_by_page() {
    let store = TestStore::create().await;
    let new = new_user(&store.region_map, Some("RU-MOW"));
    store.insert_user(&new, None).await.unwrap();
    let search = UserSearch::Login(new.email.clone().unwrap().into());
    let found = store.find_users(&search, &by_command()).await.unwrap();
    assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [new.key.id]);
    let unknown = UserSearch::Login(PresentedLogin::parse("unknown@example.org"));
    assert_eq!(store.find_users(&unknown, &by_command()).await.unwrap(), []);
    let mut admins = Vec::new();
    for _ in 0..3 {
        admins.push(admin(&store).await.id);
    }
    admins.sort_unstable();
    let holders = async |after| {
        let search = UserSearch::Role { role: RoleName::admin(), after, limit: 2 };
        let found = store.find_users(&search, &by_command()).await.unwrap();
        found.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(holders(None).await, admins[..2]);
    assert_eq!(holders(Some(admins[1])).await, admins[2..]);
    let told = events(&store, AuditFilter::default()).await;
    assert!(told.iter().all(|event| !format!("{event:?}").contains('@')), "no event has an e-mail: {told:?}");
}

#[tokio::test]
async fn events_are_listed_newest_first_page_by_page_and_kept_for_three_years() {
    let store = TestStore::create().await;
    let user = store.user(None).await.id;
    for days in [4 * 365, 2, 1, 1] {
        let context = AuditContext { at: now() - TimeDelta::days(days), ..by_command() };
        store.unlock_user(user, &context, None).await.unwrap();
    }
    let filter = AuditFilter { user_id: Some(user), ..AuditFilter::default() };
    let mut before = None;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let filter = AuditFilter { before, ..filter };
        let page = store.list_audit_events(filter, 2, &AuditContext { at: now(), ..by_command() }).await.unwrap();
        let page: Vec<_> = page.into_iter().filter(|event| event.action == "unlock_user").collect();
        before = page.last().map(|event| AuditPosition { at: event.at, id: event.id });
        seen.extend(page);
    }
    assert!(seen.is_sorted_by(|a, b| (a.at, a.id) > (b.at, b.id)), "{seen:?}");
    assert_eq!(seen.len(), 3, "the oldest one is gone");
}
