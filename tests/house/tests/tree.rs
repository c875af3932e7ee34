//! The tree of this repository keeps the rules of the house.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use house::circles::{Known, circles};
use house::finding::Finding;
use house::modules::Crate;
use house::tree::Tree;
use house::{layers, links, make_targets, packages, secrets, settings, size, sleeps, toolchain};

static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::read(root()).expect("the tree can be read"));
static CRATES: LazyLock<Vec<Crate>> = LazyLock::new(|| Crate::all(&TREE).expect("Rust"));

/// Circles of modules that are known and still to be untied: none.
const KNOWN_CIRCLES: &[Known] = &[];

/// Crates that are still to be divided.
const KNOWN_LARGE: [&str; 0] = [];

/// Files of tests that sleep, with the reason.
const SLEEPERS: [(&str, &str); 3] = [
    ("limiter-lib/tests/replay/outage.rs", "an outage lasts as long as the soak asks for"),
    ("limiter-lib/tests/replay/replica.rs", "the pause of a retrying client, called in a loop"),
    ("service-kit/src/client/breaker/tests/shared.rs", "blocks a thread as misplaced work does"),
];

/// Files with a private key that is public knowledge.
const PUBLIC_KEYS: [(&str, &str); 1] = [("auth-service/credentials/src/keys/file.rs", "the example of RFC 8410 §10.3")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root of the workspace")
}

fn hold(findings: Vec<Finding>) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} breaches:\n{}", list.len(), list.join("\n"));
}

#[test]
fn no_modules_name_each_other_in_a_circle() {
    hold(circles(&CRATES, KNOWN_CIRCLES));
}

#[test]
fn crates_depend_on_lower_crates_only() {
    hold(layers::crates::crates(&TREE).expect("TOML"));
}

/// A rule about a folder that was renamed would hold without looking at anything.
#[test]
fn the_crates_with_layers_are_there() {
    let one_layer = layers::services::ONE_LAYER.iter().map(|(folder, _)| folder);
    for folder in layers::services::LAYERED.iter().chain(one_layer).chain(&["service-kit/src"]) {
        assert!(CRATES.iter().any(|found| found.folder == *folder), "no crate is at {folder}");
    }
}

#[test]
fn service_kit_keeps_its_layers() {
    hold(layers::kit::kit(&CRATES, &layers::kit::LAYERS));
}

#[test]
fn services_keep_their_layers() {
    hold(layers::services::services(&CRATES));
}

#[test]
fn documents_name_the_settings_of_the_programs() {
    hold(settings::settings(&TREE).expect("Rust"));
}

#[test]
fn make_targets_exist_and_are_documented() {
    hold(make_targets::make_targets(&TREE));
}

#[test]
fn links_and_quoted_paths_lead_somewhere() {
    hold(links::links(&TREE));
}

#[test]
fn no_crate_is_too_large() {
    hold(size::size(&CRATES, &KNOWN_LARGE));
}

#[test]
fn one_version_of_rust_builds_everything() {
    hold(toolchain::toolchain(&TREE).expect("TOML"));
}

#[test]
fn tests_do_not_sleep() {
    hold(sleeps::sleeps(&TREE, &SLEEPERS).expect("Rust"));
}

#[test]
fn packages_keep_the_rules_of_deny_toml() {
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata = String::from_utf8(output.stdout).expect("JSON");
    hold(packages::packages(&metadata, TREE.text("deny.toml").expect("the rules")).expect("the rules can be read"));
}

#[test]
fn no_private_key_and_no_credential_is_in_the_repository() {
    hold(secrets::secrets(&TREE, &PUBLIC_KEYS));
}
