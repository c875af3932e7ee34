//! Imports follow the layers: between crates, inside service-kit, inside each service.

pub mod crates;
pub mod kit;
pub mod services;
