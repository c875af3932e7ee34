//! Access tokens (RFC 6750 §2.1): in the header, never in the URL or the body.

use actix_web::HttpRequest;

use super::header::credentials;

/// An `Authorization` header without one bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidBearer {
    /// Credentials of another scheme.
    OtherScheme,
    /// More than one header, or no text.
    Malformed,
}

/// The bearer token of a request; `None` without the header. The token itself is not checked.
///
/// # Errors
/// [`InvalidBearer`] when the header is something other than one bearer token.
pub fn bearer_token(request: &HttpRequest) -> Result<Option<&str>, InvalidBearer> {
    match credentials(request).map_err(|_| InvalidBearer::Malformed)? {
        None => Ok(None),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        Some(_) => Err(InvalidBearer::OtherScheme),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{AUTHORIZATION, HeaderValue};
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn one_header_with_the_scheme_is_a_token_whatever_its_case() {
        assert_eq!(bearer_token(&TestRequest::default().to_http_request()), Ok(None));
        for (text, expected) in [
            ("Bearer a.b.c", Ok(Some("a.b.c"))),
            ("bEARER  a.b.c ", Ok(Some("a.b.c"))),
            ("Bearer", Ok(Some(""))),
            ("Basic a:b", Err(InvalidBearer::OtherScheme)),
            ("a.b.c", Err(InvalidBearer::OtherScheme)),
            ("", Err(InvalidBearer::OtherScheme)),
        ] {
            let request = TestRequest::default().insert_header((AUTHORIZATION, text)).to_http_request();
            assert_eq!(bearer_token(&request), expected, "{text}");
        }
    }

    #[test]
    fn two_headers_and_bytes_that_are_no_text_are_malformed() {
        let request = TestRequest::default();
        let two = request.append_header((AUTHORIZATION, "Bearer a")).append_header((AUTHORIZATION, "Basic b"));
        assert_eq!(bearer_token(&two.to_http_request()), Err(InvalidBearer::Malformed));
        let bytes = HeaderValue::from_bytes(b"Bearer \xff").unwrap();
        let request = TestRequest::default().insert_header((AUTHORIZATION, bytes)).to_http_request();
        assert_eq!(bearer_token(&request), Err(InvalidBearer::Malformed));
    }
}
