//! The binary `auth-service`.

#[path = "../mail-texts/mod.rs"]
mod mail_texts;

use std::process::ExitCode;

use auth_service::commands::{Cli, run};
use service_kit::{console, settings, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    // An error means that a provider is installed already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = settings::parse::<Cli>();
    let _telemetry = telemetry::init("auth-service", env!("CARGO_PKG_VERSION"), cli.telemetry());
    match run(cli, mail_texts::text).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::note(format_args!("error: {error:#}")); // for the operator: the causes, no stack
            ExitCode::FAILURE
        }
    }
}
