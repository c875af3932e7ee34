//! What a deletion leaves behind, and for how long.

use std::collections::BTreeSet;

use account_storage::{
    ChangeEmail, ClaimPolicy, CodeHolder, DELETED_KEPT, DeviceCodes, EndOthers, Purged, ResetRequest,
};
use accounts::{
    AccountEventKind, ClientLocation, DeviceClaim, Email, EndReason, NewSession, SessionGrant, SignIn, SignInMethod,
    SignInResult, TypedCode, UserKey,
};
use chrono::TimeDelta;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::address_model::World;
use super::device_authorizations;
use super::identities::{event, identity, social_user};
use super::operators::by;
use super::support::{TestStore, now};

/// Tables that keep rows of a deleted account, and why.
const KEPT: &[(&str, &str)] = &[
    ("user_directory", "marks the account as deleted, until the purge"),
    ("sessions", "other replicas read which ones have ended, until the purge"),
    ("token_cutoffs", "other replicas read that its tokens are revoked, until the purge"),
    ("audit_events", "acts of operators stay accountable; they name the id only"),
];

/// Tables with rows that `export_me` returns.
const EXPORTED: &[&str] = &[
    "user_logins",
    "email_changes",
    "identities",
    "sessions",
    "sign_ins",
    "account_events",
    "audit_events",
    "user_roles",
];
/// Tables that it leaves out, and why.
const NOT_EXPORTED: &[(&str, &str)] = &[
    ("user_directory", "where the account is stored"),
    ("token_cutoffs", "a number that revokes tokens"),
    ("mail_codes", "codes of minutes, as hashes; mails have told of them"),
    ("claim_expiries", "a date that follows from the last session; a mail has told it"),
    ("user_unlocks", "the act is among those of operators"),
    ("code_guesses", "counts of wrong codes of the last day, by pseudonyms of networks"),
    ("device_authorizations", "codes of ten minutes; the sign-in is in the history"),
    ("mails", "sealed mails of the last day, which the user gets"),
    ("user_imports", "counts of lines of files; no row is about an account"),
];
/// Columns by which rows of a user are found: ids of accounts, or pseudonyms of their addresses.
const COLUMNS: [&str; 3] = ["user_id", "subject", "address_key"];

#[tokio::test]
async fn every_table_with_data_of_users_is_exported_or_left_out_for_a_reason() {
    let store = TestStore::create().await;
    for column in COLUMNS {
        for table in tables_with(&store, column).await {
            let is_named = EXPORTED.contains(&&*table) || NOT_EXPORTED.iter().any(|(name, _)| *name == table);
            assert!(is_named, "{table}: export it, or say here why not");
        }
    }
}

