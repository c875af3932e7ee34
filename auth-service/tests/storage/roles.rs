//! Roles and permissions in storage: files, definitions, and the last administrator under concurrency.

use std::collections::BTreeSet;
use std::sync::Arc;

use account_storage::{ChangeRoleError, DefineRoleError, DeleteUserError, OperatorActError, Store};
use accounts::{
    AuditContext, AuditFilter, MAX_ROLES_OF_USER, NewUser, PermissionName, RoleChange, RoleDefinitions, RoleName,
    UserKey,
};
use chrono::TimeDelta;

use crate::explain::draft;
use crate::identities::{identity, link};
use crate::support::{TestStore, new_user, now};

/// An act by command, now.
fn act() -> AuditContext {
    AuditContext::of_command("tests", None, now())
}

pub fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

pub fn permissions(names: &[&str]) -> BTreeSet<PermissionName> {
    names.iter().map(|name| PermissionName::parse(name).unwrap()).collect()
}

pub fn change(names: &[&str]) -> RoleChange {
    RoleChange { description: None, permissions: Some(permissions(names)) }
}

pub async fn holder(store: &TestStore, roles: &[&str]) -> UserKey {
    let roles = roles.iter().map(|name| role(name)).collect();
    let new = NewUser { roles, ..new_user(&store.region_map, None) };
    store.insert_user(&new, None).await.unwrap();
    new.key
}

/// Migrates again with this file of roles.
async fn migrate_with(store: &TestStore, file: &str) {
    let definitions = RoleDefinitions::with_file(file).unwrap();
    let store = Store::connect(store.database.url(), 2).await.unwrap().with_roles(Some(Arc::new(definitions)));
    store.migrate(now()).await.unwrap();
}

async fn permissions_of(store: &TestStore, name: &str) -> Vec<String> {
    store.find_role(&role(name)).await.unwrap().unwrap().permissions
}

#[tokio::test]
async fn the_file_of_an_operator_decides_whether_administrators_edit_films() {
    let store = TestStore::create().await;
    let built_in = permissions_of(&store, "admin").await;
    assert!(!built_in.contains(&"films.write".to_owned()), "{built_in:?}");
    let admin = holder(&store, &["admin"]).await;

    migrate_with(&store, "[roles.admin]\npermissions = ['films.write']").await;
    assert!(permissions_of(&store, "admin").await.contains(&"films.write".to_owned()));
    assert_eq!(store.find_token_version(admin.id).await.unwrap(), 0, "more permissions end no token");

    store.migrate(now()).await.unwrap();
    assert!(permissions_of(&store, "admin").await.contains(&"films.write".to_owned()), "no file withdraws nothing");

    migrate_with(&store, "").await;
    assert_eq!(permissions_of(&store, "admin").await, built_in, "a file withdraws what it does not have");
    assert_eq!(store.find_token_version(admin.id).await.unwrap(), 1, "holders were cut off");
}

#[tokio::test]
async fn a_role_of_a_file_is_handed_over_when_the_file_leaves_it_out() {
    let store = TestStore::create().await;
    let file = "[permissions]\n'reviews.hide' = 'Hides reviews'\n[roles.moderator]\npermissions = ['reviews.hide']";
    migrate_with(&store, file).await;
    let moderator = role("moderator");
    let rejected = store.delete_role(&moderator, &act()).await;
    assert!(matches!(rejected, Err(DefineRoleError::System)), "{rejected:?}");

    migrate_with(&store, "").await;
    assert_eq!(permissions_of(&store, "moderator").await, ["reviews.hide"], "it keeps what it has");
    store.delete_role(&moderator, &act()).await.unwrap();
    assert!(store.load_role_map().await.unwrap().has_permission("reviews.hide"));
    migrate_with(&store, "").await;
    assert!(!store.load_role_map().await.unwrap().has_permission("reviews.hide"), "no role and no file has it");
}

