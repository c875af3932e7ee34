//! Every bound that the published document states is enforced, and no other: values on, under and over each.

use service_kit::testing::bound_requests;

use crate::app::{CLIENT, TestApp};

/// These would end the account and its sessions; they take no input.
const ENDING: [&str; 3] = ["delete_me", "log_out", "log_out_others"];

/// Fields of which every value but one makes the request unauthenticated; `oauth/` tests their bounds.
const UNJUDGED: [(&str, &str); 4] = [
    ("authorize_device", "/client_secret"),
    ("check_request", "?aud"),
    ("grant_tokens", "/client_secret"),
    ("revoke_token", "/client_secret"),
];

/// Fields with a rule about another field that the document has in words: required with `captcha_token`; not given with
/// `role`; a public client has no token for itself, a confidential one no origins; redirect URIs are for one grant, and
/// resources are those of a file.
const DEPENDENT: [(&str, &str); 8] = [
    ("", "/captcha_device_token"),
    ("find_users", "?email"),
    ("create_client", "/kind"),
    ("create_client", "/origins/0"),
    ("create_client", "/redirect_uris/0"),
    ("update_client", "/redirect_uris/0"),
    ("create_client", "/resources/0"),
    ("update_client", "/resources/0"),
];

#[tokio::test]
async fn values_are_rejected_by_name_exactly_where_they_break_the_document() {
    let app = TestApp::start().await;
    let (_, signed_in) = app.admin().await;
    // The local part has at most 64 bytes, a label of the domain 63, all together 254.
    let [longest, too_long] = [62, 63].map(|length| {
        format!("{}@{}", "a".repeat(64), ["b".repeat(length), "b".repeat(63), "b".repeat(59), "cd".into()].join("."))
    });
    let local_too_long = format!("{}@b.cd", "a".repeat(65));
    // Texts on bounds that no text of one letter meets.
    let [longest_code, longer_code] = [32, 33].map(|length| format!("{:length$}", "01234567"));
    let codes =
        [&longest_code, &longer_code, "01234567", "0123 4567", "０１２３４５６７", "0123456", "012345678", "abcdefgh"];
    let [longest_origin, longer_origin] = [292, 293].map(|length| format!("https://{}", "a".repeat(length)));
    let samples: [(&str, &[&str]); 7] = [
        ("origins", &["https://a.example.org", "null", "https://a.example.org/", &longest_origin, &longer_origin]),
        ("code", &codes),
        ("present_code", &codes),
        ("region", &["RU", "R", "RU-MOW", "RU-MOWX", "ru", "RU-"]),
        ("display_name", &["Анна", "a\u{7f}b"]),
        ("reason", &["ticket 42", " a", " ", "a\u{7f}b"]),
        ("email", &["a@b", " a@b", "@b", "a@", "ab", "a@b@c", "a b@c", &longest, &too_long, &local_too_long]),
    ];
    let requests = bound_requests("auth", &samples);
    let mut complaints = Vec::new();
    for request in requests.iter().filter(|request| !ENDING.contains(&request.operation.as_str())) {
        if UNJUDGED.contains(&(request.operation.as_str(), request.field.as_str())) {
            continue;
        }
        let begun = request.begin(&app);
        let reply = match request.operation.as_str() {
            "introspect" => begun.basic(CLIENT.0, CLIENT.1).send().await,
            // Another client in the form is one named in two ways, which is not about the field.
            "authorize_device" | "grant_tokens" | "revoke_token" => begun.basic("marquee", "").send().await,
            _ => begun.bearer(&signed_in.access).send().await,
        };
        let depends = |(operation, field): &(&str, &str)| {
            (operation.is_empty() || *operation == request.operation) && *field == request.field
        };
        complaints.extend(request.complaint(&reply, DEPENDENT.iter().any(depends)));
    }
    assert!(requests.len() > 300, "{} requests", requests.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), requests.len(), complaints.join("\n"));
}
