//! Preconditions of writes: `If-Match` and `If-None-Match` (RFC 9110 §13.1.1, §13.1.2).
//!
//! A server must not perform a method whose precondition is false, whatever it thinks of the header otherwise. So an
//! entity tag that cannot be read matches nothing. Dates (`If-Unmodified-Since`) are ignored, as they have to be where no
//! representation has one (§13.1.4).

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};
use contracts::codes;

use crate::error::ApiError;
use crate::field_lists;

/// What a caller knows of the resource that it wants changed.
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

/// The representations that the target of a request has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Current {
    /// There is none: nothing can be read here.
    Missing,
    /// There is one, and it has no entity tag.
    Untagged,
    /// There is one with a tag, which is not known here.
    Tagged,
}

/// The strong tag of a representation with this hash; `version`, of a resource that has versions, is written into it, so
/// that it says in every language and to every viewer which version it was made of.
pub(crate) fn entity_tag(version: Option<u64>, hash: &str) -> String {
    version.map_or_else(|| format!("\"{hash}\""), |version| format!("\"v{version}.{hash}\""))
}

/// Whether `If-None-Match` lists this tag; by weak comparison, as is right for reads.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let Some(tag) = EntityTag::parse(tag) else { return false };
    match Tags::of(headers, IF_NONE_MATCH) {
        Some(Tags::Any) => true,
        Some(Tags::These(tags)) => tags.iter().any(|known| known.opaque == tag.opaque),
        None => false,
    }
}

impl Preconditions {
    /// The preconditions of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        Self { if_match: Tags::of(headers, IF_MATCH), if_none_match: Tags::of(headers, IF_NONE_MATCH) }
    }

    /// Whether they hold for a resource that is at `version` and whose tags name their version.
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

    /// Whether there are any.
    pub fn are_given(&self) -> bool {
        *self != Self::default()
    }

    /// Whether `If-Match` names a representation that the caller has seen. `*` names none.
    pub fn name_a_version(&self) -> bool {
        matches!(&self.if_match, Some(Tags::These(_)))
    }

    /// Whether they can be known to hold for a resource whose handler does not look at them.
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

    /// The version that a tag of ours names.
    fn version(&self) -> Option<u64> {
        let (version, _) = self.opaque.strip_prefix('v')?.split_once('.')?;
        version.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn given(fields: &[(HeaderName, &'static str)]) -> Preconditions {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        Preconditions::of(&headers)
    }

    #[test]
    fn if_match_holds_for_a_tag_of_the_version_that_is_there() {
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
            assert_eq!(given(&fields).hold(7), holds, "{lines:?}");
        }
        assert!(given(&[]).hold(7));
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
            assert_eq!(given(&[(IF_NONE_MATCH, line)]).hold(7), holds, "{line}");
        }
        assert!(!given(&[(IF_MATCH, "\"v7.a\""), (IF_NONE_MATCH, "\"v7.a\"")]).hold(7));
    }

    #[test]
    fn where_tags_are_not_known_only_what_is_sure_holds() {
        let (any, tag) = ("*", "\"v7.abc\"");
        for (name, value, missing, untagged, tagged) in [
            (IF_MATCH, any, false, true, true),
            (IF_MATCH, tag, false, false, false),
            (IF_NONE_MATCH, any, true, false, false),
            (IF_NONE_MATCH, tag, true, true, false),
        ] {
            let preconditions = given(&[(name.clone(), value)]);
            let held = [Current::Missing, Current::Untagged, Current::Tagged]
                .map(|current| preconditions.check_current(current).is_ok());
            assert_eq!(held, [missing, untagged, tagged], "{name}: {value}");
        }
    }

    #[test]
    fn a_read_is_known_by_weak_comparison() {
        let known = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&headers, "\"abc\"")
        };
        for value in ["\"abc\"", "W/\"abc\"", "*", "\"a,b\", \"abc\"", "broken, \"abc\""] {
            assert!(known(value), "{value}");
        }
        for value in ["\"a\"", "abc", "\"abc, \"", "", "\"abc"] {
            assert!(!known(value), "{value}");
        }
    }
}