#[tokio::test]
async fn a_file_takes_over_a_role_of_an_administrator_as_the_file_defines_it() {
    let store = TestStore::create().await;
    let curator = role("curator");
    store.create_role(&curator, "", &permissions(&["films.write", "audit.read"]), &act()).await.unwrap();
    migrate_with(&store, "[roles.curator]\ndescription = 'By file'\npermissions = ['films.write']").await;
    let taken_over = store.find_role(&curator).await.unwrap().unwrap();
    assert!(taken_over.system && taken_over.description == "By file", "{taken_over:?}");
    assert_eq!(taken_over.permissions, ["films.write"]);
}

#[tokio::test]
async fn a_file_does_not_remove_the_last_administrator() {
    let store = TestStore::create().await;
    migrate_with(&store, "[roles.owner]\npermissions = ['roles.manage', 'audit.read']").await;
    let owner = holder(&store, &["owner"]).await;
    migrate_with(&store, "[roles.owner]").await;
    assert_eq!(permissions_of(&store, "owner").await, ["roles.manage"]);
    holder(&store, &["admin"]).await;
    migrate_with(&store, "[roles.owner]").await;
    assert_eq!(permissions_of(&store, "owner").await, [""; 0]);
    assert_eq!(store.find_token_version(owner.id).await.unwrap(), 2);
}

#[tokio::test]
async fn every_change_of_a_role_has_a_revision_and_assignments_have_none() {
    let store = TestStore::create().await;
    let (user, curator) = (holder(&store, &["subscriber"]).await, role("curator"));
    let mut last = store.find_role_revision().await.unwrap();
    let mut next = async || {
        let revision = store.find_role_revision().await.unwrap();
        revision - std::mem::replace(&mut last, revision)
    };
    store.create_role(&curator, "Picks films", &permissions(&["films.write"]), &act()).await.unwrap();
    assert_eq!(next().await, 1);
    store.assign_role(user.id, &curator, &act(), None).await.unwrap();
    store.update_role(&curator, &change(&["films.write"]), &act()).await.unwrap();
    let described = RoleChange { description: Some("Picks".into()), permissions: None };
    store.update_role(&curator, &described, &act()).await.unwrap();
    assert_eq!(next().await, 0, "nothing that the map in memory holds");
    assert_eq!(store.find_token_version(user.id).await.unwrap(), 0, "and no token ends");
    store.update_role(&curator, &change(&[]), &act()).await.unwrap();
    assert_eq!(next().await, 1);
    store.delete_role(&curator, &act()).await.unwrap();
    assert_eq!(next().await, 1);
    assert_eq!(store.load_role_map().await.unwrap().revision(), last);
}

#[tokio::test]
async fn changing_and_deleting_a_role_cut_off_its_holders_and_no_one_else() {
    let store = TestStore::create().await;
    let curator = role("curator");
    store.create_role(&curator, "", &permissions(&["films.write"]), &act()).await.unwrap();
    let holders = [holder(&store, &["curator"]).await, holder(&store, &["curator", "editor"]).await];
    let other = holder(&store, &["editor"]).await;
    let act = act();
    store.update_role(&curator, &change(&["films.write", "audit.read"]), &act).await.unwrap();
    store.delete_role(&curator, &act).await.unwrap();
    for user in holders {
        assert_eq!(store.find_token_version(user.id).await.unwrap(), 2);
        assert!(!store.list_roles_of(user.id).await.unwrap().contains(&"curator".to_owned()));
    }
    assert_eq!(store.find_token_version(other.id).await.unwrap(), 0);
    let cutoffs = store.list_cutoffs(act.at - TimeDelta::seconds(1), 10).await.unwrap();
    assert_eq!(cutoffs.len(), 2, "other replicas read them");
}

#[tokio::test]
async fn a_user_has_a_bounded_number_of_roles() {
    let store = TestStore::create().await;
    let user = holder(&store, &["subscriber"]).await;
    let names: Vec<_> = (0..MAX_ROLES_OF_USER).map(|number| role(&format!("role-{number}"))).collect();
    for name in &names {
        store.create_role(name, "", &BTreeSet::new(), &act()).await.unwrap();
    }
    let (last, others) = names.split_last().unwrap();
    for name in others.iter().chain(others) {
        store.assign_role(user.id, name, &act(), None).await.unwrap();
    }
    let rejected = store.assign_role(user.id, last, &act(), None).await;
    assert!(matches!(rejected, Err(ChangeRoleError::TooMany)), "{rejected:?}");
}

