//! Inside a service: endpoints and pages → flows → storage → domain.

use crate::finding::Finding;
use crate::modules::Crate;

/// Crates with these layers: the services, and what they have moved into a crate with the same layers.
pub const LAYERED: [&str; 4] =
    ["auth-service/src", "auth-service/account-partitions/src", "captcha-service/src", "movies-api/src"];

/// Crates that are one layer of their service, with its name. Entities are private to them.
pub const ONE_LAYER: [(&str, &str); 3] = [
    ("auth-service/accounts/src", "domain"),
    ("auth-service/account-storage/src", "storage"),
    ("auth-service/account-flows/src", "flows"),
];

/// Names that the modules of one layer must not use.
struct Rule {
    /// Modules at the top of a service.
    modules: &'static [&'static str],
    /// Modules of the same crate.
    own: &'static [&'static str],
    /// Other crates, and names of them.
    foreign: &'static [&'static str],
    /// The remedy.
    remedy: &'static str,
}

/// Modules above the rules of several steps.
const ABOVE_FLOWS: [&str; 11] =
    ["endpoints", "pages", "extract", "routes", "app", "error", "problems", "state", "config", "commands", "limits"];
/// Frameworks that answer requests, and the part of service-kit that does so.
const HTTP: [&str; 10] = [
    "actix_web",
    "actix_http",
    "http",
    "askama",
    "service_kit::server",
    "service_kit::ApiError",
    "service_kit::Input",
    "service_kit::Limits",
    "service_kit::Routes",
    "service_kit::SubjectLimits",
];

const RULES: [Rule; 3] = [
    Rule {
        modules: &["domain"],
        own: &[
            "endpoints",
            "pages",
            "extract",
            "routes",
            "app",
            "error",
            "problems",
            "flows",
            "state",
            "storage",
            "stores",
            "clients",
            "config",
            "commands",
        ],
        foreign: &[
            "actix_web",
            "actix_http",
            "sea_orm",
            "sea_orm_migration",
            "sqlx",
            "reqwest",
            "clap",
            "lettre",
            "askama",
            "deadpool_redis",
        ],
        remedy: "domain has types and pure rules: let the caller do what needs a framework, and pass the result in",
    },
    Rule {
        modules: &["storage", "stores"],
        own: &["endpoints", "pages", "extract", "routes", "app", "error", "problems", "flows", "state"],
        foreign: &HTTP,
        remedy: "storage knows domain only: move the type into domain, or the rule into flows",
    },
    Rule {
        modules: &["flows"],
        own: &ABOVE_FLOWS,
        foreign: &HTTP,
        remedy: "flows know no HTTP: let the endpoint read the request and write the response, and take what you need",
    },
];

/// Imports against the layers of a service, and entities that are named outside storage.
pub fn services(crates: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for found in crates {
        let whole = ONE_LAYER.iter().find(|(folder, _)| *folder == found.folder).map(|(_, layer)| *layer);
        if whole.is_none() && !LAYERED.contains(&found.folder.as_str()) {
            continue;
        }
        let foreign = found.foreign().into_iter().map(|used| (used.from, used.to.join("::"), false, used.place));
        let own = found.uses().into_iter().filter_map(|used| {
            let is_entity = used.to.iter().any(|module| module == "entities" || module == "entity");
            if is_entity && whole.is_none() && used.from.first() != used.to.first() {
                let remedy = "entities never leave storage: return a type of domain";
                findings.push(Finding::new(
                    &used.place.file,
                    used.place.line,
                    format!("{} is named outside storage", used.to.join("::")),
                    remedy,
                ));
            }
            Some((used.from, used.to.into_iter().next()?, true, used.place))
        });
        let own: Vec<_> = own.collect();
        for (from, to, is_own, place) in foreign.chain(own) {
            let Some(top) = from.first() else { continue };
            let Some(rule) = rule_of(whole, top) else { continue };
            let forbidden = if is_own { rule.own } else { rule.foreign };
            if let Some(name) = forbidden.iter().find(|name| begins_with(&to, name)) {
                findings.push(Finding::new(&place.file, place.line, format!("{top} imports {name}"), rule.remedy));
            }
        }
    }
    findings.sort();
    findings.dedup_by(|one, other| (&one.file, &one.fact) == (&other.file, &other.fact));
    findings
}

/// The rule for a module at the top. In a crate that is one layer, modules above flows are above the layer.
fn rule_of(whole: Option<&str>, top: &str) -> Option<&'static Rule> {
    let layer = match whole {
        Some(_) if ABOVE_FLOWS.contains(&top) => return None,
        Some(layer) => layer,
        None => top,
    };
    RULES.iter().find(|rule| rule.modules.contains(&layer))
}

/// `true` when `path` is `name` or a name in it.
fn begins_with(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn found<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        services(&Crate::all(&Tree::of(files)).expect("Rust")).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_framework_in_domain_and_http_in_flows_are_reported() {
        let found = found([
            ("movies-api/src/lib.rs", "mod domain; mod flows; mod endpoints;"),
            ("movies-api/src/domain.rs", "use sea_orm::DbErr;"),
            (
                "movies-api/src/flows.rs",
                "\n\nuse actix_web::HttpRequest; use crate::endpoints::Reply; use service_kit::{server::Run, Clock};",
            ),
            ("movies-api/src/endpoints.rs", "use actix_web::HttpRequest; use crate::flows::run;"),
        ]);
        let starts: Vec<_> = found.iter().filter_map(|found| found.lines().next()).collect();
        assert_eq!(
            starts,
            [
                "movies-api/src/domain.rs:1: domain imports sea_orm",
                "movies-api/src/flows.rs:3: flows imports actix_web",
                "movies-api/src/flows.rs:3: flows imports endpoints",
                "movies-api/src/flows.rs:3: flows imports service_kit::server",
            ]
        );
    }

    #[test]
    fn a_crate_that_is_one_layer_keeps_its_rule() {
        let found = found([
            ("auth-service/account-storage/src/lib.rs", "mod entities; mod users; pub mod problems;"),
            ("auth-service/account-storage/src/entities.rs", "use sea_orm::entity::prelude::*;"),
            (
                "auth-service/account-storage/src/users.rs",
                "use crate::entities::User;\nuse service_kit::ApiError; use crate::problems::token_invalid;",
            ),
            ("auth-service/account-storage/src/problems.rs", "use service_kit::ApiError; use crate::users::Users;"),
            ("auth-service/accounts/src/lib.rs", "mod email;"),
            ("auth-service/accounts/src/email.rs", "use sea_orm::DbErr;"),
        ]);
        let starts: Vec<_> = found.iter().filter_map(|found| found.lines().next()).collect();
        assert_eq!(
            starts,
            [
                "auth-service/account-storage/src/users.rs:2: users imports problems",
                "auth-service/account-storage/src/users.rs:2: users imports service_kit::ApiError",
                "auth-service/accounts/src/email.rs:1: email imports sea_orm",
            ]
        );
    }

    #[test]
    fn an_entity_outside_storage_is_reported() {
        let found = found([
            ("auth-service/src/lib.rs", "mod storage; mod flows;"),
            ("auth-service/src/storage/mod.rs", "pub mod entities; mod users;"),
            ("auth-service/src/storage/users.rs", "use super::entities::user;"),
            ("auth-service/src/storage/entities/mod.rs", "pub mod user;"),
            ("auth-service/src/storage/entities/user.rs", "use sea_orm::entity::prelude::*;"),
            ("auth-service/src/flows.rs", "use crate::storage::entities::user;"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("auth-service/src/flows.rs:1: storage::entities::user is named outside storage"));
    }
}
