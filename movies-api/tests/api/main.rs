//! movies-api over HTTP: one test binary, laid out like `src/endpoints`. Runs on SQLite, and on PostgreSQL when
//! `TEST_POSTGRES_URL` names a server.

mod access;
mod app;
mod auth_down;
mod auth_stand_in;
mod bounds;
mod breaker;
mod broken_bodies;
mod caching;
mod codes;
mod commands;
mod cors;
mod database_down;
mod degraded;
mod editors_only;
mod films;
mod genres;
mod hostile_values;
mod languages;
mod limits;
mod persons;
mod published_introspection;
mod responses;
mod routes;
mod status;
mod viewer;
