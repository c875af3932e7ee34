//! The limits that a service has by itself.

use std::collections::BTreeMap;

use contracts::endpoint::EndpointInfo;
use limiter_lib::{Consistency, Outage, Overflow};

use super::Per;
use super::policy_spec::{PolicyMode, PolicySpec};

/// The limits of a service, each of which a policy file may change.
#[derive(Debug)]
pub struct LimitTable {
    /// A short name, part of the keys in Redis: `auth`.
    pub service: &'static str,
    /// Every endpoint of the service; health is never limited.
    pub endpoints: &'static [EndpointInfo],
    /// Endpoints whose handlers ask the second gate about an account.
    pub accounts: &'static [&'static str],
    /// What there is unless the file says otherwise.
    pub policies: &'static [DefaultPolicy],
}

/// A limit that holds unless the policy file says otherwise.
#[derive(Debug)]
pub struct DefaultPolicy {
    name: &'static str,
    quota: &'static str,
    per: Per,
    endpoints: &'static [&'static str],
    outage: Outage,
    overflow: Overflow,
    consistency: Consistency,
}

impl DefaultPolicy {
    /// `name` is part of answers and of keys; `quota` is written as in a policy file, `endpoints` are ids.
    pub const fn new(name: &'static str, quota: &'static str, per: Per, endpoints: &'static [&'static str]) -> Self {
        let (outage, overflow, consistency) = (Outage::Local, Overflow::Forget, Consistency::Exact);
        Self { name, quota, per, endpoints, outage, overflow, consistency }
    }

    /// Passes everything while Redis is away.
    #[must_use]
    pub const fn open_in_an_outage(self) -> Self {
        Self { outage: Outage::Allow, ..self }
    }

    /// Refuses new keys when this process has no room to count them: for doors that are guessed at.
    #[must_use]
    pub const fn closed_when_full(self) -> Self {
        Self { overflow: Overflow::Refuse, ..self }
    }

    /// Takes `units` at once from Redis and spends them in this process: for busy routes, where a few units more or less
    /// do not matter.
    #[must_use]
    pub const fn leased(self, units: u32) -> Self {
        Self { consistency: Consistency::Leased { units }, ..self }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The row of this policy in `docs/limits.md`, so that a test can see it there.
    pub fn row(&self) -> String {
        let endpoints: Vec<_> = self.endpoints.iter().map(|id| format!("`{id}`")).collect();
        format!("| `{}` | `{}` | {} | {} |", self.name, self.quota, self.per, endpoints.join(", "))
    }

    pub(super) fn draft(&self) -> PolicySpec {
        PolicySpec {
            name: self.name.to_owned(),
            lines: BTreeMap::new(),
            quota: Some(self.quota.parse()),
            per: Some(self.per),
            endpoints: Some(self.endpoints.iter().map(|id| (*id).to_owned()).collect()),
            switch: PolicyMode::Enforce,
            outage: self.outage,
            overflow: self.overflow,
            consistency: self.consistency,
        }
    }
}
