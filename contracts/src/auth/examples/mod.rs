//! Examples of all endpoints of auth-service.

mod accounts;
mod addresses;
mod administration;
mod clients;
mod export;
mod roles;
mod sessions;
mod social;
mod trust;
