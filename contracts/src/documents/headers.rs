//! Headers of responses, from the constants of an endpoint: which may occur, and which always do.

use serde_json::{Map, Value, json};

use crate::codes;
use crate::endpoint::{Auth, EndpointInfo, Localization, ResponseHeader};

/// Prefix in `components` of a header that is sometimes absent.
const OPTIONAL: &str = "Optional";

const REQUEST_ID: ResponseHeader = ResponseHeader {
    component: "RequestId",
    field: "X-Request-Id",
    description: "Id of this request, as in the logs.",
    example: "01960000-0000-7000-8000-000000000001",
};
const CACHE_CONTROL: ResponseHeader = ResponseHeader {
    component: "CacheControl",
    field: "Cache-Control",
    description: "Permission to store this response, and its freshness in seconds.",
    example: "private, no-store",
};
const CDN_CACHE_CONTROL: ResponseHeader = ResponseHeader {
    component: "CdnCacheControl",
    field: "CDN-Cache-Control",
    description: "The same for shared caches that read no other header (RFC 9213).",
    example: "no-store",
};
const ETAG: ResponseHeader = ResponseHeader {
    component: "ETag",
    field: "ETag",
    description: "Strong tag of this representation, for `If-None-Match`; of a film also for `If-Match`.",
    example: "\"v3.mh2Tq0pIyFo9xGdZ1kXWvA5b\"",
};
const VARY: ResponseHeader = ResponseHeader {
    component: "Vary",
    field: "Vary",
    description: "Request headers that this response depends on.",
    example: "Authorization, Accept-Language",
};
const CONTENT_LANGUAGE: ResponseHeader = ResponseHeader {
    component: "ContentLanguage",
    field: "Content-Language",
    description: "Language of this response: `en` or `ru`.",
    example: "en",
};
const LOCATION: ResponseHeader = ResponseHeader {
    component: "Location",
    field: "Location",
    description: "Path of the new resource.",
    example: "/api/v1/films/01960000-0000-7000-8000-0000000000f1",
};
const RATE_LIMIT: ResponseHeader = ResponseHeader {
    component: "RateLimit",
    field: "RateLimit",
    description: "Remaining units `r` of each limit, and seconds `t` until more are available (draft-ietf-httpapi-\
                  ratelimit-headers-10). By a setting `X-RateLimit-…` or nothing.",
    example: "\"search\";r=59;t=1",
};
const RATE_LIMIT_POLICY: ResponseHeader = ResponseHeader {
    component: "RateLimitPolicy",
    field: "RateLimit-Policy",
    description: "Quota `q` of each limit in a window of `w` seconds.",
    example: "\"search\";q=60;w=30",
};
const RETRY_AFTER: ResponseHeader = ResponseHeader {
    component: "RetryAfter",
    field: "Retry-After",
    description: "Seconds after which a retry makes sense.",
    example: "1",
};
const DEGRADED: ResponseHeader = ResponseHeader {
    component: "Degraded",
    field: "Degraded",
    description: "Present when the token could not be checked and the response is that of an anonymous viewer; with a \
                  reason of `DegradedReason` (RFC 9651). Do not sign out.",
    example: "auth;reason=circuit_open",
};
const WWW_AUTHENTICATE: ResponseHeader = ResponseHeader {
    component: "WwwAuthenticate",
    field: "WWW-Authenticate",
    description: "Required authentication (RFC 9110 §11.6.1).",
    example: "Bearer error=\"invalid_token\"",
};
const ALLOW: ResponseHeader =
    ResponseHeader { component: "Allow", field: "Allow", description: "Verbs of this path.", example: "GET, HEAD" };
const DEPRECATION: ResponseHeader = ResponseHeader {
    component: "Deprecation",
    field: "Deprecation",
    description: "Start of the deprecation of this endpoint (RFC 9745).",
    example: "@1798761600",
};
const SUNSET: ResponseHeader = ResponseHeader {
    component: "Sunset",
    field: "Sunset",
    description: "End of this endpoint (RFC 8594).",
    example: "Fri, 31 Dec 2027 00:00:00 GMT",
};
const ALL: [ResponseHeader; 15] = [
    REQUEST_ID,
    CACHE_CONTROL,
    CDN_CACHE_CONTROL,
    ETAG,
    VARY,
    CONTENT_LANGUAGE,
    LOCATION,
    RATE_LIMIT,
    RATE_LIMIT_POLICY,
    RETRY_AFTER,
    DEGRADED,
    WWW_AUTHENTICATE,
    ALLOW,
    DEPRECATION,
    SUNSET,
];