#[tokio::test]
async fn a_role_needs_a_proved_e_mail() {
    let store = TestStore::create().await;
    let (user, editor) = (holder(&store, &[]).await, role("editor"));
    let rejected = store.assign_role(user.id, &editor, &act(), None).await;
    assert!(matches!(rejected, Err(ChangeRoleError::EmailUnproved)), "{rejected:?}");
    store.prove_email(user.id, &act(), None).await.unwrap();
    assert!(store.assign_role(user.id, &editor, &act(), None).await.unwrap());
    assert!(!store.assign_role(user.id, &editor, &act(), None).await.unwrap(), "it has the role");
}

#[tokio::test]
async fn a_change_of_roles_and_its_mail_are_committed_together_or_not_at_all() {
    let store = TestStore::create().await;
    let (gets, loses, editor) =
        (holder(&store, &["subscriber"]).await, holder(&store, &["editor"]).await, role("editor"));
    let mails = async || store.number("SELECT CAST(count(*) AS bigint) FROM mails").await;
    let (act, mail) = (act(), draft());
    store.sql("ALTER TABLE mails RENAME TO hidden").await;
    store.assign_role(gets.id, &editor, &act, Some(&mail)).await.unwrap_err();
    store.revoke_role(loses.id, &editor, &act, Some(&mail)).await.unwrap_err();
    store.sql("ALTER TABLE hidden RENAME TO mails").await;
    assert_eq!(store.list_roles_of(gets.id).await.unwrap(), ["subscriber"]);
    assert_eq!(store.list_roles_of(loses.id).await.unwrap(), ["editor"]);

    assert!(!store.assign_role(loses.id, &editor, &act, Some(&mail)).await.unwrap());
    assert_eq!(mails().await, 0, "nothing was changed");
    assert!(store.assign_role(gets.id, &editor, &act, Some(&mail)).await.unwrap());
    assert_eq!(mails().await, 1);
    assert!(store.revoke_role(loses.id, &editor, &act, Some(&mail)).await.unwrap().is_some());
    assert_eq!(mails().await, 2);
    assert!(store.revoke_role(loses.id, &editor, &act, Some(&mail)).await.unwrap().is_none());
    assert_eq!(mails().await, 2);
}

#[tokio::test]
async fn every_act_on_roles_leaves_an_event_with_its_outcome() {
    let store = TestStore::create().await;
    let (user, editor, curator) = (holder(&store, &["subscriber"]).await, role("editor"), role("curator"));
    let nothing = BTreeSet::new();
    store.create_role(&curator, "", &nothing, &act()).await.unwrap();
    store.create_role(&curator, "", &nothing, &act()).await.unwrap_err();
    store.create_role(&role("x"), "", &permissions(&["films.fly"]), &act()).await.unwrap_err();
    store.update_role(&curator, &change(&["films.write"]), &act()).await.unwrap();
    store.update_role(&editor, &change(&[]), &act()).await.unwrap_err();
    store.delete_role(&curator, &act()).await.unwrap();
    store.delete_role(&curator, &act()).await.unwrap_err();
    store.assign_role(user.id, &editor, &act(), None).await.unwrap();
    store.assign_role(user.id, &editor, &act(), None).await.unwrap();
    store.assign_role(user.id, &curator, &act(), None).await.unwrap_err();
    store.revoke_role(user.id, &editor, &act(), None).await.unwrap();
    store.list_user_roles(user.id, &act()).await.unwrap();
    let mut events = store.list_audit_events(AuditFilter::default(), 100, &act()).await.unwrap();
    events.sort_by_key(|event| event.id);
    let told: Vec<_> = events.iter().map(|event| [&*event.action, &*event.subject, &*event.outcome]).collect();
    let expected = [
        ["create_role", "curator", "done"],
        ["create_role", "curator", "role_taken"],
        ["create_role", "x", "permission_not_found"],
        ["update_role", "curator", "done"],
        ["update_role", "editor", "system_role"],
        ["delete_role", "curator", "done"],
        ["delete_role", "curator", "role_not_found"],
        ["assign_role", "editor", "done"],
        ["assign_role", "editor", "unchanged"],
        ["assign_role", "curator", "role_not_found"],
        ["revoke_role", "editor", "done"],
        ["list_user_roles", "", "done"],
    ];
    assert_eq!(told, expected);
    assert!(events[7..].iter().all(|event| event.user_id == Some(user.id)));
}

