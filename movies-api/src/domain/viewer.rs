//! Viewers, and the films they may see and play.

use contracts::ids::UserId;
use contracts::movies::access::{Access, AccessReason, DegradedReason, Tier, ViewerMark, ViewerMode};

/// Highest rating visible to viewers of unknown age.
const UNKNOWN_AGE_LIMIT: u8 = 16;
/// Rating assumed for unrated films.
const ASSUMED_RATING: u8 = 16;

/// The viewer of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// No token came.
    Anonymous,
    /// The token is valid.
    Member(Member),
    /// A token came, but could not be checked. Sees what [`Self::Anonymous`] sees.
    Degraded(DegradedReason),
}

/// A user with a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub id: UserId,
    /// Highest age rating this user may see, by age and country; `None` when the age is unknown.
    pub age_limit: Option<u8>,
    /// Permission `films.play_subscription`: films of tier `subscription` may be played.
    pub plays_subscription: bool,
    /// Permission `films.write`: the catalogue may be changed, and every film is seen.
    pub writes_films: bool,
}

impl Viewer {
    /// The viewer's mark in a response.
    pub fn mark(&self) -> ViewerMark {
        match self {
            Self::Anonymous => ViewerMark { mode: ViewerMode::Anonymous, reason: None },
            Self::Member(_) => ViewerMark { mode: ViewerMode::Member, reason: None },
            Self::Degraded(reason) => ViewerMark { mode: ViewerMode::Degraded, reason: Some(*reason) },
        }
    }

    /// Rights to see and play films.
    pub fn rights(&self) -> Rights {
        match self {
            Self::Anonymous => Rights { age_limit: UNKNOWN_AGE_LIMIT, subscription: Subscription::None },
            Self::Degraded(_) => Rights { age_limit: UNKNOWN_AGE_LIMIT, subscription: Subscription::NotChecked },
            Self::Member(member) => Rights {
                age_limit: if member.writes_films { 18 } else { member.age_limit.unwrap_or(UNKNOWN_AGE_LIMIT) },
                subscription: if member.plays_subscription { Subscription::Active } else { Subscription::None },
            },
        }
    }
}

/// Highest rating for this age, where each rating requires the age it is named after. For responses of an auth-service
/// without an age policy.
pub fn rating_for_age(age: u8) -> u8 {
    contracts::movies::access::AGE_RATINGS.into_iter().rev().find(|rating| *rating <= age).unwrap_or(0)
}

/// The rating that decides on the visibility of a film.
pub fn effective_rating(rated: Option<u8>) -> u8 {
    rated.unwrap_or(ASSUMED_RATING)
}

/// Subscription of a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subscription {
    /// Films of tier `subscription` may be played.
    Active,
    /// They may not.
    None,
    /// They may not, because nobody could say: a subscriber must not meet an offer to subscribe.
    NotChecked,
}

/// Rights to see and play films. Viewers with equal rights get equal responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rights {
    /// Films above this rating do not exist for the viewer.
    pub age_limit: u8,
    /// Decides on films of tier `subscription`.
    pub subscription: Subscription,
}

impl Rights {
    /// `true` when a film of this (effective) rating exists for the viewer.
    pub fn sees(self, rating: u8) -> bool {
        rating <= self.age_limit
    }

    /// Permission to play a visible film.
    pub fn access(self, tier: Tier) -> Access {
        let reason = match (tier, self.subscription) {
            (Tier::Free, _) | (Tier::Subscription, Subscription::Active) => None,
            (Tier::Subscription, Subscription::None) => Some(AccessReason::SubscriptionRequired),
            (Tier::Subscription, Subscription::NotChecked) => Some(AccessReason::NotChecked),
        };
        Access { allowed: reason.is_none(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(age_limit: Option<u8>) -> Viewer {
        Viewer::Member(Member { id: UserId::new(), age_limit, plays_subscription: false, writes_films: false })
    }

    #[test]
    fn a_degraded_viewer_sees_and_plays_what_an_anonymous_one_does_and_is_offered_no_subscription() {
        let (degraded, anonymous) = (Viewer::Degraded(DegradedReason::Timeout).rights(), Viewer::Anonymous.rights());
        assert_eq!(degraded.age_limit, anonymous.age_limit);
        assert!(degraded.access(Tier::Free).allowed);
        assert_eq!(
            degraded.access(Tier::Subscription),
            Access { allowed: false, reason: Some(AccessReason::NotChecked) }
        );
    }

    #[test]
    fn a_member_sees_up_to_the_age_limit_and_up_to_16_at_unknown_age() {
        for (age_limit, limit) in [(None, 16), (Some(0), 0), (Some(6), 6), (Some(16), 16), (Some(18), 18)] {
            assert_eq!(member(age_limit).rights().age_limit, limit, "{age_limit:?}");
        }
    }

    #[test]
    fn without_a_policy_every_rating_requires_the_age_it_is_named_after() {
        for (age, limit) in [(0, 0), (5, 0), (6, 6), (11, 6), (12, 12), (17, 16), (18, 18), (99, 18)] {
            assert_eq!(rating_for_age(age), limit, "{age}");
        }
    }

    #[test]
    fn subscription_films_are_played_with_the_permission_only() {
        let mut rights = Viewer::Anonymous.rights();
        assert!(rights.access(Tier::Free).allowed);
        assert_eq!(rights.access(Tier::Subscription).reason, Some(AccessReason::SubscriptionRequired));
        rights.subscription = Subscription::Active;
        assert!(rights.access(Tier::Subscription).allowed);
    }
}
