//! Settings in documents and deployment files are those that the programs take, and every setting is documented.
//!
//! The settings of a program are the `env = "…"` of its arguments; a story compares them with what `--help` prints.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Macro};

use crate::finding::Finding;
use crate::source::is_for_tests;
use crate::tree::{Tree, is_below};

/// Beginnings of the names of settings.
const PREFIXES: [&str; 5] = ["AUTH_", "MOVIES_", "CAPTCHA_", "CINEMA_", "OTEL_"];
/// Folders whose programs are measurements, stand-ins and tests.
const NO_PRODUCT: [&str; 3] = ["bench", "dev", "tests"];
/// Folders with documents and deployment files.
const FOLDERS: [&str; 2] = ["docs", "deploy"];
/// Documents at the root.
const DOCUMENTS: [&str; 3] = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];
/// Name settings of their time, or break them on purpose.
const EXCEPTIONS: [&str; 2] = ["docs/decisions", "deploy/checks"];
/// Variables that are no settings of a program of ours, with who reads them.
const FOREIGN: [(&str, &str); 8] = [
    ("AUTH_SERVERS", "the template of nginx"),
    ("CAPTCHA_SERVERS", "the template of nginx"),
    ("MOVIES_SERVERS", "the template of nginx"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "the exporter of OpenTelemetry"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "documented as not read"),
    ("OTEL_METRICS_EXPORTER", "documented as not read"),
    ("OTEL_RESOURCE_ATTRIBUTES", "the SDK of OpenTelemetry"),
    ("OTEL_SERVICE_NAME", "the SDK of OpenTelemetry"),
];

/// Names of all settings, with the file and line that declares each first.
///
/// # Errors
/// A file that is not Rust.
pub fn declared(tree: &Tree) -> syn::Result<BTreeMap<String, (String, usize)>> {
    let mut declared = BTreeMap::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".rs") && path.contains("/src/")) {
        if text.contains("env = \"") && !NO_PRODUCT.iter().any(|folder| is_below(path, folder)) {
            let mut reader = Reader::default();
            reader.visit_file(&syn::parse_file(text)?);
            for (name, line) in reader.names {
                declared.entry(name).or_insert((path.to_owned(), line));
            }
        }
    }
    Ok(declared)
}

/// Names in documents that no program takes, and settings that no document names.
///
/// # Errors
/// A file that is not Rust.
pub fn settings(tree: &Tree) -> syn::Result<Vec<Finding>> {
    let declared = declared(tree)?;
    let (mut findings, mut documented) = (Vec::new(), BTreeSet::new());
    let is_read = |path: &str| {
        let is_document = DOCUMENTS.contains(&path) || FOLDERS.iter().any(|folder| is_below(path, folder));
        is_document && !EXCEPTIONS.iter().any(|folder| is_below(path, folder))
    };
    for (path, text) in tree.files().filter(|(path, _)| is_read(path)) {
        for (index, line) in text.lines().enumerate() {
            let names = names(line);
            for name in &names {
                let is_known = declared.contains_key(name) || FOREIGN.iter().any(|(foreign, _)| foreign == name);
                if !is_known {
                    let fact = format!("no program has a setting {name}");
                    findings.push(Finding::new(path, index + 1, fact, "write the name as `--help` does"));
                }
            }
            for ending in endings(line) {
                let known: Vec<_> =
                    meant(&names, &ending).into_iter().filter(|name| declared.contains_key(name)).collect();
                if known.is_empty() && !declared.keys().any(|name| name.ends_with(&format!("_{ending}"))) {
                    let fact = format!("no program has a setting …_{ending}");
                    findings.push(Finding::new(path, index + 1, fact, "write the name as `--help` does"));
                }
                documented.extend(known);
            }
            documented.extend(names);
        }
    }
    for (name, (file, line)) in declared.iter().filter(|(name, _)| !documented.contains(*name) && has_prefix(name)) {
        let remedy = "name it in the document about its subject, with its default and effect";
        findings.push(Finding::new(file, *line, format!("no document names {name}"), remedy));
    }
    Ok(findings)
}

