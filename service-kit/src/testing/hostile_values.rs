//! Hostile values for tests that no request is an internal error.

use serde_json::{Value, json};

/// Texts that programs have stumbled over: numbers at the edges of their types, control characters, unusual Unicode,
/// paths, quotes, and halves of formats.
const TEXTS: [&str; 44] = [
    "",
    " ",
    "0",
    "-0",
    "-1",
    "1",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "0.1",
    "NaN",
    "0x10",
    "٣",
    "true",
    "null",
    "[]",
    "{}",
    "\0",
    "a\u{7f}\u{85}b",
    "\u{202e}\u{feff}\u{200b}",
    "\u{10ffff}\u{1f469}\u{200d}\u{1f469}",
    "İ\u{307}ßﬁ",
    "%00",
    "%",
    "../../etc/passwd",
    "..\\",
    "'\"`;--",
    "$(id){{7*7}}${jndi:x}",
    "<svg onload=alert(1)>",
    "a,b,,",
    "*",
    "2026-02-30",
    "-262144-01-01",
    "9999-12-31T23:59:60Z",
    "00000000-0000-0000-0000-000000000000",
    "RU-",
    "@",
    "mqr_AAAA",
    "eyJ.e30.",
    "a.b.c",
];

/// Values of headers.
pub(super) const FIELD_VALUES: [&[u8]; 16] = [
    b"",
    b"*",
    b"\"",
    b"W/\"x\", \"",
    b",",
    b";;q=x",
    b"0",
    b"-1",
    b"99999999999999999999",
    b"\xff\xfe",
    b"../..",
    b"bytes=0-0,-1",
    b"00-00000000000000000000000000000000-0000000000000000-00",
    b"for=\"[::1\";proto=",
    b"::ffff:1.2.3.4, 999.1.1.1",
    b"a=b=c; a; =; \"",
];

/// Headers that services, proxies and tracing read.
pub(super) const FIELDS: [&str; 20] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "access-control-request-method",
    "authorization",
    "baggage",
    "content-type",
    "cookie",
    "forwarded",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "origin",
    "range",
    "sec-fetch-site",
    "traceparent",
    "tracestate",
    "x-forwarded-for",
    "x-request-deadline-ms",
    "x-request-id",
];

/// Hostile texts, for any place that takes one.
pub fn hostile_texts() -> Vec<String> {
    let long = [("a", 5_000), ("я", 3_000), ("\u{301}", 2_000), ("9", 400)];
    TEXTS.iter().map(|text| (*text).to_owned()).chain(long.map(|(text, count)| text.repeat(count))).collect()
}

/// Number of the first texts, which every field gets: numbers and nothing.
const FOR_EVERY_FIELD: usize = 12;

/// Texts for one of many fields: besides the first ones a share that differs from field to field.
pub(super) fn texts_of_field(field: usize) -> Vec<String> {
    let texts = hostile_texts().into_iter().enumerate();
    let is_chosen = |number: usize| number < FOR_EVERY_FIELD || (number + field).is_multiple_of(4);
    texts.filter(|(number, _)| is_chosen(*number)).map(|(_, text)| text).collect()
}

/// Values of JSON for one of many fields: its texts, and a half of other types.
pub(super) fn values_of_field(field: usize) -> Vec<Value> {
    let deep = (0..100).fold(json!(0), |inner, _| json!([inner]));
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.1),
        json!(2_147_483_648_u64),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!([]),
        json!([null]),
        json!(vec![0; 5_000]),
        json!({}),
        json!({"": {"$ne": null}}),
        deep,
    ];
    let others = others.into_iter().enumerate().filter(|(number, _)| (number + field).is_multiple_of(2));
    others.map(|(_, value)| value).chain(texts_of_field(field).into_iter().map(Value::from)).collect()
}
