//! Tests wait for a condition with a bound and never sleep. A pause between two looks at a condition stands in a loop.

use syn::visit::{self, Visit};
use syn::{Block, ExprCall, ExprForLoop, ExprLoop, ExprPath, ExprWhile, ItemMod, UseRename};

use crate::finding::Finding;
use crate::source::is_for_tests;
use crate::tree::Tree;

/// Functions of tokio and std that sleep.
const SLEEPS: [&str; 3] = ["sleep", "sleep_until", "sleep_ms"];
const REMEDY: &str = "wait for a condition: service_kit::testing::eventually, or a clock that the test moves";

/// Sleeps in tests outside loops, except in `excepted` files, which name their reasons.
///
/// # Errors
/// A file that is not Rust.
pub fn sleeps(tree: &Tree, excepted: &[(&str, &str)]) -> syn::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, text)| path.ends_with(".rs") && text.contains("sleep")) {
        if excepted.iter().any(|(file, _)| *file == path) {
            continue;
        }
        let mut reader = Reader { is_test: is_test_file(path), loops: 0, lines: Vec::new() };
        reader.visit_file(&syn::parse_file(text)?);
        findings.extend(reader.lines.into_iter().map(|line| Finding::new(path, line, "a test sleeps", REMEDY)));
    }
    Ok(findings)
}

/// Files of integration tests, and modules named `tests`. Those of the folder `tests` itself are below another one.
fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

struct Reader {
    is_test: bool,
    loops: usize,
    lines: Vec<usize>,
}

impl Reader {
    fn in_loop(&mut self, body: &Block) {
        self.loops += 1;
        visit::visit_block(self, body);
        self.loops -= 1;
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let outside = self.is_test;
        self.is_test |= is_for_tests(&module.attrs);
        visit::visit_item_mod(self, module);
        self.is_test = outside;
    }

    fn visit_expr_loop(&mut self, found: &'ast ExprLoop) {
        self.in_loop(&found.body);
    }

    fn visit_expr_while(&mut self, found: &'ast ExprWhile) {
        self.in_loop(&found.body);
    }

    fn visit_expr_for_loop(&mut self, found: &'ast ExprForLoop) {
        self.in_loop(&found.body);
    }

    /// Under another name a sleep could not be seen.
    fn visit_use_rename(&mut self, renamed: &'ast UseRename) {
        if SLEEPS.contains(&renamed.ident.to_string().as_str()) && self.is_test {
            self.lines.push(renamed.ident.span().start().line);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let syn::Expr::Path(ExprPath { path, .. }) = &*call.func
            && let Some(last) = path.segments.last()
            && SLEEPS.contains(&last.ident.to_string().as_str())
            && self.is_test
            && self.loops == 0
        {
            self.lines.push(last.ident.span().start().line);
        }
        visit::visit_expr_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEEPING: &str =
        "async fn f() {\n    tokio::time::sleep(PAUSE).await;\n    loop { tokio::time::sleep(PAUSE).await }\n}";

    #[test]
    fn a_sleep_outside_a_loop_is_reported_in_tests_only() {
        let beside = format!("{SLEEPING}\n#[cfg(test)]\nmod tests {{\n{SLEEPING}\n}}");
        let tree = Tree::of([
            ("a/src/lib.rs", &*beside),
            ("a/tests/api/main.rs", SLEEPING),
            ("tests/src/bench/main.rs", SLEEPING),
        ]);
        let found = sleeps(&tree, &[]).expect("Rust");
        let places: Vec<_> = found.iter().map(|found| (found.file.as_str(), found.line)).collect();
        assert_eq!(places, [("a/src/lib.rs", 8), ("a/tests/api/main.rs", 2)]);
        assert_eq!(sleeps(&tree, &[("a/src/lib.rs", "a reason")]).expect("Rust").len(), 1);
    }

    #[test]
    fn a_sleep_under_another_name_or_until_a_time_is_reported_too() {
        let tree = Tree::of([
            ("a/tests/one.rs", "use tokio::time::sleep as pause;"),
            ("a/tests/two.rs", "fn f() {\n    sleep_until(later());\n}"),
            ("a/tests/three.rs", "fn f() { /* no sleep */ }"),
        ]);
        let found = sleeps(&tree, &[]).expect("Rust");
        assert_eq!(found.iter().map(|found| found.line).collect::<Vec<_>>(), [1, 2]);
    }
}
