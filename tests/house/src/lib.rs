//! Rules of the house that no compiler checks. Each is a function over a [`Tree`](tree::Tree) of files and returns
//! [findings](finding::Finding) with place, fact and remedy; `tests/tree.rs` holds the real tree to all of them.
//!
//! | rule | module |
//! |---|---|
//! | no circle between modules | [`circles`] |
//! | imports follow the layers: crates, service-kit, services | [`layers`] |
//! | settings in documents = settings of the programs | [`settings`] |
//! | named make targets exist and are documented | [`make_targets`] |
//! | links and quoted paths lead somewhere | [`links`] |
//! | no crate over 10,000 lines of product code | [`size`] |
//! | one version of Rust | [`toolchain`] |
//! | licences, sources and versions of packages | [`packages`] |
//! | tests do not sleep | [`sleeps`] |
//! | no private key, no credential | [`secrets`] |

pub mod circles;
pub mod finding;
pub mod layers;
pub mod links;
pub mod make_targets;
mod manifests;
mod markdown;
pub mod modules;
pub mod packages;
pub mod secrets;
pub mod settings;
pub mod size;
pub mod sleeps;
mod source;
pub mod toolchain;
pub mod tree;
