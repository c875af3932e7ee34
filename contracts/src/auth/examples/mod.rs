//! Examples of all endpoints of auth-service.

mod accounts;
mod administration;
mod sessions;
mod social;
mod trust;
