//! No value that a client sends is an internal error: hostile ones in every field and header of every operation.

use service_kit::testing::hostile_requests;

use crate::app::TestApp;

/// Each film that is created is indexed, and `update_film` takes the same fields: of such requests one in so many is sent.
const CREATED: usize = 8;

#[tokio::test]
async fn no_value_in_any_field_or_header_is_an_internal_error() {
    let app = TestApp::start().await;
    let editor = app.editor();
    let requests = hostile_requests("movies");
    let mut complaints = Vec::new();
    let is_sent = |number: usize, operation: &str| operation != "create_film" || number.is_multiple_of(CREATED);
    for (_, request) in requests.iter().enumerate().filter(|(number, request)| is_sent(*number, &request.operation)) {
        let reply = request.begin(&app).bearer(&editor).send().await;
        complaints.extend(request.complaint(&reply));
    }
    assert!(requests.len() > 2_000, "{} requests", requests.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), requests.len(), complaints.join("\n"));
    app.get("/readyz").send().await.assert_status(200);
}
