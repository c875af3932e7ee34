//! The modules of a crate, and which of them names which.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, Unit};
use crate::tree::{Tree, folder_of, is_below};

/// Re-exports that are followed from one name.
const MAX_REEXPORTS: usize = 16;

/// Path of a module from the root of its crate, without `crate`.
pub type Module = Vec<String>;

/// The place of a path in the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path from the root of the tree.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
}

/// One module that names another, or a name of another crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use<T> {
    /// The module that names.
    pub from: Module,
    /// The target.
    pub to: T,
    /// The place of the path.
    pub place: Place,
}

/// A crate: a library or a program with the files of its modules.
#[derive(Debug)]
pub struct Crate {
    /// Folder of `lib.rs` or `main.rs`.
    pub folder: String,
    units: BTreeMap<Module, (String, Unit)>,
    /// Lines of product code by file.
    lines: BTreeMap<String, usize>,
}

impl Crate {
    /// All crates below folders named `src`. A folder with a `main.rs` of its own is another crate.
    ///
    /// # Errors
    /// A file that is not Rust.
    pub fn all(tree: &Tree) -> syn::Result<Vec<Self>> {
        let is_root = |path: &str| path.ends_with("src/lib.rs") || path.ends_with("/main.rs") && path.contains("src/");
        let roots: BTreeSet<&str> =
            tree.files().map(|(path, _)| path).filter(|path| is_root(path)).map(folder_of).collect();
        roots.iter().map(|root| Self::read(tree, root, &roots)).collect()
    }

    fn read(tree: &Tree, folder: &str, roots: &BTreeSet<&str>) -> syn::Result<Self> {
        let is_inner = |path: &str| roots.iter().any(|root| is_below(root, folder) && is_below(path, root));
        let mut found = Self { folder: folder.to_owned(), units: BTreeMap::new(), lines: BTreeMap::new() };
        let mut for_tests = Vec::new();
        for (path, text) in tree.below(folder).filter(|(path, _)| path.ends_with(".rs") && !is_inner(path)) {
            let has_library = tree.text(&format!("{folder}/lib.rs")).is_some();
            let Some(module) = module_of(&path[folder.len() + 1..], has_library) else { continue };
            let named = |error: syn::Error| syn::Error::new(error.span(), format!("{path}: {error}"));
            let source = Source::parse(text).map_err(named)?;
            for_tests.extend(source.test_modules.iter().map(|inner| [&module[..], inner].concat()));
            found.lines.insert(path.to_owned(), source.product_lines(text));
            for (inner, unit) in source.units {
                found.units.insert([&module[..], &inner].concat(), (path.to_owned(), unit));
            }
        }
        found.units.retain(|module, _| !for_tests.iter().any(|tests| module.starts_with(tests)));
        Ok(found)
    }

    /// Modules at the top.
    pub fn top(&self) -> BTreeSet<&str> {
        self.units.keys().filter_map(|module| module.first()).map(String::as_str).collect()
    }

    /// Lines of product code: neither blank, nor comment, nor for tests only.
    pub fn product_lines(&self) -> usize {
        let files: BTreeSet<&String> = self.units.values().map(|(file, _)| file).collect();
        files.into_iter().filter_map(|file| self.lines.get(file)).sum()
    }

    /// The file of a module.
    pub fn file(&self, module: &[String]) -> Option<&str> {
        self.units.get(module).map(|(file, _)| file.as_str())
    }

    /// Modules that name another module of this crate, re-exports followed to the module that has the name.
    pub fn uses(&self) -> Vec<Use<Module>> {
        let mut uses = Vec::new();
        for (from, (file, unit)) in &self.units {
            for named in &unit.named {
                let Some(to) = self.locate(from, &named.path, MAX_REEXPORTS) else { continue };
                if to != *from {
                    let place = Place { file: file.clone(), line: named.line };
                    uses.push(Use { from: from.clone(), to, place });
                }
            }
        }
        uses
    }

    /// Modules that name another crate.
    pub fn foreign(&self) -> Vec<Use<Vec<String>>> {
        let mut uses = Vec::new();
        for (from, (file, unit)) in &self.units {
            let foreign = unit.named.iter().filter(|named| self.locate(from, &named.path, MAX_REEXPORTS).is_none());
            uses.extend(foreign.map(|named| Use {
                from: from.clone(),
                to: named.path.clone(),
                place: Place { file: file.clone(), line: named.line },
            }));
        }
        uses
    }

