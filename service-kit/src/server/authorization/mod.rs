//! The `Authorization` header of a request (RFC 9110 §11.6.2): service clients by HTTP Basic, access tokens by Bearer.

mod bearer;
mod header;
mod service_caller;
mod service_clients;

pub use bearer::{InvalidBearer, bearer_token};
pub use service_caller::ServiceCaller;
pub use service_clients::ServiceClients;
