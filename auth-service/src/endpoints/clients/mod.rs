//! OAuth clients, as administrators define them.

mod convert;
mod create_client;
mod delete_client;
mod list_clients;
mod rotate_client_secret;
mod update_client;

pub use create_client::create_client;
pub use delete_client::delete_client;
pub use list_clients::list_clients;
pub use rotate_client_secret::rotate_client_secret;
pub use update_client::update_client;
