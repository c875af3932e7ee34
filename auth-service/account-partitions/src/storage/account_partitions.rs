//! The handle of the partitions: database, write transactions and retention.

use service_kit::database::{Bounds, Database, Transactions};

use crate::domain::MaintenancePolicy;

/// Cells, months and regions of the database of accounts.
#[derive(Clone)]
pub struct AccountPartitions {
    pub(super) db: Database,
    pub(super) transactions: Transactions,
    policy: MaintenancePolicy,
}

impl AccountPartitions {
    /// Uses the database of `transactions`, with the default policy.
    pub fn new(transactions: Transactions) -> Self {
        Self { db: transactions.database().clone(), transactions, policy: MaintenancePolicy::default() }
    }

    /// The same partitions with the given policy.
    #[must_use]
    pub fn with_policy(self, policy: MaintenancePolicy) -> Self {
        Self { policy, ..self }
    }

    /// The same partitions with time limits for batch work.
    #[must_use]
    pub fn for_batch(&self) -> Self {
        Self::new(self.transactions.with_bounds(Bounds::BATCH)).with_policy(self.policy)
    }

    /// Policy for the months of sign-ins.
    pub fn policy(&self) -> MaintenancePolicy {
        self.policy
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// `true` for the embedded database, `false` for a server.
    pub fn is_embedded(&self) -> bool {
        self.db.is_embedded()
    }
}
