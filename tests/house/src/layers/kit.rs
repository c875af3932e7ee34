//! The layers of service-kit, each importing only those before it.

use crate::finding::Finding;
use crate::modules::Crate;

const KIT: &str = "service-kit/src";
const HERE: &str = "tests/house/src/layers/kit.rs";

/// Modules at the top of service-kit, lowest first. Modules of one layer may import each other, without a circle.
pub const LAYERS: [(&str, &[&str]); 5] = [
    ("base", &["base"]),
    ("telemetry", &["telemetry"]),
    ("client", &["client"]),
    ("database", &["database"]),
    ("server", &["server"]),
];

/// Imports of a higher layer, and modules without a layer.
pub fn kit(crates: &[Crate], layers: &[(&str, &[&str])]) -> Vec<Finding> {
    let level = |module: &str| layers.iter().position(|(_, modules)| modules.contains(&module));
    let mut findings = Vec::new();
    for found in crates.iter().filter(|found| found.folder == KIT) {
        for module in found.top().into_iter().filter(|module| level(module).is_none()) {
            let file = found.file(&[module.to_owned()]).unwrap_or(KIT);
            findings.push(Finding::new(file, 1, format!("{module} has no layer"), format!("name it in {HERE}")));
        }
        for used in found.uses() {
            let (Some(from), Some(to)) = (used.from.first(), used.to.first()) else { continue };
            if let (Some(own), Some(other)) = (level(from), level(to))
                && own < other
            {
                let fact = format!("{from} (layer {}) imports {to} (layer {})", layers[own].0, layers[other].0);
                let remedy = "move what is needed down, or pass it in as a function or a trait";
                findings.push(Finding::new(&used.place.file, used.place.line, fact, remedy));
            }
        }
    }
    findings.dedup_by(|one, other| (&one.file, &one.fact) == (&other.file, &other.fact));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn an_import_of_a_higher_layer_is_reported() {
        let tree = Tree::of([
            ("service-kit/src/lib.rs", "mod base; mod server;"),
            ("service-kit/src/base.rs", "\nuse crate::server::Server;"),
            ("service-kit/src/server.rs", "use crate::base::Clock;"),
        ]);
        let found = kit(&Crate::all(&tree).expect("Rust"), &LAYERS);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .to_string()
                .starts_with("service-kit/src/base.rs:2: base (layer base) imports server (layer server)")
        );
    }

    #[test]
    fn a_module_without_a_layer_is_reported() {
        let tree = Tree::of([("service-kit/src/lib.rs", "mod helpers;"), ("service-kit/src/helpers.rs", "")]);
        assert!(kit(&Crate::all(&tree).expect("Rust"), &LAYERS)[0].fact.contains("helpers has no layer"));
    }
}
