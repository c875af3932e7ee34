//! Who is watching, and which films that person may see and play.

use contracts::ids::UserId;
use contracts::movies::access::{Access, AccessReason, DegradedReason, Tier, ViewerMark, ViewerMode};

/// Highest rating that somebody of unknown age sees.
const UNKNOWN_AGE_SEES: u8 = 16;
/// How a film that nobody has rated is treated.
const UNRATED_COUNTS_AS: u8 = 16;

/// Whose eyes an answer is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// No token came.
    Anonymous,
    /// The token is good.
    Member(Member),
    /// A token came, but could not be checked. Sees exactly what [`Self::Anonymous`] sees.
    Degraded(DegradedReason),
}

/// A person whose token is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: UserId,
    /// The highest age rating whose films this person may see, by age and country; `None` when the age is not known.
    pub age_limit: Option<u8>,
    /// Whether films of tier `subscription` may be played.
    pub subscriber: bool,
    /// Whether the catalogue may be changed; an editor sees every film.
    pub editor: bool,
}

impl Viewer {
    /// How the answer says whose eyes it was made for.
    pub fn mark(&self) -> ViewerMark {
        match self {
            Self::Anonymous => ViewerMark { mode: ViewerMode::Anonymous, reason: None },
            Self::Member(_) => ViewerMark { mode: ViewerMode::Member, reason: None },
            Self::Degraded(reason) => ViewerMark { mode: ViewerMode::Degraded, reason: Some(*reason) },
        }
    }

    /// What this viewer may see and play.
    pub fn rights(&self) -> Rights {
        match self {
            Self::Anonymous | Self::Degraded(_) => Rights { age_limit: UNKNOWN_AGE_SEES, subscription: false },
            Self::Member(member) => Rights {
                age_limit: if member.editor { 18 } else { member.age_limit.unwrap_or(UNKNOWN_AGE_SEES) },
                subscription: member.subscriber,
            },
        }
    }
}

/// The highest rating for somebody of this age where every rating asks for the age it is named after. For answers of an
/// auth-service that knows of no other policy yet.
pub fn rating_for_age(age: u8) -> u8 {
    contracts::movies::access::AGE_RATINGS.into_iter().rev().find(|rating| *rating <= age).unwrap_or(0)
}

/// The rating that decides who may see a film.
pub fn effective_rating(rated: Option<u8>) -> u8 {
    rated.unwrap_or(UNRATED_COUNTS_AS)
}

/// What somebody may see and play. Two viewers with equal rights get equal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rights {
    /// Films above this rating do not exist for this viewer.
    pub age_limit: u8,
    /// Whether films of tier `subscription` may be played.
    pub subscription: bool,
}

impl Rights {
    /// Whether a film of this (effective) rating exists for this viewer.
    pub fn sees(self, rating: u8) -> bool {
        rating <= self.age_limit
    }

    /// Whether a film that is seen may be played.
    pub fn access(self, tier: Tier) -> Access {
        if tier == Tier::Free || self.subscription {
            Access { allowed: true, reason: None }
        } else {
            Access { allowed: false, reason: Some(AccessReason::SubscriptionRequired) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(age_limit: Option<u8>) -> Viewer {
        Viewer::Member(Member { id: UserId::new(), age_limit, subscriber: false, editor: false })
    }

    #[test]
    fn a_degraded_viewer_has_the_rights_of_an_anonymous_one() {
        assert_eq!(Viewer::Degraded(DegradedReason::Timeout).rights(), Viewer::Anonymous.rights());
    }

    #[test]
    fn a_member_sees_up_to_the_age_limit_and_of_unknown_age_what_anybody_sees() {
        for (told, limit) in [(None, 16), (Some(0), 0), (Some(6), 6), (Some(16), 16), (Some(18), 18)] {
            assert_eq!(member(told).rights().age_limit, limit, "{told:?}");
        }
    }

    #[test]
    fn without_a_policy_every_rating_asks_for_the_age_it_is_named_after() {
        for (age, limit) in [(0, 0), (5, 0), (6, 6), (11, 6), (12, 12), (17, 16), (18, 18), (99, 18)] {
            assert_eq!(rating_for_age(age), limit, "{age}");
        }
    }

    #[test]
    fn only_subscribers_play_subscription_films() {
        let mut rights = Viewer::Anonymous.rights();
        assert!(rights.access(Tier::Free).allowed);
        assert_eq!(rights.access(Tier::Subscription).reason, Some(AccessReason::SubscriptionRequired));
        rights.subscription = true;
        assert!(rights.access(Tier::Subscription).allowed);
    }
}
