//! One version of Rust: in the toolchain file, in the image, and not below what the manifests ask for.

use toml::{Table, Value};

use crate::finding::Finding;
use crate::tree::Tree;

const TOOLCHAIN: &str = "rust-toolchain.toml";
const IMAGE: &str = "deploy/docker/Dockerfile";
const MANIFEST: &str = "Cargo.toml";

/// Versions that differ.
///
/// # Errors
/// A file that is not TOML.
pub fn toolchain(tree: &Tree) -> Result<Vec<Finding>, toml::de::Error> {
    let toolchain: Table = toml::from_str(tree.text(TOOLCHAIN).unwrap_or_default())?;
    let manifest: Table = toml::from_str(tree.text(MANIFEST).unwrap_or_default())?;
    let channel =
        toolchain.get("toolchain").and_then(|table| table.get("channel")).and_then(Value::as_str).unwrap_or_default();
    let floor = manifest
        .get("workspace")
        .and_then(|table| table.get("package")?.get("rust-version")?.as_str())
        .unwrap_or_default();
    let mut findings = Vec::new();
    if numbers(channel).len() != 3 {
        let remedy = "name a whole version, which an installed toolchain matches without a download";
        findings.push(Finding::new(TOOLCHAIN, 1, format!("the channel is {channel:?}"), remedy));
    }
    if numbers(channel) < numbers(floor) {
        let fact = format!("the channel {channel} is below rust-version {floor}");
        findings.push(Finding::new(TOOLCHAIN, 1, fact, "raise the channel"));
    }
    let tag = format!("ARG BUILD_IMAGE=rust:{channel}-");
    let image = tree.text(IMAGE).unwrap_or_default();
    let line = image.lines().position(|line| line.starts_with("ARG BUILD_IMAGE=")).map_or(1, |index| index + 1);
    if !image.contains(&tag) {
        let fact = format!("the image is built by another version than {channel}");
        findings.push(Finding::new(IMAGE, line, fact, format!("write `{tag}…`, the version of {TOOLCHAIN}")));
    }
    Ok(findings)
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(channel: &str, tag: &str) -> Vec<String> {
        let toolchain = format!("[toolchain]\nchannel = \"{channel}\"\n");
        let image = format!("# An image.\nARG BUILD_IMAGE=rust:{tag}-slim-bookworm\n");
        let manifest = "[workspace.package]\nrust-version = \"1.94\"\n";
        let tree = Tree::of([(TOOLCHAIN, &*toolchain), (IMAGE, &*image), (MANIFEST, manifest)]);
        toolchain_facts(&tree)
    }

    fn toolchain_facts(tree: &Tree) -> Vec<String> {
        toolchain(tree)
            .expect("TOML")
            .into_iter()
            .map(|found| format!("{}:{}: {}", found.file, found.line, found.fact))
            .collect()
    }

    #[test]
    fn versions_that_differ_are_reported() {
        assert!(found("1.95.0", "1.95.0").is_empty());
        assert_eq!(
            found("1.95.0", "1.95"),
            ["deploy/docker/Dockerfile:2: the image is built by another version than 1.95.0"]
        );
        assert_eq!(found("1.93.1", "1.93.1"), ["rust-toolchain.toml:1: the channel 1.93.1 is below rust-version 1.94"]);
        assert_eq!(found("stable", "stable").len(), 2);
    }
}
