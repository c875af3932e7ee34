//! Examples of all endpoints of auth-service.

mod accounts;
mod sessions;
mod social;
mod trust;
