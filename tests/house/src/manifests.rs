//! The manifests of the workspace's members.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::tree::{Tree, folder_of};

/// A member of the workspace.
#[derive(Debug)]
pub struct Member {
    /// Name of the package.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// Path of its manifest.
    pub manifest: String,
    /// Names of the packages that the product depends on, with their lines; those of tests are left out.
    pub dependencies: BTreeMap<String, usize>,
}

/// All packages with a manifest in the tree, by their names.
///
/// # Errors
/// A manifest that is not TOML.
pub fn members(tree: &Tree) -> Result<BTreeMap<String, Member>, toml::de::Error> {
    let mut members = BTreeMap::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let manifest: Table = toml::from_str(text)?;
        let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let Some(name) = name else { continue };
        let dependencies =
            tables(&manifest).into_iter().flat_map(Table::keys).map(|key| (key.clone(), line_of(text, key))).collect();
        let folder = folder_of(path).to_owned();
        let member = Member { name: name.to_owned(), folder, manifest: path.to_owned(), dependencies };
        members.insert(name.to_owned(), member);
    }
    Ok(members)
}

/// Tables of what the product depends on, on every platform.
fn tables(manifest: &Table) -> Vec<&Table> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let owners = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    let named = owners.flat_map(|owner| ["dependencies", "build-dependencies"].map(|name| owner.get(name)));
    named.flatten().filter_map(Value::as_table).collect()
}

fn line_of(text: &str, key: &str) -> usize {
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    text.lines().position(is_key).map_or(1, |index| index + 1)
}
