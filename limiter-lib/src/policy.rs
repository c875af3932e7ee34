//! A named limit: a quota, and its behaviour in normal operation and in an outage.

use std::{fmt, sync::Arc};

use crate::{counters::Counters, gcra::Rule, quota::Quota};

/// Longest name of a policy, in bytes.
pub const MAX_NAME: usize = 40;

/// A quota under a name. Cheap to clone.
///
/// The name is part of the keys in the store and of responses: two policies of one store need two names, and a renamed
/// policy starts with full buckets. Changing the quota of a policy keeps its usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy(Arc<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    name: String,
    /// Separates the keys of policies in one table.
    seed: u64,
    quota: Quota,
    rule: Rule,
    mode: Mode,
    outage: Outage,
    consistency: Consistency,
    overflow: Overflow,
    counters: Counters,
}

/// Enforcement of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Refuses requests that exceed the limit.
    #[default]
    Enforce,
    /// Decides and counts but refuses nothing: a dry run on real traffic.
    Shadow,
}

/// Behaviour of a policy while the shared store cannot decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outage {
    /// This process decides, with the quota divided by the number of live replicas.
    #[default]
    Local,
    /// Everything passes.
    Allow,
    /// Nothing passes.
    Deny,
}

/// The decider while the store is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consistency {
    /// The shared store, for each request: the fleet never exceeds the quota.
    #[default]
    Exact,
    /// Each replica leases up to `units` and spends them by itself. Over any time `T` the fleet of `R` replicas
    /// admits at most `burst + rate * T + min(R * units, rate * lease time)`.
    Leased {
        /// Units of a lease, at least 1; 1 is the exact mode.
        units: u32,
    },
    /// This process alone, with the quota divided by the number of live replicas.
    Local,
}

/// Behaviour of the in-process store for a new key when all slots that could hold it are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// Evict the key that is nearest to idle; its usage is lost.
    #[default]
    Forget,
    /// Refuse the new key until one of the others is idle: for sign-in and other sensitive endpoints.
    Refuse,
}

/// A name that no policy may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a policy's name is 1 to {MAX_NAME} of a-z, 0-9, `-`, `_`, `.`; this one is not: `{0}`")]
pub struct InvalidName(String);

impl Policy {
    /// A policy that enforces its quota exactly and falls back to this process in an outage.
    ///
    /// # Errors
    /// [`InvalidName`]: 1 to 40 of `a-z`, `0-9`, `-`, `_`, `.`.
    pub fn new(name: &str, quota: Quota) -> Result<Self, InvalidName> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
            return Err(InvalidName(name.chars().take(MAX_NAME).collect()));
        }
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            seed: crate::key::policy_seed(name),
            quota,
            rule: quota.rule(),
            mode: Mode::default(),
            outage: Outage::default(),
            consistency: Consistency::default(),
            overflow: Overflow::default(),
            counters: Counters::default(),
        })))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Sets the enforcement.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        self.with(|inner| inner.mode = mode)
    }

    /// Sets the behaviour while the shared store cannot decide.
    #[must_use]
    pub fn outage(self, outage: Outage) -> Self {
        self.with(|inner| inner.outage = outage)
    }

    /// Sets the decider while the store is available.
    #[must_use]
    pub fn consistency(self, consistency: Consistency) -> Self {
        self.with(|inner| inner.consistency = consistency)
    }

    /// Sets the behaviour when the in-process store is full.
    #[must_use]
    pub fn overflow(self, overflow: Overflow) -> Self {
        self.with(|inner| inner.overflow = overflow)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The quota.
    pub fn quota(&self) -> Quota {
        self.0.quota
    }

    /// The quota in ticks.
    pub fn rule(&self) -> Rule {
        self.0.rule
    }

    /// The enforcement.
    pub fn get_mode(&self) -> Mode {
        self.0.mode
    }

    /// The behaviour while the shared store cannot decide.
    pub fn get_outage(&self) -> Outage {
        self.0.outage
    }

    /// The decider while the store is available.
    pub fn get_consistency(&self) -> Consistency {
        self.0.consistency
    }

    /// The behaviour when the in-process store is full.
    pub fn get_overflow(&self) -> Overflow {
        self.0.overflow
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    pub(crate) fn seed(&self) -> u64 {
        self.0.seed
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.name, self.0.quota)
    }
}