/// Tables with a column of this name.
async fn tables_with(store: &TestStore, column: &str) -> BTreeSet<String> {
    let sql = if store.is_embedded() {
        format!(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = '{column}' \
             WHERE m.type = 'table'"
        )
    } else {
        format!(
            "SELECT c.table_name::text FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name \
             WHERE c.column_name = '{column}' AND c.table_schema = current_schema() AND NOT t.relispartition"
        )
    };
    let statement = Statement::from_string(store.raw.get_database_backend(), sql);
    let rows = store.raw.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// An account with a session, an ended one, an identity, the code of a device and a history.
async fn account(store: &TestStore) -> (UserKey, [SessionId; 2]) {
    let new = social_user(store);
    let (key, at) = (new.key, now());
    store.insert_social_user(&new, &identity("google", &key.id.to_string())).await.unwrap();
    let sessions = [SessionId::new(), SessionId::new()];
    for id in sessions {
        let device = Device { kind: DeviceKind::Tv, name: "Anna's TV".to_owned() };
        let session = NewSession {
            id,
            user: key,
            device,
            refresh_hash: [1; 32],
            created_at: at,
            expires_at: at + TimeDelta::days(1),
            verified_hash: None,
            grant: SessionGrant::of("marquee"),
        };
        let sign_in = SignIn {
            user_id: key.id,
            at,
            device: DeviceKind::Tv,
            location: ClientLocation::default(),
            method: SignInMethod::Social,
            result: SignInResult::Success,
            session_id: Some(id),
        };
        store.insert_session(&session, &sign_in).await.unwrap();
    }
    store.end_session(sessions[1], EndReason::LoggedOut, at).await.unwrap();
    let code = <[u8; 32]>::try_from([*key.id.0.as_bytes(); 2].concat()).unwrap();
    let request = device_authorizations::request(at);
    let codes = DeviceCodes { device_hash: code, user_mac: code };
    store.insert_device_authorization(codes, &request, 10).await.unwrap();
    let claim = DeviceClaim { user: key.id, session: sessions[0] };
    store.claim_device(&[code], claim, at).await.unwrap().unwrap();
    let linked = event(key.id, AccountEventKind::SocialLinked);
    store.link_identity(key.id, &identity("yandex", &key.id.to_string()), &linked, None).await.unwrap();
    (key, sessions)
}

/// An account that claims an address, with a wrong code, a pending change, a date of its end, and an act of an operator.
async fn claimant(store: &TestStore) -> UserId {
    let world = World::on(store.replica().await, store);
    let (mailer, client, at) = (&world.mailer, &world.client, now());
    let [own, next] = ["own", "next"].map(|name| Email::parse(&format!("{name}-deleted@example.org")).unwrap());
    let account = world.account(&own).await.unwrap();
    let (user, session, id) = (account.id, account.session, Uuid::new_v4());
    store.unlock_user(user, &by(UserId::new()), None).await.unwrap();
    store.begin_email_reset(mailer, &ResetRequest { id, email: &own, client, at }).await.unwrap();
    let (holder, wrong) = (CodeHolder { asker: id, address: None }, TypedCode::parse("00000000").unwrap());
    assert!(store.try_reset_code(mailer, holder, &wrong, at).await.unwrap().is_none());
    store.begin_email_change(mailer, &ChangeEmail { user, session, to: &next, client, at }).await.unwrap();
    let late = at + TimeDelta::days(200);
    assert!(store.warn_idle_claim(mailer, (&own, user), ClaimPolicy::default(), late).await.unwrap());
    user
}

#[tokio::test]
async fn a_deletion_leaves_rows_in_named_tables_only_and_no_name_of_a_device() {
    let store = TestStore::create().await;
    let (key, _) = account(&store).await;
    let claimant = claimant(&store).await;
    for table in ["mail_codes", "code_guesses", "email_changes", "claim_expiries", "user_unlocks", "audit_events"] {
        assert!(store.number(&format!("SELECT count(*) FROM {table}")).await > 0, "{table} is not tried");
    }
    for id in [key.id, claimant] {
        store.delete_user(id, now(), None).await.unwrap();
    }
    for table in tables_with(&store, "user_id").await {
        let rows = store.number(&format!("SELECT count(*) FROM {table} WHERE user_id IS NOT NULL")).await;
        assert!(rows == 0 || KEPT.iter().any(|(kept, _)| *kept == table), "{table} has {rows} rows");
    }
    assert_eq!(store.number("SELECT count(*) FROM code_guesses").await, 0, "their subjects are accounts");
    assert_eq!(store.number("SELECT count(*) FROM users").await, 0);
    assert_eq!(store.number("SELECT count(*) FROM sessions WHERE device_name <> ''").await, 0);
}

#[tokio::test]
async fn the_identifiers_of_deleted_accounts_are_purged_and_those_of_others_stay() {
    let store = TestStore::create().await;
    let ((gone, _), (kept, sessions)) = (account(&store).await, account(&store).await);
    let at = now();
    store.delete_user(gone.id, at, None).await.unwrap();
    let others = EndOthers { user: kept.id, keep: sessions[0], unlink: false, at, address: None };
    store.end_other_sessions(&others, |_| None).await.unwrap();
    let purged = async |until| store.purge_deleted_users(at - DELETED_KEPT, until).await.unwrap();
    assert_eq!(purged(at - TimeDelta::seconds(1)).await.accounts, 0);
    assert_eq!(purged(at + TimeDelta::seconds(1)).await, Purged { accounts: 1, next: None });
    assert_eq!(purged(at + TimeDelta::seconds(1)).await.accounts, 0);
    for table in ["user_directory", "token_cutoffs"] {
        assert_eq!(store.number(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
    assert!(store.find_session(sessions[0]).await.unwrap().is_some_and(|session| session.ended_at.is_none()));
    assert_eq!(store.number("SELECT count(*) FROM sessions").await, 2);
}

#[tokio::test]
async fn a_sign_in_deletes_sessions_that_ended_long_ago() {
    let store = TestStore::create().await;
    let (key, sessions) = account(&store).await;
    let later = now() + TimeDelta::days(32);
    let new = NewSession {
        id: SessionId::new(),
        user: key,
        device: Device::default(),
        refresh_hash: [1; 32],
        created_at: later,
        expires_at: later + TimeDelta::days(1),
        verified_hash: None,
        grant: SessionGrant::of("marquee"),
    };
    let sign_in = SignIn {
        user_id: key.id,
        at: later,
        device: DeviceKind::Tv,
        location: ClientLocation::default(),
        method: SignInMethod::Social,
        result: SignInResult::Success,
        session_id: Some(new.id),
    };
    assert!(store.insert_session(&new, &sign_in).await.unwrap().is_empty());
    for id in sessions {
        assert!(store.find_session(id).await.unwrap().is_none());
    }
    assert_eq!(store.list_stored_sessions(key.id).await.unwrap().len(), 1);
}
