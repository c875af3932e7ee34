//! All services in one process on embedded storage, for a laptop or a small site. They call each other over HTTP as on
//! separate servers, so both behave alike.

mod cinema;
mod settings;

use std::process::ExitCode;

use mailer::MailTexts;
use service_kit::settings::parse;
use service_kit::{console, telemetry};

use settings::{Command, Settings};

/// Services of this process, by their names in traces.
const SERVICES: [&str; 3] = ["auth-service", "movies-api", "captcha-service"];

/// The program `cinema`; `texts` are those of mails.
#[actix_web::main]
pub async fn main(texts: MailTexts) -> ExitCode {
    let settings = parse::<Settings>();
    // The only crypto provider in the tree; a second install can only mean that it is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = match settings.command {
        Some(Command::Healthcheck(args)) => Some(cinema::healthcheck(&settings, args).await),
        Some(Command::ResetAdminPassword) => Some(cinema::reset_admin_password(&settings).await),
        None => None,
    };
    match outcome {
        None => serve(settings, texts).await,
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            console::note(format_args!("error: {error:#}")); // for the terminal, or the log of a container
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings, texts: MailTexts) -> ExitCode {
    let _telemetry = telemetry::init_several("cinema", env!("CARGO_PKG_VERSION"), &SERVICES, Some(&settings.telemetry));
    match cinema::run(settings, texts).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cinema stops");
            ExitCode::FAILURE
        }
    }
}