    /// The module that has what `path` names in `from`; `None` when it is of another crate.
    fn locate(&self, from: &[String], path: &[String], depth: usize) -> Option<Module> {
        let (first, mut rest) = path.split_first()?;
        let mut at: Module = match first.as_str() {
            "crate" => Vec::new(),
            "self" => from.to_vec(),
            "super" => from[..from.len().saturating_sub(1)].to_vec(),
            name => {
                let child = [from, &[name.to_owned()]].concat();
                if !self.units.contains_key(&child) {
                    let known = self.units.get(from)?.1.imports.get(name)?;
                    // An import that names itself is of another crate: `use serde;`.
                    return if depth == 0 || known.first()? == name {
                        None
                    } else {
                        self.locate(from, &[known.as_slice(), rest].concat(), depth - 1)
                    };
                }
                child
            }
        };
        while let Some((name, further)) = rest.split_first() {
            if name == "super" {
                at.pop();
            } else if self.units.contains_key(&[&at[..], std::slice::from_ref(name)].concat()) {
                at.push(name.clone());
            } else if let Some(target) = self.reexported(&at, name, depth) {
                return self.locate(&target, &[&["self".to_owned()][..], further].concat(), depth - 1).or(Some(at));
            } else {
                break;
            }
            rest = further;
        }
        Some(at)
    }

    /// The module that has what the module `at` imports as `name`.
    fn reexported(&self, at: &[String], name: &str, depth: usize) -> Option<Module> {
        let (_, unit) = self.units.get(at)?;
        let depth = depth.checked_sub(1)?;
        let path = unit.imports.get(name)?;
        if path.len() == 1 { None } else { self.locate(at, path, depth) }
    }
}

/// The module of a file; `None` for a program beside a library, which names the library as another crate.
fn module_of(path: &str, has_library: bool) -> Option<Module> {
    let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    match (module.as_slice(), module.last().map(String::as_str)) {
        ([name], _) if name == "main" && has_library => return None,
        ([name], _) if name == "main" || name == "lib" => module.clear(),
        (_, Some("mod")) => drop(module.pop()),
        _ => {}
    }
    Some(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        let crates = Crate::all(&Tree::of(files)).expect("Rust");
        let uses = crates.iter().flat_map(Crate::uses);
        uses.map(|found| format!("{} > {}", found.from.join("::"), found.to.join("::"))).collect()
    }

    #[test]
    fn reexports_are_followed() {
        let found = uses([
            ("a/src/lib.rs", "mod b; mod c;"),
            ("a/src/b/mod.rs", "mod inner; mod other; pub use inner::Thing;"),
            ("a/src/b/inner.rs", "pub struct Thing;"),
            ("a/src/b/other.rs", "use super::Thing;"),
            ("a/src/c.rs", "use crate::b::Thing; fn f() -> Thing { Thing::new() }"),
        ]);
        assert_eq!(found, ["b > b::inner", "b::other > b::inner", "c > b::inner", "c > b::inner"]);
    }

    #[test]
    fn other_crates_are_told_from_modules() {
        let tree = Tree::of([("a/src/lib.rs", "mod b;"), ("a/src/b.rs", "use serde::Serialize; use crate::c::D;")]);
        let crates = Crate::all(&tree).expect("Rust");
        let foreign: Vec<_> = crates[0].foreign().into_iter().map(|found| found.to.join("::")).collect();
        assert_eq!(foreign, ["serde::Serialize"]);
    }

    #[test]
    fn a_program_in_a_folder_of_a_library_is_a_crate_of_its_own() {
        let tree = Tree::of([
            ("a/src/lib.rs", ""),
            ("a/src/main.rs", "use a::Thing;"),
            ("a/src/bench/main.rs", "mod load;"),
            ("a/src/bench/load.rs", ""),
        ]);
        let crates = Crate::all(&tree).expect("Rust");
        let tops: Vec<_> = crates.iter().map(|found| (found.folder.as_str(), found.top().len())).collect();
        assert_eq!(tops, [("a/src", 0), ("a/src/bench", 1)]);
    }

    #[test]
    fn modules_for_tests_are_no_modules() {
        let found = uses([
            ("a/src/lib.rs", "mod b; #[cfg(test)] mod testing;"),
            ("a/src/b.rs", ""),
            ("a/src/testing.rs", "use crate::b::Thing;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
