//! Parsing of request heads before the HTTP library: end of the body, or reason of the rejection.
//!
//! The library answers unreadable heads with an empty 400 or 431 that no handler sees. So everything that it rejects
//! (`actix_http::h1::decoder`) is rejected here, and some more that RFC 9112 requires to be rejected.

use std::mem::MaybeUninit;

use actix_web::http::Uri;
use httparse::{Error as ParseError, Header, Request, Status};

use super::chunks::ChunkScanner;
use super::rejection::RequestRejection;

/// Maximum length of a request target, in bytes.
const MAX_TARGET: usize = 32 * 1024;
/// Maximum length of a head, in bytes.
pub(super) const MAX_HEAD: usize = 64 * 1024;
/// Maximum number of header fields.
const MAX_FIELDS: usize = 96;
/// Request line without its target: a method of 32 bytes, two spaces, the version and CRLF.
const REST_OF_LINE: usize = 45;

/// Result of parsing the front of the bytes received.
#[derive(Debug)]
pub(super) enum Head {
    /// The beginning of a head.
    Incomplete,
    /// A head of `len` bytes.
    Complete {
        len: usize,
        body: Body,
    },
    Rejected(RequestRejection),
}

/// Kind of body that follows a head.
#[derive(Debug)]
pub(super) enum Body {
    /// This many more bytes.
    Length(u64),
    Chunked(ChunkScanner),
    /// The rest of the stream, as for CONNECT.
    UntilEnd,
}

/// Parses the head at the front of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Head {
    let mut space = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_FIELDS];
    let mut request = Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, &mut space) {
        Ok(Status::Complete(len)) if len > MAX_HEAD => incomplete(bytes),
        Ok(Status::Complete(len)) => match body_of(&request) {
            Ok(body) => Head::Complete { len, body },
            Err(rejection) => Head::Rejected(rejection),
        },
        Ok(Status::Partial) => incomplete(bytes),
        Err(error) => Head::Rejected(rejection_of(error, bytes)),
    }
}

fn incomplete(bytes: &[u8]) -> Head {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    if line > MAX_TARGET + REST_OF_LINE {
        Head::Rejected(RequestRejection::TargetTooLong)
    } else if bytes.len() > MAX_HEAD {
        Head::Rejected(RequestRejection::HeadTooLarge)
    } else {
        Head::Incomplete
    }
}

/// Reason of the rejection of a head that cannot be parsed.
fn rejection_of(error: ParseError, bytes: &[u8]) -> RequestRejection {
    let letter = bytes.iter().find(|byte| !matches!(byte, b'\r' | b'\n')).copied().unwrap_or_default();
    match error {
        ParseError::TooManyHeaders => RequestRejection::TooManyFields,
        ParseError::HeaderName | ParseError::HeaderValue => RequestRejection::Field,
        _ if bytes.starts_with(b"PRI * HTTP/2") => RequestRejection::Http2,
        _ if !letter.is_ascii_graphic() => RequestRejection::NotHttp,
        ParseError::Version if has_spaces_in_target(bytes) => RequestRejection::Target,
        ParseError::Version => RequestRejection::Version,
        _ => RequestRejection::RequestLine,
    }
}

fn has_spaces_in_target(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    line.iter().filter(|byte| **byte == b' ').count() > 2
        && (line.ends_with(b"HTTP/1.1") || line.ends_with(b"HTTP/1.0"))
}

/// Delimitation of the body (RFC 9112 §6.3), or the reason of a rejection.
fn body_of(request: &Request<'_, '_>) -> Result<Body, RequestRejection> {
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    if target.len() > MAX_TARGET {
        return Err(RequestRejection::TargetTooLong);
    }
    if target.parse::<Uri>().is_err() {
        return Err(RequestRejection::Target);
    }
    let fields = Framing::read(request.headers)?;
    let is_http_11 = request.version == Some(1);
    if is_http_11 && !fields.has_host {
        return Err(RequestRejection::HostMissing);
    }
    match (fields.chunked, fields.length) {
        (true, _) if !is_http_11 => Err(RequestRejection::Encoding),
        (true, Some(_)) => Err(RequestRejection::LengthAndEncoding),
        (true, None) => Ok(Body::Chunked(ChunkScanner::default())),
        _ if fields.websocket => Ok(Body::UntilEnd),
        (false, None) if !is_http_11 && method == "POST" => Err(RequestRejection::LengthMissing),
        (false, None | Some(0)) if method == "CONNECT" => Ok(Body::UntilEnd),
        (false, length) => Ok(Body::Length(length.unwrap_or(0))),
    }
}

/// Header fields that delimit the request and name its host.
#[derive(Debug, Default)]
struct Framing {
    length: Option<u64>,
    chunked: bool,
    has_host: bool,
    websocket: bool,
}

