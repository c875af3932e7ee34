//! Every bound that the published document states is enforced, and no other: values on, under and over each.

use service_kit::testing::bound_requests;

use crate::app::{CLIENT, TestApp};

#[actix_web::test]
async fn values_are_rejected_by_name_exactly_where_they_break_the_document() {
    let app = TestApp::start().await;
    let requests = bound_requests("captcha", &[]);
    let mut complaints = Vec::new();
    for request in &requests {
        let reply = request.begin(&app).basic(CLIENT.0, CLIENT.1).send().await;
        complaints.extend(request.complaint(&reply, false));
    }
    assert!(requests.len() > 200, "{} requests", requests.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), requests.len(), complaints.join("\n"));
}
