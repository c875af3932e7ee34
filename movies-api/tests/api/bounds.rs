//! Every bound that the published document states is enforced, and no other: values on, under and over each.

use service_kit::testing::{BoundRequest, Samples, bound_requests};

use crate::app::TestApp;

/// Texts on bounds that no text of one letter meets.
const SAMPLES: Samples<'_> = &[("countries", &["RU", "R", "RUS", "ru"])];

/// Filters whose value must exist for the viewer; no schema can say which do.
const OF_THE_CATALOGUE: [&str; 3] = ["?genre", "?person", "?country"];

/// `true` for fields of a new film other than its titles: those of `update_film` are the same, and change no film here,
/// while each film that is created is indexed.
fn is_asked_elsewhere(request: &BoundRequest) -> bool {
    request.operation == "create_film" && !request.field.starts_with("/title")
}

#[tokio::test]
async fn values_are_rejected_by_name_exactly_where_they_break_the_document() {
    let app = TestApp::start().await;
    let editor = app.editor();
    let requests = bound_requests("movies", SAMPLES);
    let mut complaints = Vec::new();
    for request in requests.iter().filter(|request| !is_asked_elsewhere(request)) {
        let reply = request.begin(&app).bearer(&editor).send().await;
        let may_be_unknown = request.operation == "list_films" && OF_THE_CATALOGUE.contains(&request.field.as_str());
        complaints.extend(request.complaint(&reply, may_be_unknown));
    }
    assert!(requests.len() > 500, "{} requests", requests.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), requests.len(), complaints.join("\n"));
}
