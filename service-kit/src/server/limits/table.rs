//! Default limits of a service.

use contracts::endpoint::EndpointInfo;
use limiter_lib::{Consistency, Outage, Overflow};

use super::per::Per;

/// Limits of a service; a policy file may change each of them.
#[derive(Debug)]
pub struct LimitTable {
    /// Short name, part of the keys in Redis: `auth`.
    pub service: &'static str,
    /// Every endpoint of the service; health checks are never limited.
    pub endpoints: &'static [EndpointInfo],
    /// Endpoints whose handlers check the limits of an account.
    pub accounts: &'static [&'static str],
    /// Policies unless the file changes them.
    pub policies: &'static [DefaultPolicy],
}

/// A policy of the table.
#[derive(Debug)]
pub struct DefaultPolicy {
    pub(super) name: &'static str,
    pub(super) quota: &'static str,
    pub(super) per: Per,
    pub(super) endpoints: &'static [&'static str],
    pub(super) outage: Outage,
    pub(super) overflow: Overflow,
    pub(super) consistency: Consistency,
}

impl DefaultPolicy {
    /// `name` is part of responses and of keys; `quota` is written as in a policy file, `endpoints` are ids.
    pub const fn new(name: &'static str, quota: &'static str, per: Per, endpoints: &'static [&'static str]) -> Self {
        let (outage, overflow, consistency) = (Outage::Local, Overflow::Forget, Consistency::Exact);
        Self { name, quota, per, endpoints, outage, overflow, consistency }
    }

    /// Fails open: allows everything while Redis is unavailable.
    #[must_use]
    pub const fn open_in_an_outage(self) -> Self {
        Self { outage: Outage::Allow, ..self }
    }

    /// Rejects new keys when the local store is full: for endpoints exposed to guessing.
    #[must_use]
    pub const fn closed_when_full(self) -> Self {
        Self { overflow: Overflow::Refuse, ..self }
    }

    /// Leases `units` at once from Redis and spends them in this process: for busy routes, where a few units more or
    /// less do not matter.
    #[must_use]
    pub const fn leased(self, units: u32) -> Self {
        Self { consistency: Consistency::Leased { units }, ..self }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Row of this policy in `docs/limits.md`, compared by a test.
    pub fn row(&self) -> String {
        let endpoints: Vec<_> = self.endpoints.iter().map(|id| format!("`{id}`")).collect();
        format!("| `{}` | `{}` | {} | {} |", self.name, self.quota, self.per, endpoints.join(", "))
    }
}

/// Joins lists of endpoints and pages into the one that a [`LimitTable`] covers. `N` is the sum of their lengths.
pub const fn joined<const N: usize>(lists: &[&[EndpointInfo]]) -> [EndpointInfo; N] {
    let mut all = [lists[0][0]; N];
    let (mut list, mut index, mut filled) = (0, 0, 0);
    while filled < N {
        if index == lists[list].len() {
            (list, index) = (list + 1, 0);
        } else {
            all[filled] = lists[list][index];
            (index, filled) = (index + 1, filled + 1);
        }
    }
    assert!(list + 1 == lists.len() && index == lists[list].len(), "N is the sum of the lengths");
    all
}
