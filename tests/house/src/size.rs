//! No crate of the product has more than 10,000 lines of product code.

use crate::finding::Finding;
use crate::modules::Crate;
use crate::tree::is_below;

/// Most lines of product code in a crate: neither blank, nor comment, nor for tests only.
pub const MAX_LINES: usize = 10_000;

const REMEDY: &str = "take a part that stands by itself into a crate of its own";

/// Crates of the product that are too large, except `known` ones.
pub fn size(crates: &[Crate], known: &[&str]) -> Vec<Finding> {
    let is_product = |found: &&Crate| !is_below(&found.folder, "tests") && !known.contains(&found.folder.as_str());
    let lines = crates.iter().filter(is_product).map(|found| (&found.folder, found.product_lines()));
    let too_large = lines.filter(|(_, lines)| *lines > MAX_LINES);
    let fact = |lines: usize| format!("{lines} lines of product code; at most {MAX_LINES}");
    too_large.map(|(folder, lines)| Finding::new(folder, 1, fact(lines), REMEDY)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn found(tree: &Tree) -> Vec<Finding> {
        size(&Crate::all(tree).expect("Rust"), &[])
    }

    #[test]
    fn a_crate_that_is_too_large_is_reported() {
        let code = "fn f() {}\n".repeat(MAX_LINES / 2);
        let tests = format!("/// Text.\nfn g() {{}}\n\n#[cfg(test)]\nmod tests {{\n{code}}}\n");
        let mut tree = Tree::of([("a/src/lib.rs", "mod b; mod c;"), ("a/src/b.rs", &code), ("a/src/c.rs", &tests)]);
        assert!(found(&tree).is_empty());
        tree.insert("a/src/c.rs", &code);
        assert!(found(&tree)[0].fact.starts_with("10001 lines"));
    }
}
