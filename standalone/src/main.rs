//! The program `cinema`: all services in one process on embedded storage, for one laptop or one small site. They meet
//! over HTTP here as everywhere, so what works here works on servers.

mod cinema;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use settings::Settings;

#[actix_web::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    let _logs = service_kit::logs::init();
    // The only crypto provider in the tree; a second install can only mean that it is there already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cinema::run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cinema stops");
            ExitCode::FAILURE
        }
    }
}
