//! Helpers for the tests of all services. Only with feature `testing`.

mod authority;
mod bound_requests;
mod client;
mod clock;
mod contract;
mod contract_headers;
mod contract_request;
mod contract_schema;
mod database;
mod database_template;
mod hostile_requests;
mod hostile_values;
mod in_process;
mod published_schema;
mod seen_codes;
mod variants;
mod wait;

pub use authority::PrivateAuthority;
pub use bound_requests::{BoundRequest, bound_requests};
pub use client::{TestClient, TestReply, TestRequest};
pub use clock::ManualClock;
pub use database::TestDatabase;
pub use database_template::TestTemplate;
pub use hostile_requests::{HostileRequest, hostile_requests};
pub use hostile_values::hostile_texts;
pub use in_process::{InProcessRequest, InProcessService};
pub use published_schema::{PublishedSchema, form_fields, published_operation_takes};
pub use seen_codes::{note_page, note_problem};
pub use variants::{Samples, Variant};
pub use wait::eventually;
