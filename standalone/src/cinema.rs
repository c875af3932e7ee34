//! Starts the services in order, prints their addresses, and stops them.

use std::cell::Cell;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use account_flows::{EnsureAdminError, NewAdmin};
use accounts::{AuditContext, Email};
use anyhow::Context;
use auth_service::state::AppState;
use captcha_service::steady_clock::SteadyClock;
use mailer::MailTexts;
use service_kit::server::healthcheck::{self, HealthcheckArgs};
use service_kit::{SystemClock, server};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::settings::{Captcha, Settings};

/// Maximum wait for the first catalogue before the greeting is printed without it.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// Delay between the stops of a service and of the one that it calls: its last requests are still served.
const STOP_STAGGER: Duration = Duration::from_millis(500);

/// Pause between attempts to create the first administrator while the database is unavailable.
const ADMIN_PAUSE: Duration = Duration::from_secs(2);

/// Runs until a stop signal; `texts` are those of mails.
///
/// # Errors
/// When a setting is invalid, an address is in use or the data folder cannot be used.
pub async fn run(settings: Settings, texts: MailTexts) -> anyhow::Result<()> {
    let captcha = match settings.captcha()? {
        Some(config) => Some(captcha_service::app::build(config, SteadyClock::shared())?.start()?),
        None => None,
    };
    let captcha_address = captcha.as_ref().map(|captcha| loopback(captcha.address()));
    let auth = auth_service::app::build(settings.auth(captcha_address)?, SystemClock::shared()).await?;
    let auth = auth.start(texts)?;
    let movies = settings.movies(loopback(auth.address()))?;
    let movies = movies_api::app::build(movies, SystemClock::shared()).await?.start()?;
    let mut admin_task = None;
    let first_admin = FirstAdmin::new()?;
    match first_admin.ensure(auth.state()).await {
        Err(error) if error.is_unavailable() => {
            tracing::warn!(%error, "the account database cannot be written yet; films are served without it");
            admin_task = Some(actix_web::rt::spawn(create_admin_when_writable(first_admin, Arc::clone(auth.state()))));
        }
        created => created.map(drop)?,
    }
    let started = tokio::time::Instant::now();
    while movies.state().catalogue.newest().is_none() && started.elapsed() < GREETING_TIMEOUT {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server::listen_for_signals()?;
    if let Err(error) = greet(&settings, auth.address(), &movies.url(), captcha_address) {
        tracing::warn!(%error, "the addresses of the cinema cannot be printed");
    }
    server::stop_requested().await?;
    if let Some(task) = admin_task {
        task.abort();
    }
    // Concurrently, so that slow clients of one server do not delay the others.
    let (movies_stopping, movies_stopped) = oneshot::channel::<()>();
    let (auth_stopping, auth_stopped) = oneshot::channel::<()>();
    let movies = async {
        let stopped = movies.stop().await;
        drop(movies_stopping);
        stopped
    };
    let auth = async {
        let _ = timeout(STOP_STAGGER, movies_stopped).await;
        let stopped = auth.stop().await;
        drop(auth_stopping);
        stopped
    };
    let captcha = async {
        let _ = timeout(2 * STOP_STAGGER, auth_stopped).await;
        match captcha {
            Some(captcha) => captcha.stop().await,
            None => Ok(()),
        }
    };
    let (movies, auth, captcha) = tokio::join!(movies, auth, captcha);
    movies?;
    auth?;
    Ok(captcha?)
}

/// Checks the health of each service of the cinema that runs on this machine.
///
/// # Errors
/// When one of them is unhealthy.
pub async fn healthcheck(settings: &Settings, args: HealthcheckArgs) -> anyhow::Result<()> {
    let captcha = (settings.captcha == Captcha::On).then_some(settings.captcha_listen);
    for listen in [Some(settings.auth_listen), Some(settings.movies_listen), captcha].into_iter().flatten() {
        healthcheck::check(&listen.to_string(), args).await?;
    }
    Ok(())
}

/// Sets a new password for the administrator created by the first start, also while the cinema runs. Prints it before
/// it is set.
///
/// # Errors
/// When there is no such account yet, or the password cannot be printed: then the old one stays.
pub async fn reset_admin_password(settings: &Settings) -> anyhow::Result<()> {
    let email = Email::parse(account_flows::FIRST_ADMIN)?;
    let auth = auth_service::app::build(settings.auth(None)?, SystemClock::shared()).await?;
    let store = &auth.state().store;
    let user = store.find_user_key_by_email(&email).await?;
    user.with_context(|| format!("there is no account {}; the next start makes one", email.as_str()))?;
    let password = account_flows::random_password().context("there are no random bytes for a password")?;
    let admin = NewAdmin { email: email.clone(), password };
    show_admin(&admin).context("the password could not be shown; it stays as it was")?;
    let context = AuditContext::of_command("cinema", None, auth.state().now());
    auth.state().passwords.reset(&email, admin.password, &context).await?;
    store.close().await;
    Ok(())
}

/// Address to call: loopback for a server on all addresses.
fn loopback(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Prints the first administrator's password, before the account is created.
fn show_admin(admin: &NewAdmin) -> std::io::Result<()> {
    let NewAdmin { email, password } = admin;
    let mut out = std::io::stdout().lock();
    writeln!(out, "  administrator  {}", email.as_str())?;
    writeln!(out, "  password       {}   (shown only this once)\n", password.expose())?;
    out.flush()
}

fn greet(settings: &Settings, auth: SocketAddr, movies: &str, captcha: Option<SocketAddr>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "The cinema is open.\n")?;
    writeln!(out, "  films     {movies}/api/v1/films")?;
    writeln!(out, "  search    {movies}/api/v1/films/search?query=matrx")?;
    writeln!(out, "  status    {movies}/api/v1/status")?;
    writeln!(out, "  accounts  http://{auth}/account")?;
    if let Some(captcha) = captcha {
        writeln!(out, "  captcha   http://{captcha}/tv?action=other")?;
    }
    writeln!(out, "  data      {}", settings.data_dir.display())?;
    writeln!(out, "\nCtrl-C closes it.")?;
    out.flush()
}

/// The first administrator. The password is printed once, however many attempts it takes to create the account.
struct FirstAdmin {
    admin: NewAdmin,
    is_shown: Cell<bool>,
}

impl FirstAdmin {
    fn new() -> Result<Self, EnsureAdminError> {
        Ok(Self { admin: NewAdmin::first()?, is_shown: Cell::new(false) })
    }

    async fn ensure(&self, auth: &AppState) -> Result<bool, EnsureAdminError> {
        let show = |admin: &NewAdmin| {
            if !self.is_shown.get() {
                show_admin(admin)?;
                self.is_shown.set(true);
            }
            Ok(())
        };
        auth.accounts.ensure_admin(&self.admin, show).await
    }
}

/// Creates the first administrator as soon as the database can be written.
async fn create_admin_when_writable(first_admin: FirstAdmin, auth: Arc<AppState>) {
    loop {
        tokio::time::sleep(ADMIN_PAUSE).await;
        match first_admin.ensure(&auth).await {
            Ok(_) => return,
            Err(error) => tracing::debug!(%error, "the first administrator still cannot be created"),
        }
    }
}
