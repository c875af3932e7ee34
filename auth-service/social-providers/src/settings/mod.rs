//! Settings of social providers. A provider is enabled when its application has an id.

mod args;
mod check;

pub use args::ProviderArgs;
