//! The program `movies-api`.

use std::process::ExitCode;

use movies_api::commands::Cli;
use service_kit::{settings, telemetry};

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = settings::parse::<Cli>();
    // The only crypto provider in the tree; a second install can only mean that it is there already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let _telemetry = telemetry::init("movies-api", env!("CARGO_PKG_VERSION"), cli.telemetry());
    match cli.run().await {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "movies-api stops");
            ExitCode::FAILURE
        }
    }
}
