//! Crates depend on lower ones only: contracts and limiter-lib, then service-kit, then the inner crates of services,
//! then services, then what starts them. Services meet over HTTP.

use crate::finding::Finding;
use crate::manifests::{Member, members};
use crate::tree::{Tree, is_below};

/// Crates without a service's word in them, lowest first; crates of one line know nothing of each other.
const FOUNDATION: [&[&str]; 3] =
    [&["contracts", "limiter-lib"], &["service-kit/macros", "service-kit/api-page"], &["service-kit"]];
/// Folders of services. Crates in folders below them are theirs.
const SERVICES: [&str; 3] = ["auth-service", "captcha-service", "movies-api"];
/// Crates that several services share.
const SHARED: [&str; 1] = ["token-verifier"];
/// Folders of programs that start services, and of tests: they may depend on everything.
const TOP: [&str; 4] = ["standalone", "tests", "bench", "dev"];
/// Packages with a lock file of their own.
const OUTSIDE: [&str; 1] = ["limiter-lib/bench"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Layer {
    Foundation(usize),
    Shared,
    Inner,
    Service,
    Top,
}

fn layer(folder: &str) -> Option<Layer> {
    let in_folder = |of: &&str| folder == *of || is_below(folder, of);
    if let Some(level) = FOUNDATION.iter().position(|crates| crates.contains(&folder)) {
        Some(Layer::Foundation(level))
    } else if SHARED.contains(&folder) {
        Some(Layer::Shared)
    } else if SERVICES.contains(&folder) {
        Some(Layer::Service)
    } else if SERVICES.iter().any(|service| is_below(folder, service)) {
        Some(Layer::Inner)
    } else if TOP.iter().any(in_folder) {
        Some(Layer::Top)
    } else {
        None
    }
}

/// Dependencies against the layers, and members without a layer.
///
/// # Errors
/// A manifest that is not TOML.
pub fn crates(tree: &Tree) -> Result<Vec<Finding>, toml::de::Error> {
    let members = members(tree)?;
    let mut findings = Vec::new();
    for member in members.values().filter(|member| !OUTSIDE.contains(&member.folder.as_str())) {
        let Some(own) = layer(&member.folder) else {
            let remedy = "name its folder in tests/house/src/layers/crates.rs";
            findings.push(Finding::new(&member.manifest, 1, format!("{} has no layer", member.name), remedy));
            continue;
        };
        for (name, line) in &member.dependencies {
            let Some(other) = members.get(name) else { continue };
            if let (Some(below), Some(remedy)) = (layer(&other.folder), refusal(member, own, other)) {
                let fact = format!("{} ({own:?}) depends on {name} ({below:?})", member.name);
                findings.push(Finding::new(&member.manifest, *line, fact, remedy));
            }
        }
    }
    Ok(findings)
}

/// The remedy for a dependency that is not allowed.
fn refusal(member: &Member, own: Layer, other: &Member) -> Option<&'static str> {
    let below = layer(&other.folder)?;
    let service = |member: &Member| {
        SERVICES.iter().find(|service| member.folder == **service || is_below(&member.folder, service)).copied()
    };
    match (own, below) {
        (Layer::Top, _) => None,
        (Layer::Service, Layer::Service) => Some("services meet over HTTP: call it by its endpoint in contracts"),
        (_, Layer::Inner | Layer::Service) if service(member) != service(other) => {
            Some("services meet over HTTP; what two of them share is a crate of its own beside them")
        }
        (Layer::Inner, Layer::Inner) => None,
        (Layer::Shared, Layer::Shared) => None,
        _ if below < own => None,
        _ => Some("move what is needed into a lower crate, or pass it in"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependency: &str) -> String {
        format!("[package]\nname = \"{name}\"\n\n[dependencies]\n{dependency}.workspace = true\n")
    }

    fn found(files: &[(&str, &str, &str)]) -> Vec<String> {
        let mut tree = Tree::default();
        for (folder, name, dependency) in files {
            tree.insert(&format!("{folder}/Cargo.toml"), &manifest(name, dependency));
        }
        crates(&tree).expect("TOML").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_service_that_depends_on_another_service_or_its_crates_is_reported() {
        let auth = ("auth-service", "auth-service", "service-kit");
        let mailer = ("auth-service/mailer", "mailer", "service-kit");
        let found_services = found(&[auth, ("movies-api", "movies-api", "auth-service")]);
        assert_eq!(found_services.len(), 1);
        assert!(
            found_services[0]
                .starts_with("movies-api/Cargo.toml:5: movies-api (Service) depends on auth-service (Service)")
        );
        assert_eq!(found(&[mailer, ("movies-api", "movies-api", "mailer")]).len(), 1);
        assert!(found(&[mailer, ("auth-service", "auth-service", "mailer")]).is_empty());
    }

    #[test]
    fn a_dependency_upwards_is_reported() {
        assert_eq!(
            found(&[("contracts", "contracts", "service-kit"), ("service-kit", "service-kit", "serde")]).len(),
            1
        );
        assert_eq!(
            found(&[("contracts", "contracts", "limiter-lib"), ("limiter-lib", "limiter-lib", "serde")]).len(),
            1
        );
        assert!(found(&[("contracts", "contracts", "serde"), ("service-kit", "service-kit", "contracts")]).is_empty());
        assert!(found(&[("auth-service", "auth-service", "serde"), ("tests", "tests", "auth-service")]).is_empty());
    }

    #[test]
    fn a_dependency_of_one_platform_is_reported() {
        let mut tree = Tree::default();
        let dependency = "[target.'cfg(unix)'.dependencies]\nservice-kit.workspace = true\n";
        tree.insert("contracts/Cargo.toml", &format!("[package]\nname = \"contracts\"\n\n{dependency}"));
        tree.insert("service-kit/Cargo.toml", &manifest("service-kit", "serde"));
        let found = crates(&tree).expect("TOML");
        assert_eq!((found.len(), found[0].line), (1, 5), "{found:?}");
    }

    #[test]
    fn a_member_without_a_layer_is_reported() {
        assert!(found(&[("somewhere", "somewhere", "serde")])[0].contains("somewhere has no layer"));
    }
}
