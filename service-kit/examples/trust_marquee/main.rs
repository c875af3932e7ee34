//! A service of another team checks bearer tokens at auth-service. `tokens.rs` is what docs/integrating.md prints;
//! this program prints its results for the tokens given as arguments.
//!
//! Settings: `AUTH_URL`, `CLIENT_ID`, `CLIENT_SECRET`.

mod tokens;

use std::env;
use std::error::Error;
use std::time::Duration;

use moka::future::Cache;
use service_kit::client::breaker::Upstream;
use service_kit::client::{Credentials, ServiceClient};
use tokens::Tokens;

#[expect(clippy::print_stdout, reason = "its results are read by whoever runs it")]
#[expect(clippy::disallowed_methods, reason = "variables of an example, no settings of a program")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (client_id, secret) = (env::var("CLIENT_ID")?, env::var("CLIENT_SECRET")?.into());
    let tokens = Tokens {
        auth: ServiceClient::new(env::var("AUTH_URL")?.parse()?, Credentials::Service { client_id, secret })?,
        upstream: Upstream::new("auth", "auth-service", "CLIENT_ID and CLIENT_SECRET"),
        active: Cache::builder().time_to_live(Duration::from_secs(5)).max_capacity(10_000).build(),
    };
    tokio::spawn(tokens.clone().probe());
    for token in env::args().skip(1) {
        let result = match tokens.user(&token, "trust-marquee").await {
            Ok(Some(user)) => format!("user {}", user.sub.ok_or("an active token has a subject")?),
            Ok(None) => "invalid".to_owned(),
            Err(_) => "degraded".to_owned(),
        };
        println!("{result}");
    }
    Ok(())
}
