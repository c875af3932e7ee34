//! Statements of roles and their assignments, and of token versions.

use std::collections::BTreeSet;

use account_storage::Store;
use accounts::{PermissionName, RoleChange, RoleName};
use chrono::TimeDelta;
use contracts::ids::UserId;
use credentials::hashing::PasswordHash;

use super::mails::draft;
use crate::operators::by;
use crate::plan_watch::PlanWatch;
use crate::support::now;

pub async fn roles(traced: &Store, id: UserId, watch: &mut PlanWatch) {
    let editor = RoleName::parse("editor").unwrap();
    assert_eq!(watch.of("list_roles_of", traced.list_roles_of(id)).await, ["editor"]);
    assert!(!watch.of("has_admin", traced.has_admin()).await);
    assert_eq!(watch.of("list_user_roles", traced.list_user_roles(id, &by(id))).await.unwrap().len(), 1);
    watch.of("revoke_role", traced.revoke_role(id, &editor, &by(id), Some(&draft()))).await;
    watch.of("assign_role", traced.assign_role(id, &editor, &by(id), Some(&draft()))).await;
    define_roles(traced, id, watch).await;
    assert_eq!(watch.of("find_token_version", traced.find_token_version(id)).await, 5);
    assert_eq!(watch.of("find_role_snapshot", traced.find_role_snapshot(id)).await.token_version, 5);
    watch.of("list_cutoffs", traced.list_cutoffs(now() - TimeDelta::days(1), 10)).await;
    let hash = PasswordHash::new("of an operator");
    assert!(watch.of("reset_password", traced.reset_password(id, &hash, &by(id), Some(&draft()))).await.is_some());
}

/// A role that is managing, so that the search for another administrator runs too.
async fn define_roles(traced: &Store, id: UserId, watch: &mut PlanWatch) {
    let (owner, manages) = (RoleName::parse("owner").unwrap(), BTreeSet::from([PermissionName::roles_manage()]));
    watch.of("create_role", traced.create_role(&owner, "", &manages, &by(id))).await;
    for role in [&owner, &RoleName::admin()] {
        traced.assign_role(id, role, &by(id), None).await.unwrap();
    }
    let nothing = RoleChange { description: Some("Nothing".into()), permissions: Some(BTreeSet::new()) };
    watch.of("update_role", traced.update_role(&owner, &nothing, &by(id))).await;
    assert!(watch.of("find_role", traced.find_role(&owner)).await.is_some());
    watch.of("delete_role", traced.delete_role(&owner, &by(id))).await;
    assert_eq!(watch.of("list_roles", traced.list_roles(Some(&RoleName::admin()), 10)).await.len(), 2);
    let revision = watch.of("find_role_revision", traced.find_role_revision()).await;
    assert_eq!(watch.of("load_role_map", traced.load_role_map()).await.revision(), revision);
}
