//! A policy as merged from table and file, before validation.

use std::collections::BTreeMap;

use contracts::endpoint::EndpointInfo;
use limiter_lib::{Consistency, InvalidQuota, Mode, Outage, Overflow, Policy, Quota};

use super::per::Per;
use super::table::{DefaultPolicy, LimitTable};

/// A policy with its kind of key and its endpoints.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub policy: Policy,
    pub per: Per,
    pub endpoints: Vec<&'static str>,
}

/// Effect of a policy on requests over its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyMode {
    Enforce,
    Shadow,
    Off,
}

/// A policy as written.
#[derive(Debug, Clone)]
pub(super) struct PolicySpec {
    pub name: String,
    /// Lines of the file that define the policy (key `""`) and its fields; empty for policies of the table only.
    pub lines: BTreeMap<String, usize>,
    pub quota: Option<Result<Quota, InvalidQuota>>,
    pub per: Option<Per>,
    /// Ids, or `*` for all endpoints that have such a key.
    pub endpoints: Option<Vec<String>>,
    pub mode: PolicyMode,
    pub outage: Outage,
    pub overflow: Overflow,
    pub consistency: Consistency,
}

impl PolicyMode {
    /// Parses the name in policy files.
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
    /// A policy of the table.
    pub fn of(policy: &DefaultPolicy) -> Self {
        Self {
            name: policy.name.to_owned(),
            lines: BTreeMap::new(),
            quota: Some(policy.quota.parse()),
            per: Some(policy.per),
            endpoints: Some(policy.endpoints.iter().map(|id| (*id).to_owned()).collect()),
            mode: PolicyMode::Enforce,
            outage: policy.outage,
            overflow: policy.overflow,
            consistency: policy.consistency,
        }
    }

    /// A policy that is not in the table.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: BTreeMap::new(),
            quota: None,
            per: None,
            endpoints: None,
            mode: PolicyMode::Enforce,
            outage: Outage::Local,
            overflow: Overflow::Forget,
            consistency: Consistency::Exact,
        }
    }

    /// Line of the file that defines a field, otherwise the policy; 0 when the file does not mention it.
    pub fn line(&self, field: &str) -> usize {
        self.lines.get(field).or_else(|| self.lines.get("")).copied().unwrap_or(0)
    }

    /// The rule; `None` when it is off or invalid. Errors go to `report`, with the field.
    pub fn rule(&self, table: &LimitTable, report: &mut impl FnMut(&str, String)) -> Option<Rule> {
        for (field, missing) in
            [("quota", self.quota.is_none()), ("per", self.per.is_none()), ("endpoints", self.endpoints.is_none())]
        {
            // Fields that could not be parsed have been reported already.
            if missing && !self.lines.contains_key(field) {
                let known: Vec<_> = table.policies.iter().map(|policy| policy.name()).collect();
                let error =
                    format!("is missing; a policy of your own needs it (those that exist are {})", known.join(", "));
                report(field, error);
            }
        }
        let policy = self.policy(report);
        let endpoints = self.fitting(table, report);
        let rule = Rule { policy: policy?, per: self.per?, endpoints: endpoints? };
        (self.mode != PolicyMode::Off).then_some(rule)
    }

    fn policy(&self, report: &mut impl FnMut(&str, String)) -> Option<Policy> {
        let quota = match self.quota.as_ref()? {
            Ok(quota) if quota.free() < quota.burst() => {
                report("quota", "`free` makes requests wait; a service refuses them instead".into());
                return None;
            }
            Ok(quota) => *quota,
            Err(error) => {
                report("quota", error.to_string());
                return None;
            }
        };
        match Policy::new(&self.name, quota) {
            Ok(policy) => {
                let mode = if self.mode == PolicyMode::Shadow { Mode::Shadow } else { Mode::Enforce };
                Some(policy.mode(mode).outage(self.outage).overflow(self.overflow).consistency(self.consistency))
            }
            Err(error) => {
                report("", error.to_string());
                None
            }
        }
    }

    /// Endpoint ids. Endpoints without such a key are left out of `*`; naming one is an error.
    fn fitting(&self, table: &LimitTable, report: &mut impl FnMut(&str, String)) -> Option<Vec<&'static str>> {
        let (names, per) = (self.endpoints.as_ref()?, self.per?);
        let fits = |endpoint: &&EndpointInfo| per.fits(endpoint, table.accounts);
        let mut ids = Vec::new();
        for name in names {
            let known = table.endpoints.iter().find(|endpoint| endpoint.id == name);
            match known {
                None if name == "*" => ids.extend(table.endpoints.iter().filter(fits).map(|endpoint| endpoint.id)),
                None => report("endpoints", format!("there is no endpoint `{name}` here")),
                Some(endpoint) if !fits(&endpoint) => {
                    report("endpoints", format!("`{name}` cannot be counted per {per}: its requests have no such key"));
                }
                Some(endpoint) => ids.push(endpoint.id),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Some(ids)
    }
}
