//! Social providers: the settings of them. A provider exists when its application has an id.

mod args;
mod check;

pub use args::ProviderArgs;
