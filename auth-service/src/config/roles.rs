//! The file with roles of an installation.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use service_kit::settings::ConfigErrors;

use accounts::RoleDefinitions;

/// Maximum size of the file, in bytes.
const MAX_FILE: u64 = 1 << 20;

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
        errors.take("AUTH_ROLES_FILE", read(path).map(Arc::new).map(Some), None)
    }
}

fn read(path: &Path) -> Result<RoleDefinitions, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let size = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > MAX_FILE {
        return Err(failed(&format!("larger than {MAX_FILE} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    RoleDefinitions::with_file(&text).map_err(|error| failed(&error))
}