#[tokio::test]
async fn a_disabled_holder_is_no_administrator() {
    let store = TestStore::create().await;
    let (one, other) = (holder(&store, &["admin"]).await, holder(&store, &["admin"]).await);
    store.disable_user(one.id, &act(), None).await.unwrap();
    store.disable_user(other.id, &act(), None).await.unwrap_err();
    store.sql("UPDATE users SET status = 1").await;
    for user in [one, other] {
        let rejected = store.revoke_role(user.id, &RoleName::admin(), &act(), None).await;
        assert!(matches!(rejected, Err(ChangeRoleError::LastAdmin)), "{rejected:?}");
        let rejected = store.delete_user(user.id, now(), None).await;
        assert!(matches!(rejected, Err(DeleteUserError::LastAdmin)), "{rejected:?}");
    }
    holder(&store, &["admin"]).await;
    store.delete_user(one.id, now(), None).await.unwrap();
    store.revoke_role(other.id, &RoleName::admin(), &act(), None).await.unwrap();
}

#[tokio::test]
async fn any_role_with_the_permission_makes_an_administrator() {
    let store = TestStore::create().await;
    let owner = role("owner");
    store.create_role(&owner, "", &permissions(&["roles.manage"]), &act()).await.unwrap();
    let user = holder(&store, &["admin", "owner"]).await;
    store.revoke_role(user.id, &RoleName::admin(), &act(), None).await.unwrap();
    let rejected = store.revoke_role(user.id, &owner, &act(), None).await;
    assert!(matches!(rejected, Err(ChangeRoleError::LastAdmin)), "{rejected:?}");
    for emptied in [change(&[]), change(&["users.manage"])] {
        let rejected = store.update_role(&owner, &emptied, &act()).await;
        assert!(matches!(rejected, Err(DefineRoleError::LastAdmin)), "{rejected:?}");
    }
    let rejected = store.delete_role(&owner, &act()).await;
    assert!(matches!(rejected, Err(DefineRoleError::LastAdmin)), "{rejected:?}");
    assert_eq!(permissions_of(&store, "owner").await, ["roles.manage"], "nothing was written");
    store.assign_role(user.id, &RoleName::admin(), &act(), None).await.unwrap();
    store.delete_role(&owner, &act()).await.unwrap();
}

#[tokio::test]
async fn a_holder_without_a_sign_in_method_is_no_administrator() {
    let store = TestStore::create().await;
    let (one, other) = (holder(&store, &["admin"]).await, holder(&store, &["admin"]).await);
    store.free_email(one.id, &act(), None).await.unwrap();
    let rejected = [
        store.free_email(other.id, &act(), None).await.map(drop),
        store.disable_user(other.id, &act(), None).await.map(drop),
    ];
    assert!(rejected.iter().all(|outcome| matches!(outcome, Err(OperatorActError::LastAdmin))), "{rejected:?}");
    let rejected = store.delete_user(other.id, now(), None).await;
    assert!(matches!(rejected, Err(DeleteUserError::LastAdmin)), "{rejected:?}");
    let rejected = store.revoke_role(other.id, &RoleName::admin(), &act(), None).await;
    assert!(matches!(rejected, Err(ChangeRoleError::LastAdmin)), "{rejected:?}");

    link(&store, one.id, &identity("google", "one")).await.unwrap();
    store.free_email(other.id, &act(), None).await.unwrap();
}
