//! Conventions of the project that no compiler checks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use house::tree::{Tree, is_below};

static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::read(root()).expect("the tree can be read"));

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root of the workspace")
}

/// Sources of all programs: path and text.
fn programs() -> Vec<(&'static str, &'static str)> {
    let is_product =
        |path: &str| !["tests", "bench", "dev", "limiter-lib/bench"].iter().any(|folder| is_below(path, folder));
    let is_source = |path: &str| path.ends_with(".rs") && path.contains("/src/") && is_product(path);
    let files: Vec<_> = TREE.files().filter(|(path, _)| is_source(path)).collect();
    assert!(files.len() > 100, "the sources were found");
    files
}

fn read(file: &str) -> &'static str {
    TREE.text(file).unwrap_or_else(|| panic!("there is no {file}"))
}

/// `#[tracing::instrument]` records every argument; `#[trace]` records none.
#[test]
fn functions_are_traced_by_our_own_attribute_only() {
    for (file, text) in programs() {
        let used = text.lines().any(|line| {
            let attribute = line.trim_start().strip_prefix("#[").unwrap_or_default();
            let path = attribute.trim_start_matches("::").trim_start_matches("tracing::");
            path.starts_with("instrument")
        });
        assert!(!used, "{file} uses #[instrument]");
    }
}

/// `==` ends at the first byte that differs, which an attacker can measure; `ct_eq` and `verify_slices_are_equal` do not.
#[test]
fn exposed_secrets_are_not_compared_by_operators() {
    for (file, text) in programs() {
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in product.lines().filter(|line| line.contains("expose(") || line.contains("expose_secret(")) {
            let mut operators = line.match_indices("==").chain(line.match_indices("!="));
            let compares = operators.any(|(at, _)| {
                let right = line[at + 2..].trim_start().split([' ', ',', ';']).next().unwrap_or_default();
                [line[..at].trim_end().rsplit(' ').next().unwrap_or_default(), right]
                    .iter()
                    .any(|operand| operand.contains(".expose()") || operand.contains(".expose_secret()"))
            });
            assert!(!compares, "{file} compares a secret by an operator: {}", line.trim());
        }
    }
}

/// A panel or an alert on a metric that does not exist would never show anything.
#[test]
fn dashboard_and_alerts_name_existing_metrics() {
    let mut known = std::collections::HashSet::new();
    for (_, text) in programs() {
        let names = text.split('"').filter(|word| word.contains('.') && !word.contains(' '));
        known.extend(names.map(|name| name.replace('.', "_")));
    }
    let mut named = 0;
    for file in ["alerts.yaml", "grafana/marquee.json"] {
        let text = read(&format!("deploy/observability/{file}"));
        for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
            let base = ["_bucket", "_count", "_total", "_seconds"].iter().find_map(|end| word.strip_suffix(end));
            let Some(base) = base.filter(|base| !base.is_empty()) else { continue };
            let base = base.trim_end_matches("_seconds");
            assert!(known.contains(base), "{file}: nothing is counted as {word}");
            named += 1;
        }
    }
    assert!(named > 20, "names were found");
}

/// Every metric family needs a HELP text in `/metrics`, also for promtool.
#[test]
fn every_recorded_metric_is_described() {
    let (mut counted, mut described) = (BTreeSet::new(), BTreeSet::new());
    let constants = constants();
    for (_, text) in programs() {
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            for (at, _) in text.match_indices(kind) {
                let argument = text[at + kind.len()..].trim_start();
                let Some(name) = literal(argument).or_else(|| constants.get(identifier(argument)).copied()) else {
                    let is_macro = argument.starts_with('$'); // defines metrics by names that it takes
                    assert!(is_macro, "the name of a metric is no literal and no constant: {}", first_line(argument));
                    continue;
                };
                let is_description = text[..at].ends_with("describe_");
                if is_description { &mut described } else { &mut counted }.insert(name.to_owned());
            }
        }
    }
    let undescribed: Vec<_> = counted.difference(&described).collect();
    assert!(undescribed.is_empty() && counted.len() > 30, "without a description: {undescribed:?} of {counted:?}");
}

/// Text constants of all programs, by name.
fn constants() -> BTreeMap<&'static str, &'static str> {
    let lines = programs().into_iter().flat_map(|(_, text)| text.lines());
    lines
        .filter_map(|line| {
            let (name, value) = line.split_once("const ")?.1.split_once(": &str = ")?;
            Some((name, literal(value)?))
        })
        .collect()
}

/// The text between the quotes at the beginning of `text`.
fn literal(text: &'static str) -> Option<&'static str> {
    text.strip_prefix('"').and_then(|rest| rest.split('"').next())
}

fn identifier(text: &str) -> &str {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap_or_default()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The image builds third-party crates before the sources are copied, from an explicit list of manifests.
#[test]
fn the_image_knows_every_member_of_the_workspace() {
    let (manifest, image, sent) = (read("Cargo.toml"), read("deploy/docker/Dockerfile"), read(".dockerignore"));
    let manifest: toml::Table = toml::from_str(manifest).expect("TOML");
    let members = manifest["workspace"]["members"].as_array().expect("a list of members");
    let members: Vec<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    assert!(members.len() > 5, "the members were found");
    for member in members {
        let copy = format!("\nCOPY {member}/Cargo.toml {member}/\n");
        assert!(image.contains(&copy), "deploy/docker/Dockerfile lacks{copy}");
        let folder = member.split('/').next().unwrap_or(member);
        let reaches = [format!("\n!{folder}\n"), format!("\n!{member}/Cargo.toml\n")];
        assert!(reaches.iter().any(|line| sent.contains(line)), ".dockerignore keeps {member} from the image");
    }
}