/// Headers of one response, as references into `components`.
struct Headers(Map<String, Value>);

impl Headers {
    /// Those of every response.
    fn new(info: &EndpointInfo) -> Self {
        let announced = info.deprecation.is_some();
        Self(Map::new())
            .always(&REQUEST_ID, true)
            .always(&CACHE_CONTROL, true)
            .always(&DEPRECATION, announced)
            .always(&SUNSET, announced)
    }

    /// Those of every response but redirections and 304, which caches serve to other clients.
    fn personal(info: &EndpointInfo) -> Self {
        Self::new(info)
            .sometimes(&RATE_LIMIT, info.limited)
            .sometimes(&RATE_LIMIT_POLICY, info.limited)
            .sometimes(&DEGRADED, info.degrades())
    }

    fn always(mut self, header: &ResponseHeader, when: bool) -> Self {
        if when {
            self.0.insert(header.field.to_owned(), json!({"$ref": pointer("", header)}));
        }
        self
    }

    fn sometimes(mut self, header: &ResponseHeader, when: bool) -> Self {
        if when {
            self.0.insert(header.field.to_owned(), json!({"$ref": pointer(OPTIONAL, header)}));
        }
        self
    }

    /// Those that depend on the caller and the language.
    fn negotiated(self, info: &EndpointInfo) -> Self {
        let localized = info.localization == Localization::Response;
        self.always(&VARY, localized && info.has_entity_tag()).always(&CONTENT_LANGUAGE, localized)
    }
}

fn pointer(prefix: &str, header: &ResponseHeader) -> String {
    format!("#/components/headers/{prefix}{}", header.component)
}

/// Headers of a success.
pub(super) fn of_success(info: &EndpointInfo) -> Map<String, Value> {
    let tagged = info.has_entity_tag();
    let own = info.headers.iter().fold(Headers::personal(info), |headers, header| headers.always(header, true));
    own.negotiated(info)
        // A degraded response has none.
        .always(&ETAG, tagged && !info.degrades())
        .sometimes(&ETAG, tagged && info.degrades())
        .sometimes(&CDN_CACHE_CONTROL, info.degrades())
        .always(&LOCATION, info.location)
        .0
}

/// Headers of 304.
pub(super) fn of_not_modified(info: &EndpointInfo) -> Map<String, Value> {
    Headers::new(info).negotiated(info).always(&ETAG, true).0
}

/// Headers of a problem.
pub(super) fn of_problem(info: &EndpointInfo, status: u16) -> Map<String, Value> {
    Headers::personal(info)
        .always(&RETRY_AFTER, status == 429)
        .sometimes(&RETRY_AFTER, status == 503)
        .always(
            &WWW_AUTHENTICATE,
            status == 401 && (info.auth != Auth::Public || info.may_answer(codes::CLIENT_REJECTED)),
        )
        .sometimes(
            &WWW_AUTHENTICATE,
            status == 403 && (matches!(info.auth, Auth::Permission(_)) || info.may_answer(codes::SCOPE_MISSING)),
        )
        .always(&ALLOW, status == 405)
        .0
}

/// The headers that `references` of these endpoints name, by their names in `components`.
pub(super) fn components<'a>(
    references: &Value,
    endpoints: impl Iterator<Item = &'a EndpointInfo>,
) -> Map<String, Value> {
    let text = references.to_string();
    let mut found = Map::new();
    for header in ALL.iter().chain(endpoints.flat_map(|info| info.headers)) {
        for prefix in ["", OPTIONAL] {
            if text.contains(&format!("\"{}\"", pointer(prefix, header))) {
                found.insert(format!("{prefix}{}", header.component), component(header, prefix.is_empty()));
            }
        }
    }
    found
}

fn component(header: &ResponseHeader, required: bool) -> Value {
    let (schema, example) = match header.example.parse::<u64>() {
        Ok(number) => (json!({"type": "integer", "minimum": 0}), json!(number)),
        Err(_) => (json!({"type": "string"}), json!(header.example)),
    };
    json!({"description": header.description, "required": required, "schema": schema, "example": example})
}

impl EndpointInfo {
    /// `true` when responses may be those of an anonymous caller in place of an unchecked one.
    fn degrades(&self) -> bool {
        self.auth == Auth::OptionalDegrading
    }
}