fn has_prefix(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Names of settings in a line.
fn names(line: &str) -> Vec<String> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let is_name =
        |word: &&str| has_prefix(word) && !word.ends_with('_') && !word.bytes().any(|byte| byte.is_ascii_lowercase());
    words.filter(is_name).map(str::to_owned).collect()
}

/// Endings in a line: `REDIS_CA_FILE` of `…_REDIS_CA_FILE`.
fn endings(line: &str) -> Vec<String> {
    let rests = line.match_indices("…_").map(|(at, found)| &line[at + found.len()..]);
    let word = |rest: &str| {
        rest.chars()
            .take_while(|letter| letter.is_ascii_uppercase() || *letter == '_' || letter.is_ascii_digit())
            .collect::<String>()
    };
    rests.map(word).filter(|ending| !ending.is_empty()).collect()
}

/// Names that an ending may stand for: one for each service, and those that begin as a name before it.
fn meant(names: &[String], ending: &str) -> Vec<String> {
    let mut meant: Vec<String> = PREFIXES.iter().map(|prefix| format!("{prefix}{ending}")).collect();
    for name in names {
        let words: Vec<&str> = name.split('_').collect();
        meant.extend((1..=words.len()).map(|count| format!("{}_{ending}", words[..count].join("_"))));
    }
    meant
}

#[derive(Default)]
struct Reader {
    names: Vec<(String, usize)>,
}

impl Reader {
    /// Each `env = "…"` in the arguments of an attribute or a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for window in tokens.windows(3) {
            if let [TokenTree::Ident(key), TokenTree::Punct(_), TokenTree::Literal(value)] = window
                && key == "env"
            {
                self.names.push((value.to_string().trim_matches('"').to_owned(), value.span().start().line));
            }
        }
        for token in tokens {
            if let TokenTree::Group(group) = token {
                self.tokens(group.stream());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_test = matches!(item, Item::Mod(module) if is_for_tests(&module.attrs));
        if !is_test {
            visit::visit_item(self, item);
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: (&str, &str) = (
        "auth-service/src/config.rs",
        "struct S {\n    #[arg(long, env = \"AUTH_URL\")]\n    url: String,\n    #[arg(long, env = \"AUTH_URL_FILE\")]\n    file: String,\n}\n#[cfg(test)] mod tests { struct T { #[arg(env = \"AUTH_TEST\")] t: u8 } }",
    );

    fn found(document: &str) -> Vec<String> {
        let tree = Tree::of([SETTINGS, ("docs/running.md", document)]);
        settings(&tree)
            .expect("Rust")
            .into_iter()
            .map(|found| format!("{}:{}: {}", found.file, found.line, found.fact))
            .collect()
    }

    #[test]
    fn a_name_that_no_program_takes_is_reported() {
        let found = found("`AUTH_URL`, `…_FILE`\n`AUTH_ADDRESS`, `…_PORT`, `OTEL_SERVICE_NAME`, `AUTH_…`\n");
        let expected = [
            "docs/running.md:2: no program has a setting AUTH_ADDRESS",
            "docs/running.md:2: no program has a setting …_PORT",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_setting_that_no_document_names_is_reported() {
        assert_eq!(found("`AUTH_URL`"), ["auth-service/src/config.rs:4: no document names AUTH_URL_FILE"]);
        assert!(found("`AUTH_URL` or `AUTH_URL_FILE`").is_empty());
        let in_macro = ("auth-service/src/limits.rs", "limit_settings! { limits: env = \"AUTH_LIMITS\" }");
        let tree = Tree::of([in_macro, ("docs/running.md", "`AUTH_LIMITS`")]);
        assert!(settings(&tree).expect("Rust").is_empty());
    }
}
