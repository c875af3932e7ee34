//! The fields of a layer, written onto responses.

use actix_web::http::header::{HeaderMap, HeaderValue};

use super::{draft, legacy};
use crate::{
    decision::Decision,
    policy::{Mode, Policy},
};

/// In whose words a response speaks of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "api";q=100;w=60` and `RateLimit: "api";r=99;t=1`.
    #[default]
    Draft10,
    /// What the working group is about to rename: in `RateLimit`, `r` is `a` and `t` is `w`.
    Draft11,
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (in seconds from now), of the tightest limit.
    XRateLimit,
    /// Nothing but `Retry-After` on refusals.
    None,
}

/// Writes the fields of some policies. Limits in shadow are not spoken of: they refuse nothing.
///
/// A token bucket has no window, so the fields speak of one that comes to the same: `q` is the burst and `w` the time in
/// which a used-up burst comes back, rounded up to whole seconds (a burst that comes back in less is understated). `r` is
/// what is left, and `t` how long it takes until one more unit is there when none is left, or else until all are.
#[derive(Debug, Clone)]
pub struct HeaderFields {
    profile: Profile,
    policies: Option<HeaderValue>,
}

impl HeaderFields {
    /// For a layer of these policies.
    pub fn new<'a>(profile: Profile, policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        let spoken_of = policies.into_iter().filter(|policy| policy.get_mode() == Mode::Enforce);
        let policies = match profile {
            Profile::Draft10 | Profile::Draft11 => draft::policies(spoken_of),
            Profile::XRateLimit | Profile::None => None,
        };
        Self { profile, policies }
    }

    /// Adds the fields to a response; those of an outer or inner layer stay. Lists are joined into one line, and of the
    /// `X-RateLimit-` fields those of the tighter limit remain.
    pub fn write(&self, decisions: &[Decision], headers: &mut HeaderMap) {
        match self.profile {
            Profile::Draft10 => draft::write(&draft::DRAFT_10, self.policies.as_ref(), decisions, headers),
            Profile::Draft11 => draft::write(&draft::DRAFT_11, self.policies.as_ref(), decisions, headers),
            Profile::XRateLimit => legacy::write(decisions, headers),
            Profile::None => {}
        }
    }
}

/// The decisions that are spoken of.
pub(super) fn reported(decisions: &[Decision]) -> impl Iterator<Item = &Decision> {
    decisions.iter().filter(|decision| decision.policy.get_mode() == Mode::Enforce)
}
