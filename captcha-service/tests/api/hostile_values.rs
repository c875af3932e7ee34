//! No value that a client sends is an internal error: hostile ones in every field and header of every operation.

use service_kit::testing::hostile_requests;

use crate::app::{CLIENT, TestApp};

#[actix_web::test]
async fn no_value_in_any_field_or_header_is_an_internal_error() {
    let app = TestApp::start().await;
    let requests = hostile_requests("captcha");
    let mut complaints = Vec::new();
    for request in &requests {
        let reply = request.begin(&app).basic(CLIENT.0, CLIENT.1).send().await;
        complaints.extend(request.complaint(&reply));
    }
    assert!(requests.len() > 1_000, "{} requests", requests.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), requests.len(), complaints.join("\n"));
    app.get("/readyz").send().await.assert_status(200);
}
