//! The program `cinema`: all services in one process on embedded storage, for one laptop or one small site. They meet
//! over HTTP here as everywhere, so what works here works on servers.

mod cinema;
mod settings;

use std::process::ExitCode;

use clap::Parser;
use service_kit::telemetry;

use settings::{Command, Settings};

#[actix_web::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    // The only crypto provider in the tree; a second install can only mean that it is there already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if let Some(Command::Healthcheck(args)) = settings.command {
        return match cinema::healthcheck(&settings, args).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(unwell) => {
                eprintln!("error: {unwell:#}"); // the log of a container takes it as it is
                ExitCode::FAILURE
            }
        };
    }
    let _telemetry = telemetry::init("cinema", env!("CARGO_PKG_VERSION"), Some(&settings.telemetry));
    match cinema::run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cinema stops");
            ExitCode::FAILURE
        }
    }
}
