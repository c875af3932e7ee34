//! Acts of operators in the histories, and what holds of them.

use account_storage::{DeleteUserError, OperatorActError};
use accounts::AuditContext;
use contracts::ids::UserId;

use super::history::History;
use crate::operators::by_command;

/// Names of the acts, for the trace.
pub const NAMES: [&str; 11] = [
    "operator disables the squatter",
    "operator enables the squatter",
    "operator disables the owner",
    "operator enables the owner",
    "operator frees the address of the squatter",
    "operator proves the address of the owner",
    "operator unlocks both",
    "operator ends the sessions of the squatter",
    "operator deletes the squatter",
    "operator deletes the owner, who signs up again",
    "administrators remove each other",
];

/// Acts that end the sessions of the owner: the others must not.
pub const ACTS_ON_SESSIONS_OF_THE_OWNER: [u64; 2] = [2, 9];

/// Acts on deleted accounts, or accounts without an e-mail, are rejected.
fn assert_possible<T>(outcome: Result<T, OperatorActError>) {
    if let Err(error) = outcome {
        assert!(matches!(error, OperatorActError::NoSuchUser | OperatorActError::NoEmail), "{error:?}");
    }
}

impl History<'_> {
    /// Runs the act with this number in [`NAMES`].
    pub async fn act_of_operator(&mut self, number: u64) {
        let (store, context) = (&self.world.store, self.context());
        let (squatter, owner) = (self.squatter.id, self.owner.id);
        match number {
            0 => self.disable(squatter).await,
            1 => assert_possible(store.enable_user(squatter, &context, None).await),
            2 => self.disable(owner).await,
            3 => assert_possible(store.enable_user(owner, &context, None).await),
            4 => assert_possible(store.free_email(squatter, &context, None).await),
            5 => assert_possible(store.prove_email(owner, &context, None).await),
            6 => {
                assert_possible(store.unlock_user(squatter, &context, None).await);
                assert_possible(store.unlock_user(owner, &context, None).await);
            }
            7 => assert_possible(store.end_user_sessions(squatter, &context, None).await),
            8 => self.delete(squatter).await,
            9 => {
                self.delete(owner).await;
                let own = self.own.clone();
                self.owner = self.world.account(&own).await.expect("nobody else has this address");
                self.add_rightful(self.owner.id);
            }
            _ => self.remove_admins().await,
        }
    }

    fn context(&self) -> AuditContext {
        AuditContext { at: self.world.now(), ..by_command() }
    }

    async fn disable(&self, id: UserId) {
        assert_possible(self.world.store.disable_user(id, &self.context(), None).await);
        for account in [self.squatter, self.owner].into_iter().filter(|account| account.id == id) {
            assert!(!self.is_signed_in(account).await, "a session of a disabled account: {:?}", self.trace);
        }
    }

    async fn delete(&self, id: UserId) {
        let deleted = self.world.store.delete_user_for_operator(id, &self.context(), None).await;
        assert!(matches!(deleted, Ok(_) | Err(DeleteUserError::NoSuchUser)), "{deleted:?}");
        assert!(self.world.find_user(id).await.is_none());
    }

    /// One of two administrators can be disabled. Then no operator can disable or delete the other one, or free the
    /// address.
    async fn remove_admins(&self) {
        let (store, context) = (&self.world.store, self.context());
        let [one, other] = self.admins;
        let (gone, last) = if self.trace.len().is_multiple_of(2) { (one, other) } else { (other, one) };
        store.disable_user(gone, &context, None).await.unwrap();
        let disabled = store.disable_user(last, &context, None).await;
        assert!(matches!(disabled, Err(OperatorActError::LastAdmin)), "{disabled:?}");
        let freed = store.free_email(last, &context, None).await;
        assert!(matches!(freed, Err(OperatorActError::LastAdmin)), "{freed:?}");
        let deleted = store.delete_user_for_operator(last, &context, None).await;
        assert!(matches!(deleted, Err(DeleteUserError::LastAdmin)), "{deleted:?}");
        assert!(self.is_active(last).await, "{:?}", self.trace);
        store.enable_user(gone, &context, None).await.unwrap();
    }
}
