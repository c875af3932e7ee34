//! `/metrics` of every service conforms to Prometheus: each family has HELP and TYPE, counters end in `_total`, and no
//! family is a summary, which cannot be aggregated over replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use service_kit::testing::{TestClient, eventually};
use tests::process::Process;

const BOUND: Duration = Duration::from_secs(60);

/// Families of the text, with `true` for HELP and with their TYPE; panics on an invalid exposition.
fn families(text: &str) -> BTreeMap<String, (bool, String)> {
    let mut families: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").map(|rest| rest.split_once(' ').unwrap_or((rest, "")))
        {
            families.entry(name.to_owned()).or_default().0 = !help.trim().is_empty();
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            families.entry(name.to_owned()).or_default().1 = kind.to_owned();
        } else if !line.is_empty() {
            let name = line.split(['{', ' ']).next().expect("a name");
            let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = |name: &str| families.contains_key(name);
            assert!(known(name) || of_histogram.is_some_and(known), "a sample without a family: {line}");
        }
    }
    families
}

#[tokio::test]
async fn every_family_is_described_and_typed_and_none_is_a_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = vec![("CINEMA_DATA_DIR", folder.path().display().to_string())];
    variables.extend(["AUTH_LISTEN", "MOVIES_LISTEN", "CAPTCHA_LISTEN"].map(|name| (name, "127.0.0.1:0".to_owned())));
    let mut cinema = Process::start("cinema", &[], &variables);
    cinema.line_with("Ctrl-C closes it", BOUND);
    let mut at = |label: &str, path: &str| {
        let line = cinema.line_with(&format!("  {label} "), BOUND);
        let url = line.split_whitespace().nth(1).expect("a word after the label").to_owned();
        TestClient::new(url.trim_end_matches(path).to_owned())
    };
    let (movies, auth) = (at("films", "/api/v1/films"), at("accounts", "/account"));
    let captcha = at("captcha", "/tv");
    movies.get("/api/v1/films/search?query=godfathr").bearer("a.b.c").send().await;
    let unknown = serde_json::json!({"email": "nobody@example.org", "password": "a long enough one"});
    auth.post("/api/v1/sessions").json(&unknown).send().await;
    let action = serde_json::json!({"action": "log_in"});
    captcha.post("/api/v1/captcha/challenges").json(&action).send().await;
    // Partition maintenance starts some seconds after the service.
    let maintained = async || movies.get("/metrics").send().await.text().contains("\nauth_partitions_runs_total");
    eventually("partitions are maintained", BOUND, maintained).await;

    let text = movies.get("/metrics").send().await.text();
    let families = families(&text);
    let services: BTreeSet<_> = text.lines().filter(|line| line.starts_with("build_info{")).collect();
    assert_eq!(services.len(), 3, "all that this process counts is in one place: {services:?}");
    assert!(families.len() > 15, "{families:?}");
    for (name, (has_help, kind)) in &families {
        assert!(has_help, "{name} has no HELP");
        assert!(["counter", "gauge", "histogram"].contains(&kind.as_str()), "{name} is a {kind:?}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
    }
    for name in ["auth_signing_key_active_since_seconds", "auth_partitions_last_success_seconds"] {
        assert!(families.contains_key(name), "{name} has its unit: {families:?}");
    }
}
