//! Age from which films of a rating may be seen in a country.

use std::collections::BTreeMap;

use contracts::movies::access::AGE_RATINGS;

/// The rule of one country: the minimum age of each rating. A rating without an entry is hidden from all users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgePolicy(BTreeMap<u8, u8>);

impl AgePolicy {
    /// Ratings and their minimum ages.
    pub fn new(min_ages: impl IntoIterator<Item = (u8, u8)>) -> Self {
        Self(min_ages.into_iter().collect())
    }

    /// Every rating requires the age it is named after, as in the Russian scheme (Federal Law 436-FZ, article 6).
    #[cfg(test)]
    pub fn as_rated() -> Self {
        Self::new(AGE_RATINGS.map(|rating| (rating, rating)))
    }

    /// The highest rating allowed at this age. A rating counts only when all lower ones are allowed as well, so that a
    /// mistake in the data can only hide films.
    pub fn limit(&self, age: u8) -> u8 {
        let allowed = |rating: &u8| self.0.get(rating).is_some_and(|min_age| *min_age <= age);
        AGE_RATINGS.into_iter().take_while(allowed).last().unwrap_or(0)
    }

    /// The ratings and ages, lowest rating first.
    pub fn min_ages(&self) -> impl Iterator<Item = (u8, u8)> + '_ {
        self.0.iter().map(|(rating, age)| (*rating, *age))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_highest_rating_that_the_age_allows() {
        let policy = AgePolicy::as_rated();
        for (age, limit) in
            [(0, 0), (5, 0), (6, 6), (11, 6), (12, 12), (15, 12), (16, 16), (17, 16), (18, 18), (99, 18)]
        {
            assert_eq!(policy.limit(age), limit, "{age}");
        }
    }

    #[test]
    fn a_country_may_ask_for_other_ages() {
        let strict = AgePolicy::new([(0, 0), (6, 7), (12, 13), (16, 17), (18, 21)]);
        for (age, limit) in [(6, 0), (7, 6), (12, 6), (20, 16), (21, 18)] {
            assert_eq!(strict.limit(age), limit, "{age}");
        }
    }

    #[test]
    fn a_rating_without_an_entry_hides_higher_ones() {
        let incomplete = AgePolicy::new([(0, 0), (6, 6), (16, 16), (18, 18)]);
        assert_eq!(incomplete.limit(99), 6);
        assert_eq!(AgePolicy::new([]).limit(99), 0);
    }
}
