//! Header fields that are lists (RFC 9110 §5.6.1): members on several lines equal one line with commas (§5.3). An
//! unreadable member does not affect the others.

use actix_web::http::header::{AsHeaderName, HeaderMap};

/// Maximum number of members read of one field.
const MAX_MEMBERS: usize = 64;

/// Members of list field `name`, over all its lines, in order. Commas within quoted strings do not separate; empty
/// members and lines that are not ASCII are skipped.
pub(crate) fn members(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| Members { rest: line }).take(MAX_MEMBERS)
}

struct Members<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let end = end_of_member(self.rest);
            let member = self.rest[..end].trim_matches([' ', '\t']);
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
    }
}

/// Position of the first comma outside of quotes. A backslash is no escape: entity tags have none (§8.8.3).
fn end_of_member(text: &str) -> usize {
    let mut quoted = false;
    let comma = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    comma.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue, IF_MATCH};

    use super::*;

    fn read(lines: &[&'static [u8]]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_bytes(line).expect("a header value"));
        }
        members(&headers, HeaderName::from_static("if-match")).map(str::to_owned).collect()
    }

    #[test]
    fn lines_and_commas_mean_the_same() {
        assert_eq!(read(&[b"a, b,c"]), ["a", "b", "c"]);
        assert_eq!(read(&[b"a", b"b , c"]), ["a", "b", "c"]);
        assert_eq!(read(&[b" ,, a,\t,", b"", b","]), ["a"]);
        assert_eq!(read(&[]), [""; 0]);
    }

    #[test]
    fn a_comma_within_quotes_separates_nothing() {
        assert_eq!(read(&[b"\"a,b\", W/\"c\""]), ["\"a,b\"", "W/\"c\""]);
        assert_eq!(read(&[b"\"never closed, b", b"c"]), ["\"never closed, b", "c"]);
    }

    #[test]
    fn an_unreadable_line_is_skipped_alone() {
        assert_eq!(read(&[b"a", b"\xff", b"b"]), ["a", "b"]);
    }
}
