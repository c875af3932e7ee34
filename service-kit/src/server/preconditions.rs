//! Preconditions of writes: `If-Match` and `If-None-Match` (RFC 9110 §13.1.1, §13.1.2).
//!
//! A server must not perform a method whose precondition is false, however malformed the header. So an entity tag that
//! cannot be parsed matches nothing. Dates (`If-Unmodified-Since`) are ignored, as required where no representation has
//! one (§13.1.4).

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};
use contracts::codes;

use crate::base::error::ApiError;
use crate::base::field_lists;

/// Preconditions of a request on the resource that it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// `*`: any representation.
    Any,
    /// Tags of representations.
    These(Vec<EntityTag>),
}

/// An entity tag (RFC 9110 §8.8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
struct EntityTag {
    weak: bool,
    opaque: String,
}

/// Knowledge about the current representation of a request's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Current {
    /// There is no representation: the path has no GET.
    Missing,
    /// There is one, without entity tag.
    Untagged,
    /// There is one with a tag, which is not known here.
    Tagged,
}

/// Strong tag of a representation with this hash. The `version` of a versioned resource is part of it, so that tags of
/// all languages and callers identify the version.
pub(crate) fn entity_tag(version: Option<u64>, hash: &str) -> String {
    version.map_or_else(|| format!("\"{hash}\""), |version| format!("\"v{version}.{hash}\""))
}

/// `true` when `If-None-Match` lists this tag, by weak comparison, as required for reads.
pub(crate) fn matches_if_none_match(headers: &HeaderMap, tag: &str) -> bool {
    let Some(tag) = EntityTag::parse(tag) else { return false };
    match Tags::of(headers, IF_NONE_MATCH) {
        Some(Tags::Any) => true,
        Some(Tags::These(tags)) => tags.iter().any(|other| other.opaque == tag.opaque),
        None => false,
    }
}

impl Preconditions {
    /// The preconditions of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        Self { if_match: Tags::of(headers, IF_MATCH), if_none_match: Tags::of(headers, IF_NONE_MATCH) }
    }

    /// Checks them against a resource at `version` whose tags contain their version.
    ///
    /// # Errors
    /// 412 when they do not.
    pub fn check(&self, version: u64) -> Result<(), ApiError> {
        if self.hold(version) { Ok(()) } else { Err(ApiError::new(codes::PRECONDITION_FAILED)) }
    }

    fn hold(&self, version: u64) -> bool {
        let is_current = |tag: &EntityTag| tag.version() == Some(version);
        let matched = match &self.if_match {
            None | Some(Tags::Any) => true,
            // strong comparison: a weak tag matches nothing
            Some(Tags::These(tags)) => tags.iter().any(|tag| !tag.weak && is_current(tag)),
        };
        let none_matched = match &self.if_none_match {
            None => true,
            Some(Tags::Any) => false,
            Some(Tags::These(tags)) => !tags.iter().any(is_current),
        };
        matched && none_matched
    }

    /// `true` when the request has any.
    pub fn is_conditional(&self) -> bool {
        *self != Self::default()
    }

    /// `true` when `If-Match` lists tags; `*` does not count.
    pub fn names_version(&self) -> bool {
        matches!(&self.if_match, Some(Tags::These(_)))
    }

    /// Checks them for a resource whose handler does not; fails unless they certainly hold.
    pub(crate) fn check_current(&self, current: Current) -> Result<(), ApiError> {
        let matched = match &self.if_match {
            None => true,
            Some(Tags::Any) => current != Current::Missing,
            Some(Tags::These(_)) => false,
        };
        let none_matched = match &self.if_none_match {
            None => true,
            Some(Tags::Any) => current == Current::Missing,
            Some(Tags::These(_)) => current != Current::Tagged,
        };
        if matched && none_matched { Ok(()) } else { Err(ApiError::new(codes::PRECONDITION_FAILED)) }
    }
}

impl FromRequest for Preconditions {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.headers())))
    }
}

impl Tags {
    fn of(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        headers.get(&name)?;
        let members: Vec<_> = field_lists::members(headers, name).collect();
        Some(match members.as_slice() {
            ["*"] => Self::Any,
            tags => Self::These(tags.iter().copied().filter_map(EntityTag::parse).collect()),
        })
    }
}

impl EntityTag {
    fn parse(text: &str) -> Option<Self> {
        let (weak, quoted) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
        (!opaque.contains('"')).then(|| Self { weak, opaque: opaque.to_owned() })
    }

    /// Version in one of our tags.
    fn version(&self) -> Option<u64> {
        let (version, _) = self.opaque.strip_prefix('v')?.split_once('.')?;
        version.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn preconditions(fields: &[(HeaderName, &'static str)]) -> Preconditions {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        Preconditions::of(&headers)
    }

    #[test]
    fn if_match_holds_for_a_tag_of_the_current_version() {
        for (lines, holds) in [
            (&["\"v7.abc\""][..], true),
            (&["\"v7.another\""], true),
            (&["*"], true),
            (&["\"v6.abc\", \"v7.abc\""], true),
            (&["\"v6.abc\"", "\"v7.abc\""], true),
            (&["broken, \"v7.abc\""], true),
            (&["\"v6.abc\""], false),
            (&["W/\"v7.abc\""], false),
            (&["\"abc\""], false),
            (&["v7.abc"], false),
            (&["\"v7"], false),
            (&["7"], false),
            (&[""], false),
        ] {
            let fields: Vec<_> = lines.iter().map(|line| (IF_MATCH, *line)).collect();
            assert_eq!(preconditions(&fields).hold(7), holds, "{lines:?}");
        }
        assert!(preconditions(&[]).hold(7));
    }

    #[test]
    fn if_none_match_holds_when_no_tag_is_of_that_version() {
        for (line, holds) in [
            ("\"v6.abc\"", true),
            ("\"other\"", true),
            ("broken", true),
            ("\"v7.abc\"", false),
            ("W/\"v7.abc\"", false),
            ("\"v6.abc\", \"v7.abc\"", false),
            ("*", false),
        ] {
            assert_eq!(preconditions(&[(IF_NONE_MATCH, line)]).hold(7), holds, "{line}");
        }
        assert!(!preconditions(&[(IF_MATCH, "\"v7.a\""), (IF_NONE_MATCH, "\"v7.a\"")]).hold(7));
    }

    #[test]
    fn with_unknown_tags_only_certain_preconditions_hold() {
        let (any, tag) = ("*", "\"v7.abc\"");
        for (name, value, missing, untagged, tagged) in [
            (IF_MATCH, any, false, true, true),
            (IF_MATCH, tag, false, false, false),
            (IF_NONE_MATCH, any, true, false, false),
            (IF_NONE_MATCH, tag, true, true, false),
        ] {
            let checked = preconditions(&[(name.clone(), value)]);
            let holds = [Current::Missing, Current::Untagged, Current::Tagged]
                .map(|current| checked.check_current(current).is_ok());
            assert_eq!(holds, [missing, untagged, tagged], "{name}: {value}");
        }
    }

    #[test]
    fn if_none_match_of_reads_uses_weak_comparison() {
        let is_listed = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            matches_if_none_match(&headers, "\"abc\"")
        };
        for value in ["\"abc\"", "W/\"abc\"", "*", "\"a,b\", \"abc\"", "broken, \"abc\""] {
            assert!(is_listed(value), "{value}");
        }
        for value in ["\"a\"", "abc", "\"abc, \"", "", "\"abc"] {
            assert!(!is_listed(value), "{value}");
        }
    }
}
