//! A write is performed only if its preconditions certainly hold, whether or not its handler checks
//! preconditions.

use serde_json::json;

use crate::service::start;

/// A path without GET.
const UNREADABLE: &str = "/echo/01a203aa-1193-7069-9322-ad531c73e5ce";
/// A path with a GET without entity tag.
const UNTAGGED: &str = "/wrong/way";

#[actix_web::test]
async fn preconditions_hold_on_writes_that_have_no_entity_tag() {
    let client = start().client;
    for (name, value, unreadable, untagged) in [
        ("if-match", "\"x\"", 412, 412),
        ("if-match", "*", 412, 204),
        ("if-match", "no tag", 412, 412),
        ("if-match", "", 412, 412),
        ("if-none-match", "\"x\"", 200, 204),
        ("if-none-match", "*", 200, 412),
        ("if-unmodified-since", "Sat, 29 Oct 1994 19:43:31 GMT", 200, 204),
    ] {
        let reply = client.post(UNREADABLE).json(&json!({"name": "Ann"})).header(name, value).send().await;
        assert_eq!(reply.status, unreadable, "{name}: {value}");
        let reply = client.put(UNTAGGED).bearer("x").header(name, value).send().await;
        assert_eq!(reply.status, untagged, "{name}: {value}");
        if reply.status == 412 {
            reply.assert_problem(412, "request.precondition_failed");
        }
    }
}

#[actix_web::test]
async fn an_invalid_request_is_reported_before_its_preconditions() {
    let client = start().client;
    let reply = client.post(UNREADABLE).json(&json!({"name": "x"})).header("if-match", "*").send().await;
    reply.assert_problem(422, "request.invalid_fields");
}

#[actix_web::test]
async fn a_read_ignores_if_match() {
    let client = start().client;
    client.get(UNTAGGED).header("if-match", "\"x\"").send().await.assert_status(204);
}
