//! The `Authorization` header of a request (RFC 9110 §11.6.2): service clients by HTTP Basic, access tokens by Bearer;
//! and the permission that an endpoint requires.

mod basic;
mod bearer;
mod header;
mod permission;
mod service_caller;
mod service_clients;

pub use basic::{BasicCredentials, OptionalBasic, client_rejected};
pub use bearer::{InvalidBearer, bearer_token};
pub use permission::{permission_missing, required_permission};
pub use service_caller::ServiceCaller;
pub use service_clients::ServiceClients;
