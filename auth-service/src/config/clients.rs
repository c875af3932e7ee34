//! The file with OAuth clients of an installation.

use std::path::PathBuf;

use clap::Args;
use oauth_clients::{Client, read_clients};
use service_kit::settings::ConfigErrors;

use super::bounded_file::read_file;

/// Settings of OAuth clients.
#[derive(Debug, Clone, Args)]
pub struct ClientSettings {
    /// File (TOML) with OAuth clients beside the built-in `marquee`, read at the start: a table `clients.ID` each, with
    /// `kind` (`public`, `confidential`), `grants`, of public ones `origins`, and of confidential ones `secrets` (one or two
    /// of `sha256` and `until`) [default: none].
    #[arg(long, global = true, env = "AUTH_CLIENTS_FILE")]
    pub clients_file: Option<PathBuf>,
}

impl ClientSettings {
    /// Reads the file.
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> Vec<Client> {
        match self.clients_file.as_deref().filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => errors.take("AUTH_CLIENTS_FILE", read_file(path, read_clients), Vec::new()),
            None => Vec::new(),
        }
    }
}
