//! The file with roles of an installation.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use service_kit::settings::ConfigErrors;

use accounts::RoleDefinitions;

use super::bounded_file::read_file;

/// Settings of roles.
#[derive(Debug, Clone, Args)]
pub struct RoleSettings {
    /// File (TOML) with permissions and roles beside the built-in ones, written into the database by `migrate`. What a
    /// former file added and this one does not is withdrawn, and holders must refresh their tokens; without a file it
    /// stays [default: none].
    #[arg(long, global = true, env = "AUTH_ROLES_FILE")]
    pub roles_file: Option<PathBuf>,
}

impl RoleSettings {
    /// Reads the file.
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> Option<Arc<RoleDefinitions>> {
        let path = self.roles_file.as_deref().filter(|path| !path.as_os_str().is_empty())?;
        errors.take("AUTH_ROLES_FILE", read_file(path, RoleDefinitions::with_file).map(Arc::new).map(Some), None)
    }
}
