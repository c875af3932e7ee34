//! The kit over real sockets: a small service with a few endpoints, and faulty servers for the client.

mod arguments;
mod client;
mod connections;
mod cors;
mod documents;
mod external_client;
mod healthcheck;
mod input;
mod limit_files;
mod limits;
mod metrics;
mod pages;
mod preconditions;
mod raw;
mod request_middleware;
mod service;
mod tls;
mod trace_attribute;