impl Framing {
    fn read(fields: &[Header<'_>]) -> Result<Self, RequestRejection> {
        let mut framing = Self::default();
        for Header { name, value } in fields {
            let value = value.trim_ascii();
            if name.eq_ignore_ascii_case("content-length") {
                let length = Some(value).filter(|_| framing.length.is_none()).and_then(number);
                framing.length = Some(length.ok_or(RequestRejection::LengthInvalid)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                if framing.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(RequestRejection::Encoding);
                }
                framing.chunked = true;
            } else if name.eq_ignore_ascii_case("host") {
                if framing.has_host {
                    return Err(RequestRejection::HostRepeated);
                }
                if !value.iter().all(|byte| is_host_byte(*byte)) {
                    return Err(RequestRejection::HostInvalid);
                }
                framing.has_host = true;
            } else if name.eq_ignore_ascii_case("upgrade") {
                framing.websocket |= value.eq_ignore_ascii_case(b"websocket");
            }
        }
        Ok(framing)
    }
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

/// `true` for bytes of a host and port (RFC 3986 §3.2.2): no spaces, no user, no path.
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}

/// The request line with its target percent-encoded, and the length of the original line; `None` when nothing needs
/// encoding. Scripts and command lines send `?query=таксист` unencoded, browsers encode it (WHATWG URL).
pub(super) fn encoded_line(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    if !line.iter().any(|byte| needs_encoding(*byte)) {
        return None;
    }
    let first = line.iter().position(|byte| *byte == b' ')? + 1;
    let last = line.iter().rposition(|byte| *byte == b' ')?;
    let target = line.get(first..last)?;
    if target.contains(&b' ') || !line[last..].trim_ascii().starts_with(b"HTTP/1.") {
        return None;
    }
    let mut encoded = line[..first].to_vec();
    for byte in target {
        if needs_encoding(*byte) {
            encoded.extend_from_slice(percent_encoding::percent_encode_byte(*byte).as_bytes());
        } else {
            encoded.push(*byte);
        }
    }
    encoded.extend_from_slice(&line[last..]);
    Some((encoded, end))
}

fn needs_encoding(byte: u8) -> bool {
    !byte.is_ascii() || matches!(byte, b'"' | b'<' | b'>' | b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(bytes: &[u8]) -> Option<RequestRejection> {
        match read(bytes) {
            Head::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    #[test]
    fn a_head_delimits_its_body() {
        let length = |fields: &str| match read(format!("PUT / HTTP/1.1\r\nhost: a\r\n{fields}\r\nrest").as_bytes()) {
            Head::Complete { body: Body::Length(length), .. } => Some(length),
            _ => None,
        };
        assert_eq!(length(""), Some(0));
        assert_eq!(length("Content-Length: 12 \r\n"), Some(12));
        assert!(matches!(read(b"GET / HTTP/1.1\r\nhost: a\r\n"), Head::Incomplete));
        let chunked = b"PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n";
        assert!(matches!(read(chunked), Head::Complete { body: Body::Chunked(_), len: 55 }));
    }

    #[test]
    fn ambiguous_framing_and_hosts_are_rejected() {
        let rejected = |fields: &str| rejection(format!("POST / HTTP/1.1\r\n{fields}\r\n").as_bytes());
        assert_eq!(rejected(""), Some(RequestRejection::HostMissing));
        assert_eq!(rejected("host: a\r\nhost: a\r\n"), Some(RequestRejection::HostRepeated));
        assert_eq!(rejected("host: a/b\r\n"), Some(RequestRejection::HostInvalid));
        for length in ["+1", "-1", "1, 1", "", "0x1", "18446744073709551616"] {
            assert_eq!(
                rejected(&format!("host: a\r\ncontent-length: {length}\r\n")),
                Some(RequestRejection::LengthInvalid)
            );
        }
        let twice = "host: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n";
        assert_eq!(rejected(twice), Some(RequestRejection::LengthInvalid));
        let both = "host: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n";
        assert_eq!(rejected(both), Some(RequestRejection::LengthAndEncoding));
        for coding in ["gzip, chunked", "identity", "chunked, chunked", "xchunked"] {
            let fields = format!("host: a\r\ntransfer-encoding: {coding}\r\n");
            assert_eq!(rejected(&fields), Some(RequestRejection::Encoding), "{coding}");
        }
    }

    #[test]
    fn an_unencoded_target_is_encoded_and_any_other_unchanged() {
        let encoded =
            |line: &str| encoded_line(line.as_bytes()).map(|(line, _)| String::from_utf8(line).expect("text"));
        let raw = "GET /f?q=т<\"`>&a=%20 HTTP/1.1\r\nx: т\r\n";
        assert_eq!(encoded(raw).as_deref(), Some("GET /f?q=%D1%82%3C%22%60%3E&a=%20 HTTP/1.1\r"));
        for other in ["GET /f?q=%D1%82 HTTP/1.1\r\n", "GET /т т HTTP/1.1\r\n", "GET /т\r\n", "т\r\n", "GET /т HTTP/1.1"]
        {
            assert_eq!(encoded(other), None, "{other}");
        }
    }
}
