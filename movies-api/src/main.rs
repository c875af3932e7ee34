//! The program `movies-api`.

use std::process::ExitCode;

use clap::Parser;
use movies_api::commands::Cli;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let _logs = service_kit::logs::init();
    // The only crypto provider in the tree; a second install can only mean that it is there already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cli.run().await {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "movies-api stops");
            ExitCode::FAILURE
        }
    }
}
