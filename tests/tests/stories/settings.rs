//! What `--help` of the programs lists is what the sources declare; tests/house compares documents with the sources.

use std::collections::BTreeSet;
use std::path::Path;

use house::tree::Tree;
use tests::process::command;

/// Settings that the sources declare.
pub fn declared() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let tree = Tree::read(root).expect("the tree can be read");
    let declared: BTreeSet<String> = house::settings::declared(&tree).expect("Rust").into_keys().collect();
    assert!(declared.len() > 100, "the settings were found: {declared:?}");
    declared
}

/// Settings in the help of a command and of its subcommands.
fn listed(program: &str, subcommands: &[&str], found: &mut BTreeSet<String>) {
    let output = command(program, &[subcommands, &["--help"]].concat(), &[]).output().expect("the program runs");
    let help = String::from_utf8(output.stdout).expect("text");
    let words: Vec<&str> = help.split_whitespace().collect();
    for pair in words.windows(2).filter(|pair| pair[0] == "[env:") {
        let name = pair[1].split(['=', ']']).next().unwrap_or_default();
        found.insert(name.to_owned());
    }
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A command stands two columns in; its text goes on further in.
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    for name in names.filter(|name| *name != "help") {
        listed(program, &[subcommands, &[name]].concat(), found);
    }
}

#[test]
fn help_lists_exactly_the_settings_that_the_sources_declare() {
    let mut found = BTreeSet::new();
    for program in ["auth-service", "movies-api", "captcha-service", "cinema"] {
        listed(program, &[], &mut found);
    }
    let declared = declared();
    let (hidden, unknown): (Vec<_>, Vec<_>) =
        (declared.difference(&found).collect(), found.difference(&declared).collect());
    assert!(hidden.is_empty() && unknown.is_empty(), "not in --help: {hidden:?}; not in the sources: {unknown:?}");
}
