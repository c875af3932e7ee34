//! Conventions of the project that no compiler checks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Sources of all programs.
pub fn programs() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for member in ["limiter-lib", "service-kit", "auth-service", "movies-api", "captcha-service", "standalone"] {
        sources(&root().join(member).join("src"), &mut files);
    }
    assert!(files.len() > 100, "the sources were found");
    files
}

/// `#[tracing::instrument]` records every argument; `#[trace]` records none.
#[test]
fn functions_are_traced_by_our_own_attribute_only() {
    for file in programs() {
        let text = std::fs::read_to_string(&file).expect("text");
        let used = text.lines().any(|line| {
            line.trim_start().starts_with("#[instrument") || line.trim_start().starts_with("#[tracing::instrument")
        });
        assert!(!used, "{} uses #[instrument]", file.display());
    }
}

/// A panel or an alert on a metric that does not exist would never show anything.
#[test]
fn dashboard_and_alerts_name_existing_metrics() {
    let mut known = std::collections::HashSet::new();
    for file in programs() {
        let text = std::fs::read_to_string(file).expect("text");
        let names = text.split('"').filter(|word| word.contains('.') && !word.contains(' '));
        known.extend(names.map(|name| name.replace('.', "_")));
    }
    let mut named = 0;
    for file in ["alerts.yaml", "grafana/marquee.json"] {
        let text = std::fs::read_to_string(root().join("deploy/observability").join(file)).expect("text");
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
    for file in programs() {
        let text = std::fs::read_to_string(&file).expect("text");
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            for (at, _) in text.match_indices(kind) {
                let names = text[at + kind.len()..].trim_start().strip_prefix('"');
                let Some(name) = names.and_then(|rest| rest.split('"').next()) else { continue };
                let is_description = text[..at].ends_with("describe_");
                if is_description { &mut described } else { &mut counted }.insert(name.to_owned());
            }
        }
    }
    let undescribed: Vec<_> = counted.difference(&described).collect();
    assert!(undescribed.is_empty() && counted.len() > 30, "without a description: {undescribed:?} of {counted:?}");
}

/// The image builds third-party crates before the sources are copied, from an explicit list of manifests.
#[test]
fn the_image_knows_every_member_of_the_workspace() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).expect("text");
    let (manifest, image, sent) = (read("Cargo.toml"), read("deploy/docker/Dockerfile"), read(".dockerignore"));
    let members = manifest.lines().find(|line| line.starts_with("members = ")).expect("members on one line");
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    assert!(members.len() > 5, "the members were found");
    for member in members {
        let copy = format!("\nCOPY {member}/Cargo.toml {member}/\n");
        assert!(image.contains(&copy), "deploy/docker/Dockerfile lacks{copy}");
        let folder = member.split('/').next().unwrap_or(member);
        let reaches = [format!("\n!{folder}\n"), format!("\n!{member}/Cargo.toml\n")];
        assert!(reaches.iter().any(|line| sent.contains(line)), ".dockerignore keeps {member} from the image");
    }
}
