//! Successful responses for viewers, with their caching.

use actix_web::http::header::{CONTENT_LANGUAGE, HeaderName, HeaderValue, VARY};
use contracts::Language;
use contracts::endpoint::{Cache, Endpoint};
use service_kit::Success;

use crate::domain::viewer::Viewer;

/// For shared caches that read no other header (RFC 9213).
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// A response to an editor, in `language`. It is stored nowhere.
pub fn answer_editor<E: Endpoint>(language: Language, output: E::Output) -> Success<E> {
    Success::new(output).header(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()))
}

/// A response for `viewer`. Anonymous ones may be shared as the contract allows, personal ones are revalidated, and
/// degraded ones are never stored: they must not outlive the outage. Header `Degraded` comes from
/// [`mark_degraded`](crate::extract::mark_degraded), which covers error responses too.
pub fn answer<E: Endpoint>(viewer: &Viewer, language: Language, output: E::Output) -> Success<E> {
    let success = Success::new(output)
        .header(VARY, HeaderValue::from_static("Authorization, Accept-Language"))
        .header(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    match viewer {
        Viewer::Anonymous => success.with_etag(),
        Viewer::Member(_) => success.cache(Cache::Private).with_etag(),
        Viewer::Degraded(_) => {
            success.cache(Cache::NoStore).header(CDN_CACHE_CONTROL, HeaderValue::from_static("no-store"))
        }
    }
}
