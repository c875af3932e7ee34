//! A policy on its way from table and file to a rule.

use std::collections::BTreeMap;

use contracts::endpoint::EndpointInfo;
use limiter_lib::{Consistency, InvalidQuota, Mode, Outage, Overflow, Policy, Quota};

use super::{LimitTable, Per};

/// A policy with whom it counts and where.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub policy: Policy,
    pub per: Per,
    pub endpoints: Vec<&'static str>,
}

/// What a policy does with what exceeds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyMode {
    Enforce,
    Shadow,
    Off,
}

/// A policy as it is written.
#[derive(Debug, Clone)]
pub(super) struct PolicySpec {
    pub name: String,
    /// Where the file speaks of it, and of each field under its name; nowhere unless it does.
    pub lines: BTreeMap<String, usize>,
    pub quota: Option<Result<Quota, InvalidQuota>>,
    pub per: Option<Per>,
    /// Ids, or `*` for all that can be counted so.
    pub endpoints: Option<Vec<String>>,
    pub switch: PolicyMode,
    pub outage: Outage,
    pub overflow: Overflow,
    pub consistency: Consistency,
}

impl PolicyMode {
    /// The word in policy files.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "enforce" => Some(Self::Enforce),
            "shadow" => Some(Self::Shadow),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

impl PolicySpec {
    /// A policy that the table does not have.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: BTreeMap::new(),
            quota: None,
            per: None,
            endpoints: None,
            switch: PolicyMode::Enforce,
            outage: Outage::Local,
            overflow: Overflow::Forget,
            consistency: Consistency::Exact,
        }
    }

    /// Where the file speaks of a field, or of the policy; 0 when it does not.
    pub fn line(&self, field: &str) -> usize {
        self.lines.get(field).or_else(|| self.lines.get("")).copied().unwrap_or(0)
    }

    /// The rule; `None` when it is off or cannot be one. What is wrong goes to `complain`, with the field.
    pub fn rule(&self, table: &LimitTable, complain: &mut impl FnMut(&str, String)) -> Option<Rule> {
        for (field, missing) in
            [("quota", self.quota.is_none()), ("per", self.per.is_none()), ("endpoints", self.endpoints.is_none())]
        {
            // What is there and could not be read has been complained about.
            if missing && !self.lines.contains_key(field) {
                let known: Vec<_> = table.policies.iter().map(|policy| policy.name()).collect();
                let new =
                    format!("is missing; a policy of your own needs it (those that exist are {})", known.join(", "));
                complain(field, new);
            }
        }
        let policy = self.policy(complain);
        let endpoints = self.fitting(table, complain);
        let rule = Rule { policy: policy?, per: self.per?, endpoints: endpoints? };
        (self.switch != PolicyMode::Off).then_some(rule)
    }

    fn policy(&self, complain: &mut impl FnMut(&str, String)) -> Option<Policy> {
        let quota = match self.quota.as_ref()? {
            Ok(quota) if quota.free() < quota.burst() => {
                complain("quota", "`free` makes requests wait; a service refuses them instead".into());
                return None;
            }
            Ok(quota) => *quota,
            Err(error) => {
                complain("quota", error.to_string());
                return None;
            }
        };
        match Policy::new(&self.name, quota) {
            Ok(policy) => {
                let mode = if self.switch == PolicyMode::Shadow { Mode::Shadow } else { Mode::Enforce };
                Some(policy.mode(mode).outage(self.outage).overflow(self.overflow).consistency(self.consistency))
            }
            Err(error) => {
                complain("", error.to_string());
                None
            }
        }
    }

    /// The endpoints by id. Those that cannot be counted so are left out of `*` and complained about by name.
    fn fitting(&self, table: &LimitTable, complain: &mut impl FnMut(&str, String)) -> Option<Vec<&'static str>> {
        let (names, per) = (self.endpoints.as_ref()?, self.per?);
        let fits = |endpoint: &&EndpointInfo| per.fits(endpoint, table.accounts);
        let mut ids = Vec::new();
        for name in names {
            let known = table.endpoints.iter().find(|endpoint| endpoint.id == name);
            match known {
                None if name == "*" => ids.extend(table.endpoints.iter().filter(fits).map(|endpoint| endpoint.id)),
                None => complain("endpoints", format!("there is no endpoint `{name}` here")),
                Some(endpoint) if !fits(&endpoint) => {
                    complain("endpoints", format!("`{name}` cannot be counted per {per}: nobody says which"));
                }
                Some(endpoint) => ids.push(endpoint.id),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Some(ids)
    }
}
