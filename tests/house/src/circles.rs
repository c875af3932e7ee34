//! No circle between the modules of a crate, nor between the files of a module.
//!
//! The children of a module are compared with each other: one of them uses another when any file below the one names
//! something below the other. A module and its own children may name each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::modules::{Crate, Module, Place};

const REMEDY: &str =
    "let one direction remain: move what both need into a module that neither contains, or pass it in as an argument";

/// Children of one module, the others that each names, and the first place.
type Graph = BTreeMap<String, BTreeMap<String, Place>>;

/// A circle that is still known: the folder of the crate, the module (`""` at the top) and the children in it.
pub type Known = (&'static str, &'static str, &'static [&'static str]);

/// One finding for each circle that is not among `known`.
pub fn circles(crates: &[Crate], known: &[Known]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for found in crates {
        for (parent, graph) in graphs(found) {
            let is_known = |circle: &BTreeSet<&str>| {
                known.iter().any(|(folder, module, children)| {
                    *folder == found.folder
                        && *module == parent.join("::")
                        && circle.iter().all(|child| children.contains(child))
                })
            };
            let circles = circles_of(&graph);
            findings.extend(
                circles.iter().filter(|circle| !is_known(circle)).map(|circle| describe(&parent, &graph, circle)),
            );
        }
    }
    findings
}

fn graphs(found: &Crate) -> BTreeMap<Module, Graph> {
    let mut graphs: BTreeMap<Module, Graph> = BTreeMap::new();
    for used in found.uses() {
        let shared = used.from.iter().zip(&used.to).take_while(|(one, other)| one == other).count();
        let (Some(one), Some(other)) = (used.from.get(shared), used.to.get(shared)) else { continue };
        let graph = graphs.entry(used.from[..shared].to_vec()).or_default();
        graph.entry(one.clone()).or_default().entry(other.clone()).or_insert(used.place);
    }
    graphs
}

/// Sets of children that all reach each other.
fn circles_of(graph: &Graph) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|child| (child.as_str(), reach(graph, child))).collect();
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (child, others) in &reached {
        if circles.iter().any(|circle| circle.contains(child)) {
            continue;
        }
        let comes_back = |other: &&&str| reached.get(**other).is_some_and(|further| further.contains(child));
        let circle: BTreeSet<&str> = others.iter().filter(comes_back).copied().collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

fn reach<'a>(graph: &'a Graph, from: &str) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(child) = next.pop() {
        for other in graph.get(child).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(other.as_str()) {
                next.push(other);
            }
        }
    }
    reached
}

fn describe(parent: &Module, graph: &Graph, circle: &BTreeSet<&str>) -> Finding {
    let mut steps = Vec::new();
    for (child, others) in graph.iter().filter(|(child, _)| circle.contains(child.as_str())) {
        for (other, place) in others.iter().filter(|(other, _)| circle.contains(other.as_str())) {
            steps.push((place, format!("{child} names {other} ({}:{})", place.file, place.line)));
        }
    }
    let first = steps.first().map_or(("", 0), |(place, _)| (place.file.as_str(), place.line));
    let place = if parent.is_empty() { "at the top".to_owned() } else { format!("in {}", parent.join("::")) };
    let steps: Vec<_> = steps.iter().map(|(_, step)| step.as_str()).collect();
    Finding::new(first.0, first.1, format!("circle of modules {place}: {}", steps.join(", ")), REMEDY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn found<const N: usize>(files: [(&str, &str); N], known: &[Known]) -> Vec<String> {
        circles(&Crate::all(&Tree::of(files)).expect("Rust"), known).iter().map(ToString::to_string).collect()
    }

    const BREACH: [(&str, &str); 3] = [
        ("a/src/lib.rs", "mod flows; mod state;"),
        ("a/src/flows.rs", "//! Rules.\nuse crate::state::AppState;"),
        ("a/src/state.rs", "fn f() { crate::flows::run() }"),
    ];

    #[test]
    fn a_circle_at_the_top_is_reported_with_both_places() {
        let found = found(BREACH, &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a/src/flows.rs:2: circle of modules at the top: "), "{}", found[0]);
        assert!(found[0].contains("flows names state (a/src/flows.rs:2), state names flows (a/src/state.rs:1)"));
    }

    #[test]
    fn a_known_circle_is_not_reported_and_a_larger_one_is() {
        assert!(found(BREACH, &[("a/src", "", &["flows", "pages", "state"])]).is_empty());
        assert_eq!(found(BREACH, &[("a/src", "", &["flows", "pages"])]).len(), 1);
        assert_eq!(found(BREACH, &[("b/src", "", &["flows", "state"])]).len(), 1);
    }

    #[test]
    fn a_circle_between_files_of_a_module_hides_behind_no_reexport() {
        let found = found(
            [
                ("a/src/lib.rs", "mod store;"),
                ("a/src/store/mod.rs", "mod b; mod c; pub use b::B;"),
                ("a/src/store/b.rs", "use super::c::C; pub struct B(C);"),
                ("a/src/store/c.rs", "use super::B;"),
            ],
            &[],
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("in store: b names c (a/src/store/b.rs:1), c names b (a/src/store/c.rs:1)"),
            "{}",
            found[0]
        );
    }

    #[test]
    fn parents_and_children_and_straight_lines_are_no_circles() {
        let found = found(
            [
                ("a/src/lib.rs", "mod a; mod b; mod c; pub struct Error;"),
                ("a/src/a.rs", "use crate::{b::B, c::C, Error};"),
                ("a/src/b/mod.rs", "mod inner; use inner::Inner; pub struct Settings;"),
                ("a/src/b/inner.rs", "use super::Settings; use crate::c::C;"),
                ("a/src/c.rs", "#[cfg(test)] mod tests { use crate::a::A; }"),
            ],
            &[],
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
