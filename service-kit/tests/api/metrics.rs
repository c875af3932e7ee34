//! `/metrics` exports the measurements of a service, with names and label values that clients cannot extend.

use crate::service::start;

#[actix_web::test]
async fn requests_are_measured_by_route_and_status_and_never_by_path() {
    let client = start().client;
    client.get("/wrong/internal").send().await.assert_status(500);
    client.get("/wrong/metrics-canary").send().await.assert_status(204);
    client.get("/metrics-canary").send().await.assert_status(404);
    client.request(reqwest::Method::from_bytes(b"METRICSCANARY").expect("a verb"), "/livez").send().await;
    let reply = client.get("/metrics").send().await;
    let text = reply.text();
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let counted = |labels: &[&str]| {
        let lines = text.lines().filter(|line| line.starts_with("http_server_request_duration_seconds_count"));
        lines.filter(|line| labels.iter().all(|label| line.contains(label))).count()
    };
    let route = "http_route=\"/wrong/{way}\"";
    let failed = ["http_response_status_code=\"500\"", "error_type=\"500\"", "http_request_method=\"GET\""];
    assert_eq!(counted(&[&[route], &failed[..]].concat()), 1, "{text}");
    assert_eq!(counted(&[route, "http_response_status_code=\"204\"", "\"GET\""]), 1, "{text}");
    assert_eq!(counted(&["http_route=\"\"", "http_response_status_code=\"404\"", "\"GET\""]), 1, "{text}");
    // Other tests of this process may have recorded `_OTHER` too.
    let other = ["http_request_method=\"_OTHER\"", "http_response_status_code=\"405\"", "http_route=\"\""];
    assert_eq!(counted(&other), 1, "{text}");
    assert!(!text.to_lowercase().contains("canary"), "{text}");
    assert!(text.contains("build_info{service_name=\"test\",service_version=\"1\"} 1"), "{text}");
}
