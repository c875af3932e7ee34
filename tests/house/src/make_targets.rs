//! Targets of the Makefile: those that are named exist, and those that exist are documented.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::markdown::Document;
use crate::tree::Tree;

/// Named targets that are not there, and targets that no document names or `make help` does not explain.
pub fn make_targets(tree: &Tree) -> Vec<Finding> {
    let makefile = tree.text("Makefile").unwrap_or_default();
    let targets = targets(makefile);
    let known: BTreeSet<&str> = targets.iter().map(|(name, _, _)| *name).collect();
    let (mut findings, mut documented) = (Vec::new(), BTreeSet::new());
    for (path, text) in tree.files() {
        for (line, target) in named(path, text) {
            if path.ends_with(".md") {
                documented.insert(target.clone());
            }
            if !known.contains(target.as_str()) {
                let fact = format!("the Makefile has no target {target}");
                findings.push(Finding::new(path, line, fact, "name a target of `make help`"));
            }
        }
    }
    for (name, line, is_explained) in targets {
        if !is_explained {
            findings.push(Finding::new("Makefile", line, format!("{name} has no help"), "say what it does after ##"));
        }
        if !documented.contains(name) {
            let remedy = "say in CONTRIBUTING.md or docs/testing.md when to run it";
            findings.push(Finding::new("Makefile", line, format!("no document names `make {name}`"), remedy));
        }
    }
    findings
}

/// Name, line, and whether a help text follows.
fn targets(makefile: &str) -> Vec<(&str, usize, bool)> {
    let lines = makefile.lines().enumerate();
    let rules = lines.filter_map(|(index, line)| Some((line.split_once(':')?.0, index + 1, line.contains("## "))));
    rules.filter(|(name, _, _)| is_target(name)).collect()
}

fn is_target(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// Targets that a file names as code, with their lines.
fn named(path: &str, text: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    if path.ends_with(".md") {
        let document = Document::parse(text);
        named.extend(document.spans.iter().filter_map(|span| in_command(&span.text).map(|target| (span.line, target))));
        named.extend(
            document.code.iter().filter_map(|(_, line)| in_command(&line.text).map(|target| (line.line, target))),
        );
    } else if (path.ends_with(".sh") || path == ".ci/run") && !text.contains("make() {") {
        named.extend(
            text.lines().enumerate().filter_map(|(index, line)| in_command(line).map(|target| (index + 1, target))),
        );
    }
    // Comments and messages quote commands in backticks.
    if !path.ends_with(".md") && !path.ends_with(".rs") {
        for (index, line) in text.lines().enumerate() {
            let quoted = line.split('`').skip(1).step_by(2);
            named.extend(quoted.filter_map(in_command).map(|target| (index + 1, target)));
        }
    }
    named
}

/// The target of a command such as `WRITE_DOCS=1 make attack`.
fn in_command(command: &str) -> Option<String> {
    let mut words = command.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('='));
    let target = words.next().filter(|word| *word == "make").and(words.find(|word| !word.contains('=')))?;
    is_target(target).then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        make_targets(&Tree::of(files))
            .into_iter()
            .map(|found| format!("{}:{}: {}", found.file, found.line, found.fact))
            .collect()
    }

    #[test]
    fn a_target_that_is_not_there_is_reported() {
        let found = found([
            ("Makefile", "test: ## runs tests\n\tscripts/test.sh\n"),
            (
                "README.md",
                "Documents make sense: `make test`, `WRITE_DOCS=1 make pictures`.\n```sh\nmake tests   # all\n```\n",
            ),
            ("scripts/up.sh", "# started by `make up`\necho 'make it so'\n"),
        ]);
        let expected = [
            "README.md:1: the Makefile has no target pictures",
            "README.md:3: the Makefile has no target tests",
            "scripts/up.sh:1: the Makefile has no target up",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_target_without_help_or_document_is_reported() {
        let found = found([("Makefile", ".PHONY: fmt\nfmt:\n\tcargo fmt\n"), ("README.md", "text")]);
        assert_eq!(found, ["Makefile:2: fmt has no help", "Makefile:2: no document names `make fmt`"]);
    }
}
