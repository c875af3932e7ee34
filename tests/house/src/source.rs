//! Rust files: the modules that stand in one, what each names, and the lines of product code. Code that is compiled for
//! tests only is left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, UseTree};

/// A path as it stands in the source, such as `crate::flows::log_in`, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Segments of the path.
    pub path: Vec<String>,
    /// Line, counted from 1.
    pub line: usize,
}

/// One module, or the part of it that stands in one file.
#[derive(Debug, Default)]
pub struct Unit {
    /// Every path of two or more segments, and every import.
    pub named: Vec<Named>,
    /// Imported names and what they stand for.
    pub imports: BTreeMap<String, Vec<String>>,
    /// Imports of everything: `use path::*`.
    pub globs: Vec<Vec<String>>,
}

/// A parsed file.
#[derive(Debug, Default)]
pub struct Source {
    /// Units by the path of their module inside the file; the file itself is the empty path.
    pub units: BTreeMap<Vec<String>, Unit>,
    /// Modules in files of their own that only tests compile.
    pub test_modules: Vec<Vec<String>>,
    /// Lines that only tests compile.
    test_lines: BTreeSet<usize>,
}

impl Source {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The text is not Rust.
    pub fn parse(text: &str) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let mut reader = Reader { source: Self::default(), module: Vec::new() };
        reader.source.units.insert(Vec::new(), Unit::default());
        reader.visit_file(&file);
        Ok(reader.source)
    }

    /// Number of lines of `text` that are product code: neither blank, nor comment, nor compiled for tests only.
    pub fn product_lines(&self, text: &str) -> usize {
        let is_code = |line: &str| !line.is_empty() && !line.starts_with("//");
        let lines = text.lines().enumerate();
        lines.filter(|(index, line)| is_code(line.trim()) && !self.test_lines.contains(&(index + 1))).count()
    }
}

struct Reader {
    source: Source,
    module: Vec<String>,
}

impl Reader {
    fn unit(&mut self) -> &mut Unit {
        self.source.units.entry(self.module.clone()).or_default()
    }

    fn name(&mut self, path: Vec<String>, line: usize) {
        if path.len() > 1 {
            self.unit().named.push(Named { path, line });
        }
    }

    fn skip(&mut self, item: &impl Spanned) {
        let span = item.span();
        self.source.test_lines.extend(span.start().line..=span.end().line);
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |ident: &proc_macro2::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Glob(glob) => {
                self.unit().globs.push(before.to_vec());
                self.name(before.to_vec(), glob.span().start().line);
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.import_as(before.to_vec(), None, name.span().start().line)
            }
            UseTree::Name(name) => self.import_as(with(&name.ident), None, name.span().start().line),
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(&rename.ident) };
                self.import_as(path, Some(rename.rename.to_string()), rename.span().start().line);
            }
        }
    }

    fn import_as(&mut self, path: Vec<String>, name: Option<String>, line: usize) {
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            self.unit().imports.insert(name, path.clone());
        }
        self.name(path, line);
    }

    /// Paths in the arguments of macros and attributes, which are tokens for the parser.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut line, mut colons) = (Vec::new(), 0, 0);
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.name(std::mem::take(&mut path), line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                other => {
                    self.name(std::mem::take(&mut path), line);
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => self.quoted(&literal.to_string(), literal.span().start().line),
                        _ => {}
                    }
                }
            }
        }
        self.name(path, line);
    }

    /// A path in quotes, as in `#[serde(with = "crate::json")]`.
    fn quoted(&mut self, literal: &str, line: usize) {
        let text = literal.trim_matches('"');
        let is_path = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte));
        if is_path && (text.starts_with("crate::") || text.starts_with("super::")) {
            self.name(text.split("::").map(str::to_owned).collect(), line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            return visit::visit_item(self, item);
        }
        self.skip(item);
        if let Item::Mod(ItemMod { ident, content: None, .. }) = item {
            self.source.test_modules.push([&self.module[..], &[ident.to_string()]].concat());
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        match item {
            ImplItem::Fn(function) if is_for_tests(&function.attrs) => self.skip(item),
            _ => visit::visit_impl_item(self, item),
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(module.ident.to_string());
        if module.content.is_some() {
            self.unit(); // it exists, also when it names nothing
        }
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(segments, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        visit::visit_attribute(self, attribute);
        match &attribute.meta {
            syn::Meta::List(list) => self.tokens(list.tokens.clone()),
            // Documentation names modules without importing them.
            syn::Meta::NameValue(_) | syn::Meta::Path(_) => {}
        }
    }
}

/// `true` for `#[cfg(test)]`, `#[cfg(any(test, feature = "testing"))]` and `#[test]`.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let condition = list.tokens.to_string();
        attribute.path().is_ident("cfg") && condition.contains("test") && !condition.contains("not")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let source = Source::parse(text).expect("Rust");
        source.units.values().flat_map(|unit| &unit.named).map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn imports_paths_macros_and_attributes_are_seen() {
        let text = r#"
            use crate::{a::A, b::{self, B as Other}, c::*};
            #[serde(with = "crate::json")]
            struct S(super::T);
            fn f() { crate::d::run(); println!("{}", crate::e::VALUE); }
        "#;
        let expected =
            ["crate::a::A", "crate::b", "crate::b::B", "crate::c", "crate::json", "super::T", "crate::d::run"];
        assert_eq!(names(text), [&expected[..], &["crate::e::VALUE"]].concat());
    }

    #[test]
    fn code_for_tests_is_left_out() {
        let text = "use crate::a::A;\n\n/// Text.\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}\n#[cfg(test)]\nmod more;\n";
        let source = Source::parse(text).expect("Rust");
        assert_eq!(names(text), ["crate::a::A"]);
        assert_eq!(source.test_modules, [["more"]]);
        assert_eq!(source.product_lines(text), 2);
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let source = Source::parse("\n\nuse crate::{\n    a::A,\n    b::B,\n};\n").expect("Rust");
        let lines: Vec<usize> = source.units[&vec![]].named.iter().map(|named| named.line).collect();
        assert_eq!(lines, [4, 5]);
    }
}
