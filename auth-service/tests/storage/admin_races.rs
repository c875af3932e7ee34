//! Races of acts that would each be allowed alone, and together leave an installation without an administrator.

use account_storage::Store;
use contracts::ids::UserId;
use futures_util::future::join_all;

use crate::operators::by_command;
use crate::roles::{change, holder, permissions, role};
use crate::support::{TestStore, now};

const RACES: usize = 1000;

/// Accounts that may manage roles and can sign in, counted without the code under test.
const ADMINISTRATORS: &str = "SELECT CAST(count(DISTINCT r.user_id) AS bigint) FROM user_roles r \
    JOIN role_permissions p ON p.role = r.role AND p.permission = 'roles.manage' \
    JOIN users u ON u.id = r.user_id WHERE u.status = 0 AND u.email_norm IS NOT NULL";

/// Ways to lose an administrator. The last two are of roles that an administrator defined.
#[derive(Debug, Clone, Copy)]
enum Removal {
    DeleteOwnAccount,
    DeleteAccount,
    Disable,
    FreeEmail,
    RevokeRole,
    EmptyRole,
    DeleteRole,
}

use Removal::{DeleteAccount, DeleteOwnAccount, DeleteRole, Disable, EmptyRole, FreeEmail, RevokeRole};

/// Ways to remove a holder of the role `admin`, which is built in.
const OF_ADMIN: [Removal; 5] = [DeleteOwnAccount, DeleteAccount, Disable, FreeEmail, RevokeRole];
/// Ways to remove a holder of the role `owner`.
const OF_OWNER: [Removal; 7] = [DeleteOwnAccount, DeleteAccount, Disable, FreeEmail, RevokeRole, EmptyRole, DeleteRole];

impl Removal {
    /// Removes the administrator `id` with the role `name`. Returns the outcome, for messages.
    async fn run(self, store: &Store, id: UserId, name: &str) -> String {
        let (act, name) = (by_command(), role(name));
        match self {
            DeleteOwnAccount => format!("{:?}", store.delete_user(id, now(), None).await.map(drop)),
            DeleteAccount => format!("{:?}", store.delete_user_for_operator(id, &act, None).await.map(drop)),
            Disable => format!("{:?}", store.disable_user(id, &act, None).await.map(drop)),
            FreeEmail => format!("{:?}", store.free_email(id, &act, None).await.map(drop)),
            RevokeRole => format!("{:?}", store.revoke_role(id, &name, &act, None).await.map(drop)),
            EmptyRole => format!("{:?}", store.update_role(&name, &change(&[]), &act).await.map(drop)),
            DeleteRole => format!("{:?}", store.delete_role(&name, &act).await),
        }
    }
}

/// Gives the role `owner` what a race took from it.
async fn restore_owner(store: &TestStore) {
    let (owner, manages) = (role("owner"), permissions(&["roles.manage"]));
    if store.find_role(&owner).await.unwrap().is_none() {
        store.create_role(&owner, "", &manages, &by_command()).await.unwrap();
    }
    store.update_role(&owner, &change(&["roles.manage"]), &by_command()).await.unwrap();
}

#[tokio::test]
async fn of_acts_at_once_that_together_remove_every_administrator_one_is_rejected() {
    let store = TestStore::create().await;
    let replicas = [store.replica().await, store.replica().await, store.replica().await];
    let mut before: Vec<UserId> = Vec::new();
    for race in 0..RACES {
        restore_owner(&store).await;
        let (admin, owner) = (holder(&store, &["admin"]).await.id, holder(&store, &["owner"]).await.id);
        for id in std::mem::replace(&mut before, vec![admin, owner]) {
            drop(store.delete_user(id, now(), None).await); // some are gone; the two of this race must be the only ones
        }
        assert_eq!(store.number(ADMINISTRATORS).await, 2, "before race {race}");
        let second = OF_OWNER[race / 35 % 7];
        let mut acts = vec![
            (OF_ADMIN[race % 5], admin, "admin"),
            (OF_OWNER[race / 5 % 7], owner, "owner"),
            (second, owner, "owner"),
        ];
        acts.truncate(2 + race % 2);
        acts.rotate_left(race / 2 % 2);
        let running = acts.iter().zip(&replicas).map(|((removal, id, name), store)| removal.run(store, *id, name));
        let outcomes = join_all(running).await;
        assert_eq!(store.number(ADMINISTRATORS).await, 1, "race {race}: {acts:?} {outcomes:?}");
        assert!(outcomes.iter().any(|outcome| outcome.contains("LastAdmin")), "race {race}: {acts:?} {outcomes:?}");
        assert!(!outcomes.iter().any(|outcome| outcome.contains("Storage")), "race {race}: {acts:?} {outcomes:?}");
    }
}
