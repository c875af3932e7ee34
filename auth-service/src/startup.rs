//! Parts that the settings name, opened or built at the start: data folder, keys, mail transport, clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bot_filter::{CaptchaClient, CaptchaClientSettings, CaptchaScreening, OutcomeQueue};
use credentials::keys::{AHEAD, KeyError, KeyFolder, KeyStore, Rotation};
use mailer::{MailDefaults, MailFolder, MailTransport};
use secrecy::{ExposeSecret, SecretString};
use service_kit::database::DatabaseError;
use service_kit::files::private_folder;
use service_kit::io_error::{IoError, io};
use service_kit::settings::ClientSecret;
use service_kit::{Clock, Limits};
use social_providers::ProvidersError;
use token_verifier::TokenAlgorithm;

use crate::config::{CaptchaConfig, Config, EMBEDDED_CLIENT};

/// Start-up failure.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// I/O error.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The database cannot be opened or migrated.
    #[error("the account database cannot be used")]
    Storage(#[from] DatabaseError),
    /// The keys cannot be read or made, or none can sign now.
    #[error("the keys cannot be used")]
    Keys(#[from] KeyError),
    /// No HTTP client for social providers can be built, or an address of one is invalid.
    #[error("social providers cannot be set up")]
    Providers(#[from] ProvidersError),
    /// No HTTP client for captcha-service can be built.
    #[error("captcha-service cannot be called")]
    Captcha(#[from] reqwest::Error),
    /// The key of refresh tokens is missing. Replicas must share it, so none is generated here.
    #[error("there is no refresh.key in {0}; make one with `auth-service create-key`")]
    NoRefreshKey(String),
    /// An OAuth client is in the file and in the database.
    #[error(
        "the OAuth client {0} is in AUTH_CLIENTS_FILE and in the database; remove it from the file, or delete it over the API"
    )]
    ClientTwice(String),
}

/// Creates the data folder of an embedded installation, readable by its owner only.
pub(crate) fn create_data_folder(config: &Config) -> Result<(), StartError> {
    if !config.is_embedded() {
        return Ok(());
    }
    let what = format!("cannot make the data folder {}", config.data_dir.display());
    Ok(private_folder(&config.data_dir).map_err(io(what))?)
}

/// Opens the key folder. An embedded installation generates missing keys. On servers a missing key is an error: a
/// replica that generated its own would sign tokens that the others reject.
pub(crate) fn open_keys(config: &Config, clock: &Arc<dyn Clock>) -> Result<(KeyStore, SecretString), StartError> {
    let folder = KeyFolder::new(&config.key_dir);
    if config.is_embedded() && folder.read()?.signing(clock.now()).is_none() {
        let path = folder.create(TokenAlgorithm::DEFAULT, clock.now())?;
        tracing::info!(file = %path.display(), "generated the first signing key");
    }
    if !config.is_embedded() && !folder.has_refresh_key() {
        return Err(StartError::NoRefreshKey(config.key_dir.display().to_string()));
    }
    let refresh_key = folder.refresh_key_or_new()?;
    let policy = config.key_rotation(AHEAD);
    let rotation = if config.is_embedded() { Rotation::Own(policy) } else { Rotation::Foreign(policy) };
    let keys = KeyStore::open(folder, rotation, Arc::clone(clock))?;
    keys.check()?;
    Ok((keys, refresh_key))
}

/// Mail transport and the defaults of all mails.
pub(crate) fn build_mail_transport(config: &Config) -> (MailTransport, MailDefaults) {
    let transport = match &config.mails.relay {
        Some(relay) => {
            tracing::info!(host = relay.host, port = i64::from(relay.port), "mails go to a mail server");
            MailTransport::Smtp(relay.clone())
        }
        None => {
            let folder = MailFolder::new(config.data_dir.join("mails"));
            tracing::info!(folder = %folder.path().display(), "no mail server is set; mails become files");
            MailTransport::Folder(folder)
        }
    };
    (transport, MailDefaults { from: config.mails.from.clone(), account: format!("{}/account", config.issuer) })
}

/// Registered clients. An embedded installation has one, movies-api; both read its secret from the data folder.
pub(crate) fn service_clients(config: &Config) -> Result<Vec<ClientSecret>, StartError> {
    match &config.service_clients {
        Some(clients) => Ok(clients.clone()),
        None if config.is_embedded() => {
            let secret = local_secret(&config.embedded_client_secret())?;
            Ok(vec![ClientSecret { id: EMBEDDED_CLIENT.into(), secret }])
        }
        None => Ok(Vec::new()),
    }
}

/// Screening by captcha-service, as the settings have it. An embedded installation reads the secrets that
/// captcha-service finds in the same data folder.
pub(crate) fn build_captcha_screening(
    config: &Config,
    key: &SecretString,
    limits: &Limits,
) -> Result<Option<(CaptchaScreening, OutcomeQueue)>, StartError> {
    let Some(CaptchaConfig { url, page_url, site_secret, client_id, client_secret, timeout }) = config.captcha.clone()
    else {
        return Ok(None);
    };
    tracing::info!(%url, "requests that look like bots need a captcha");
    let or_local = |secret: Option<SecretString>, path: PathBuf| secret.map_or_else(|| local_secret(&path), Ok);
    let client = CaptchaClient::new(CaptchaClientSettings {
        url,
        client_id,
        client_secret: or_local(client_secret, config.embedded_captcha_client_secret())?,
        site_secret: or_local(site_secret, config.embedded_captcha_secret())?,
        timeout,
    })?;
    Ok(Some(CaptchaScreening::new(client, page_url, key.expose_secret().as_bytes(), limits.limiter())))
}

fn local_secret(path: &Path) -> Result<SecretString, IoError> {
    service_kit::settings::local_secret(path).map_err(io(format!("cannot read or make {}", path.display())))
}
