//! The files with OAuth clients of an installation, and with what their tokens are for.

use std::path::{Path, PathBuf};

use clap::Args;
use oauth_clients::{Client, Resources, read_clients, read_resources};
use service_kit::settings::{ClientSecret, ConfigErrors};

use super::EMBEDDED_CLIENT;
use super::bounded_file::read_file;

/// Settings of OAuth clients.
#[derive(Debug, Clone, Args)]
pub struct ClientSettings {
    /// File (TOML) with OAuth clients beside the built-in `marquee`, read at the start: a table `clients.ID` each, with
    /// `kind` (`public`, `confidential`), `grants`, `resources`, `names` (`en`, `ru`), `first_party` and `redirect_uris` for
    /// grant `authorization_code`, of public ones `origins`, and of confidential ones `secrets` (one or two of `sha256` and
    /// `until`) [default: none].
    #[arg(long, global = true, env = "AUTH_CLIENTS_FILE")]
    pub clients_file: Option<PathBuf>,
    /// File (TOML) with what access tokens are for (RFC 8707), read at the start: a table `resources.NAME` each, with
    /// `services`, the service clients that may introspect its tokens; `default` lists the resources of tokens for which
    /// none was asked for. With it, the API of accounts takes tokens for the issuer alone [default: none, all tokens are
    /// for `marquee`].
    #[arg(long, global = true, env = "AUTH_RESOURCES_FILE")]
    pub resources_file: Option<PathBuf>,
}

impl ClientSettings {
    /// Reads both files. Clients may name no resources but those of the other file.
    pub(super) fn read(
        &self,
        issuer: &str,
        services: Option<&[ClientSecret]>,
        errors: &mut ConfigErrors,
    ) -> (Vec<Client>, Resources) {
        let resources = match named(self.resources_file.as_deref()) {
            Some(path) => {
                let read = read_file(path, |text| read_resources(text, issuer));
                errors.take("AUTH_RESOURCES_FILE", read, Resources::default())
            }
            None => Resources::default(),
        };
        let is_known = |id: &str| match services {
            Some(services) => services.iter().any(|service| service.id == id),
            None => id == EMBEDDED_CLIENT,
        };
        if let Some(unknown) = resources.services().find(|id| !is_known(id)) {
            let reason = format!("{unknown:?} is no service client of AUTH_SERVICE_CLIENTS");
            errors.take::<(), _>("AUTH_RESOURCES_FILE", Err(reason), ());
        }
        let clients = match named(self.clients_file.as_deref()) {
            Some(path) => errors.take("AUTH_CLIENTS_FILE", read_file(path, read_clients), Vec::new()),
            None => Vec::new(),
        };
        for client in &clients {
            let known = resources.check(&client.definition.resources);
            errors.take("AUTH_CLIENTS_FILE", known.map_err(|error| format!("clients.{}: {error}", client.id)), ());
        }
        (clients, resources)
    }
}

fn named(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !path.as_os_str().is_empty())
}
