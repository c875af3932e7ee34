//! Successes for viewers: each says whose eyes it was made for, and what caches may do with it.

use actix_web::http::header::{CONTENT_LANGUAGE, HeaderName, HeaderValue, VARY};
use contracts::endpoint::{Cache, Endpoint};
use service_kit::Success;

use crate::domain::language::Language;
use crate::domain::viewer::Viewer;

/// For caches in front of us that look at no other header (RFC 9213).
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// An answer for `viewer`. Anonymous ones may be shared as the contract says, personal ones only revalidated, and
/// degraded ones never kept: they must not outlive the outage. Header `Degraded` comes from
/// [`mark_degraded`](crate::extract::mark_degraded), which refusals pass as well.
pub fn answer<E: Endpoint>(viewer: &Viewer, language: Language, output: E::Output) -> Success<E> {
    let success = Success::new(output)
        .header(VARY, HeaderValue::from_static("Authorization, Accept-Language"))
        .header(CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str()));
    match viewer {
        Viewer::Anonymous => success.with_etag(),
        Viewer::Member(_) => success.cache(Cache::Private).with_etag(),
        Viewer::Degraded(_) => {
            success.cache(Cache::NoStore).header(CDN_CACHE_CONTROL, HeaderValue::from_static("no-store"))
        }
    }
}
