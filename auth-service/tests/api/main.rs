//! auth-service over HTTP: one test binary, laid out like `src/endpoints`.

mod app;
mod forged_tokens;
mod health;
mod oauth;
mod replicas;
mod requests;
mod roles;
mod sessions;
mod storage_away;
mod users;
