//! The grammar of `Forwarded` (RFC 7239), read from the right.
//!
//! An element is `for=…;by=…;proto=…`, values may be quoted, and commas and semicolons in quotes separate nothing. The
//! proxy on the right appends its element to the received value, which may contain an open quote. Read from the right
//! the element of that proxy is the same for any prefix.

use std::{borrow::Cow, net::IpAddr};

use super::node;

/// Start of the last element of `line`: behind the last comma that is not in quotes, or 0. `None` when a quote is still
/// open there.
pub(super) fn last_element(line: &[u8]) -> Option<usize> {
    split_from_right(line, b',')
}

/// The address in `for=`; `None` when there is none, or two.
pub(super) fn client(element: &[u8]) -> Option<IpAddr> {
    let mut rest = element;
    let mut found = None;
    loop {
        let start = split_from_right(rest, b';')?;
        if let Some(value) = value_of_for(rest[start..].trim_ascii())
            && found.replace(value).is_some()
        {
            return None;
        }
        match start.checked_sub(1) {
            Some(end) => rest = &rest[..end],
            None => break,
        }
    }
    node::forwarded(&unquoted(found?)?)
}

fn value_of_for(pair: &[u8]) -> Option<&[u8]> {
    let (name, value) = pair.split_at_checked(4)?;
    if name.eq_ignore_ascii_case(b"for=") { Some(value) } else { None }
}

/// The index behind the last `separator` outside of quotes, or 0.
fn split_from_right(text: &[u8], separator: u8) -> Option<usize> {
    let mut quoted = false;
    let mut at = text.len();
    while at > 0 {
        at -= 1;
        match text[at] {
            b'"' if !quoted => quoted = true,
            b'"' if !escaped(text, at) => quoted = false,
            byte if byte == separator && !quoted => return Some(at + 1),
            _ => {}
        }
    }
    if quoted { None } else { Some(0) }
}

/// `true` when the character at `at`, in quotes, follows a backslash that is not itself escaped.
fn escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// A token unchanged, a quoted string without its quotes and backslashes.
fn unquoted(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(inner) = value.strip_prefix(b"\"") else { return Some(Cow::Borrowed(value)) };
    let inner = inner.strip_suffix(b"\"")?;
    if !inner.contains(&b'\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        plain.push(if *byte == b'\\' { *bytes.next()? } else { *byte });
    }
    Some(Cow::Owned(plain))
}
