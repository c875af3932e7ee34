//! The binary `auth-service`.

use auth_service::commands::{Cli, run};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // An error means that somebody installed one already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    service_kit::logs::init();
    run(cli).await
}
