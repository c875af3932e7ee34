//! Licences, sources and doubled versions of the packages that are built: the rules of `deny.toml`, applied to
//! `cargo metadata`. cargo-deny applies the same file where it is installed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use toml::{Table, Value};

use crate::finding::Finding;

const RULES: &str = "deny.toml";

/// A package that is built.
#[derive(Debug)]
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    license: Option<&'a str>,
    source: Option<&'a str>,
}

/// Breaches of the rules, and exceptions in them that are no longer needed.
///
/// # Errors
/// Text that is not JSON or TOML.
pub fn packages(metadata: &str, rules: &str) -> Result<Vec<Finding>, Box<dyn std::error::Error>> {
    let metadata: Json = serde_json::from_str(metadata)?;
    let table: Table = toml::from_str(rules)?;
    let packages = built(&metadata);
    let mut findings = licences(&packages, &table);
    findings.extend(sources(&packages));
    findings.extend(denied(&packages, &table));
    findings.extend(doubles(&packages, &table, rules));
    Ok(findings)
}

fn built(metadata: &Json) -> Vec<Package<'_>> {
    let resolved = metadata.get("resolve").map(|resolve| list(resolve, "nodes")).unwrap_or_default();
    let nodes: BTreeSet<&str> = resolved.iter().filter_map(|node| node.get("id")?.as_str()).collect();
    let mut packages: Vec<_> =
        list(metadata, "packages").iter().filter_map(|package| package_of(package, &nodes)).collect();
    packages.sort_by_key(|package| (package.name, package.version));
    packages
}

fn list<'a>(value: &'a Json, key: &str) -> &'a [Json] {
    value.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn package_of<'a>(package: &'a Json, nodes: &BTreeSet<&str>) -> Option<Package<'a>> {
    let text = |key: &str| package.get(key).and_then(Json::as_str);
    let is_built = nodes.contains(text("id")?);
    is_built.then_some(())?;
    Some(Package { name: text("name")?, version: text("version")?, license: text("license"), source: text("source") })
}

fn strings<'a>(rules: &'a Table, table: &str, key: &str) -> Vec<&'a str> {
    let values = rules.get(table).and_then(|table| table.get(key)).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The packages that a list of `[bans]` names, with their text.
fn banned<'a>(rules: &'a Table, list: &str) -> Vec<&'a str> {
    let entries = rules.get("bans").and_then(|bans| bans.get(list)).and_then(Value::as_array);
    entries.into_iter().flatten().filter_map(|entry| entry.get("crate")?.as_str()).collect()
}

fn licences(packages: &[Package<'_>], rules: &Table) -> Vec<Finding> {
    let allowed = strings(rules, "licenses", "allow");
    let is_allowed = |package: &&Package<'_>| package.license.is_some_and(|license| accepts(license, &allowed));
    let refused = packages.iter().filter(|package| !is_allowed(package));
    let describe = |package: &Package<'_>| {
        let fact =
            format!("{} {} is licensed by {:?}", package.name, package.version, package.license.unwrap_or("nothing"));
        Finding::new(RULES, 1, fact, "take another package, or allow the licence if its terms can be met")
    };
    refused.map(describe).collect()
}

fn sources(packages: &[Package<'_>]) -> Vec<Finding> {
    let sources: BTreeSet<&str> = packages.iter().filter_map(|package| package.source).collect();
    let registry = sources.iter().find(|source| source.starts_with("registry+"));
    let foreign = sources.iter().filter(|source| Some(*source) != registry);
    foreign
        .map(|source| {
            Finding::new(RULES, 1, format!("packages come from {source}"), "take the released package of the registry")
        })
        .collect()
}

fn denied(packages: &[Package<'_>], rules: &Table) -> Vec<Finding> {
    let denied = banned(rules, "deny");
    let found = packages.iter().filter(|package| denied.contains(&package.name));
    found
        .map(|package| Finding::new(RULES, 1, format!("{} is built", package.name), "see its reason under [bans] deny"))
        .collect()
}

fn doubles(packages: &[Package<'_>], rules: &Table, text: &str) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(package.name).or_default().push(package.version);
    }
    let mut skipped: BTreeSet<&str> = banned(rules, "skip").into_iter().collect();
    let mut findings = Vec::new();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let unlisted: Vec<_> =
            versions.iter().filter(|version| !skipped.remove(format!("{name}@{version}").as_str())).collect();
        if unlisted.len() > 1 {
            let fact = format!("{name} is built in versions {}", versions.join(" and "));
            let remedy = "take the version that is there, or list the other under [bans] skip with who needs it";
            findings.push(Finding::new(RULES, 1, fact, remedy));
        }
    }
    for entry in skipped {
        let line = text.lines().position(|line| line.contains(&format!("\"{entry}\""))).map_or(1, |index| index + 1);
        findings.push(Finding::new(RULES, line, format!("{entry} is not doubled"), "remove the exception"));
    }
    findings
}

/// `true` when an expression of SPDX identifiers can be met by the allowed ones.
fn accepts(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "+WITH+");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any(&words, &mut at, allowed) && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word != "(" {
        return allowed.contains(&word.replace("+WITH+", " WITH ").as_str());
    }
    let met = any(words, at, allowed);
    *at += 1; // the closing bracket
    met
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES_TEXT: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "Unicode-3.0"]
        [bans]
        deny = [{ crate = "openssl-sys", reason = "one crypto provider" }]
        skip = [
            { crate = "http@0.2.12", reason = "of actix-web" },
            { crate = "syn@2.0.1", reason = "of old macros" },
        ]
    "#;

    fn found(packages_text: &[(&str, &str, &str, &str)]) -> Vec<String> {
        let list: Vec<Json> = packages_text
            .iter()
            .map(|(name, version, license, source)| serde_json::json!({"id": format!("{name}{version}"), "name": name, "version": version, "license": license, "source": source}))
            .collect();
        let nodes: Vec<Json> = list.iter().map(|package| serde_json::json!({"id": package["id"]})).collect();
        let metadata = serde_json::json!({"packages": list, "resolve": {"nodes": nodes}}).to_string();
        packages(&metadata, RULES_TEXT)
            .expect("text")
            .into_iter()
            .map(|found| format!("{}: {}", found.line, found.fact))
            .collect()
    }

    #[test]
    fn licences_sources_bans_and_doubles_are_reported() {
        let registry = "registry+https://example.org/index";
        let found = found(&[
            ("a", "1.0.0", "MIT OR GPL-3.0", registry),
            ("b", "1.0.0", "GPL-3.0", registry),
            ("c", "1.0.0", "MIT", "git+https://example.org/c"),
            ("http", "0.2.12", "MIT", registry),
            ("http", "1.5.0", "MIT", registry),
            ("openssl-sys", "0.9.0", "MIT", registry),
            ("rand", "0.8.0", "MIT", registry),
            ("rand", "0.9.0", "MIT", registry),
        ]);
        let expected = [
            "1: b 1.0.0 is licensed by \"GPL-3.0\"",
            "1: packages come from git+https://example.org/c",
            "1: openssl-sys is built",
            "1: rand is built in versions 0.8.0 and 0.9.0",
            "8: syn@2.0.1 is not doubled",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn expressions_are_met_by_what_is_allowed() {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"];
        for accepted in ["MIT", "Apache-2.0/MIT", "(MIT OR GPL-3.0) AND Unicode-3.0", "GPL-3.0 OR MIT AND Apache-2.0"] {
            assert!(accepts(accepted, &allowed), "{accepted}");
        }
        for refused in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(!accepts(refused, &allowed), "{refused}");
        }
    }
}
