//! Films, genres and persons: the catalogue of the cinema and the service that answers for it.

pub mod domain;
pub mod storage;
