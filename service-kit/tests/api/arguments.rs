//! Arguments of handlers are extracted in order: permission, then query and body.

use serde_json::json;

use crate::service::start;

const PATH: &str = "/guarded/01a203aa-1193-7069-9322-ad531c73e5ce";

#[actix_web::test]
async fn a_missing_permission_is_reported_before_any_other_error() {
    let client = start().client;
    let broken =
        [("application/json", "{"), ("application/json", "{}"), ("text/plain", ""), ("application/json", "[]")];
    for (content_type, body) in broken {
        for path in [PATH, "/guarded/no-uuid", &format!("{PATH}?x=1"), &format!("{PATH}?page_size=0")] {
            let reply = client.post(path).body(content_type, body).send().await;
            reply.assert_problem(401, "auth.token_missing");
            let reply = client.post(path).body(content_type, body).header("if-match", "\"x\"").send().await;
            reply.assert_problem(401, "auth.token_missing");
        }
    }
    let large = client.post(PATH).body("application/json", vec![b' '; 2 << 20]).send().await;
    large.assert_problem(401, "auth.token_missing");
    client.post(PATH).bearer("x").body("application/json", "{").send().await.assert_status(400);
    client.post(PATH).bearer("x").json(&json!({"name": "Ann"})).send().await.assert_status(204);
}

#[actix_web::test]
async fn a_query_is_rejected_where_the_handler_reads_none() {
    let client = start().client;
    client.put("/wrong/way").bearer("x").send().await.assert_status(204);
    client.put("/wrong/way?").bearer("x").send().await.assert_status(204);
    let problem = client.put("/wrong/way?x=1").bearer("x").send().await.assert_problem(400, "request.invalid_query");
    assert_eq!(problem["errors"][0]["pointer"], "?x");
    client.put("/wrong/way?x=1").send().await.assert_problem(401, "auth.token_missing");
    client.get("/livez?x=1").send().await.assert_problem(400, "request.invalid_query");
}
