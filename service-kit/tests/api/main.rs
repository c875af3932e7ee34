//! The kit over real sockets: a small service with a few endpoints, and bad servers for the client to meet.

mod arguments;
mod back_channel;
mod client;
mod connections;
mod frame;
mod healthcheck;
mod input;
mod limit_files;
mod limits;
mod metrics;
mod pages;
mod preconditions;
mod raw;
mod service;
mod tls;
mod trace_attribute;
