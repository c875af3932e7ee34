//! Films, genres and persons: the catalogue of the cinema and its service.

pub mod app;
pub mod clients;
pub mod commands;
pub mod config;
pub mod domain;
pub mod endpoints;
pub mod error;
pub mod extract;
pub mod feed;
pub mod flows;
pub mod import;
pub mod index;
pub mod limits;
mod prepare;
pub mod routes;
pub mod search_pool;
pub mod state;
pub mod storage;
