//! Unlocked accounts in memory. From its unlocking on, an account is counted by another key, so that all budgets of
//! guesses at it are full again, wherever and by whatever they are counted.

use std::borrow::Cow;
use std::collections::HashMap;

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};

/// Maximum number of accounts; the most recently unlocked ones are known.
pub(super) const MAX_UNLOCKS: u64 = 10_000;

/// Unlocked accounts, by the names by which attempts are counted.
#[derive(Default)]
pub struct Unlocks(ArcSwap<HashMap<String, i64>>);

impl Unlocks {
    /// Replaces the known ones; of several with one name the newest counts.
    pub(super) fn set(&self, unlocks: Vec<(String, DateTime<Utc>)>) {
        let mut known = HashMap::with_capacity(unlocks.len());
        for (name, at) in unlocks {
            let at = at.timestamp_micros();
            known.entry(name).and_modify(|last: &mut i64| *last = at.max(*last)).or_insert(at);
        }
        self.0.store(known.into());
    }

    /// Name by which attempts at `account` are counted now. It holds a time that no client knows, so that none can use up
    /// its budgets by typing it.
    pub fn counted_name<'a>(&self, account: &'a str) -> Cow<'a, str> {
        match self.0.load().get(account) {
            Some(at) => Cow::Owned(format!("{account}\0{at}")),
            None => Cow::Borrowed(account),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlocked_account_is_counted_by_another_name_each_time() {
        let unlocks = Unlocks::default();
        assert_eq!(unlocks.counted_name("anna@example.org"), "anna@example.org");
        let mut names = vec![String::new()];
        for at in ["2026-05-14T10:00:00Z", "2026-05-14T11:00:00Z"] {
            unlocks.set(vec![("anna@example.org".to_owned(), at.parse().unwrap())]);
            names.push(unlocks.counted_name("anna@example.org").into_owned());
            assert_eq!(unlocks.counted_name("eve@example.org"), "eve@example.org");
        }
        names.dedup();
        assert_eq!(names.len(), 3);
    }
}
