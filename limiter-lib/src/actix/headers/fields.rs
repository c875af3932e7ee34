//! The header fields of a layer.

use actix_web::http::header::{HeaderMap, HeaderValue};

use super::{draft, legacy};
use crate::{
    decision::Decision,
    policy::{Mode, Policy},
};

/// The set of header fields that describe the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "api";q=100;w=60` and `RateLimit: "api";r=99;t=1`.
    #[default]
    Draft10,
    /// The next draft of the working group, which renames parameters: in `RateLimit`, `r` is `a` and `t` is `w`.
    Draft11,
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (in seconds from now), of the tightest
    /// limit.
    XRateLimit,
    /// Nothing but `Retry-After` on refusals.
    None,
}

/// Writes the fields of some policies. Limits in shadow are not reported: they refuse nothing.
///
/// A token bucket has no window, so the fields describe an equivalent one: `q` is the burst and `w` the refill time of
/// a used-up burst, rounded up to whole seconds (a burst that refills in less is understated). `r` is the remaining
/// units, and `t` the time until one unit is available when none remains, or else until all are.
#[derive(Debug, Clone)]
pub struct HeaderFields {
    profile: Profile,
    policies: Option<HeaderValue>,
}

impl HeaderFields {
    /// The fields of a layer with these policies.
    pub fn new<'a>(profile: Profile, policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        let enforced = policies.into_iter().filter(|policy| policy.get_mode() == Mode::Enforce);
        let policies = match profile {
            Profile::Draft10 | Profile::Draft11 => draft::policies(enforced),
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
