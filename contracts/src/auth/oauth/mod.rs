//! OAuth 2.0: tokens for clients, and what services and proxies ask about them.

mod devices;
mod introspection;
mod keys;
mod metadata;
mod proxies;
mod tokens;
mod userinfo;

pub use devices::*;
pub use introspection::*;
pub use keys::*;
pub use metadata::*;
pub use proxies::*;
pub use tokens::*;
pub use userinfo::*;
