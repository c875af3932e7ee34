//! `rotate-client-secret`: another secret of an OAuth client.

use std::time::Duration;

use accounts::AuditContext;
use anyhow::ensure;
use chrono::TimeDelta;
use contracts::Secret;
use service_kit::SystemClock;

use super::say;
use crate::app;
use crate::config::Config;

/// The longest time for which a replaced secret stays valid: 30 days, as in the API.
const MAX_OLD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Makes the secret and prints it. Running replicas take it within a second.
pub(super) async fn rotate_secret(
    config: Config,
    id: &str,
    old_until: Duration,
    context: &AuditContext,
) -> anyhow::Result<()> {
    ensure!(old_until <= MAX_OLD, "the old secret can stay valid for at most 30 days");
    let app = app::build(config, SystemClock::shared()).await?;
    let rotated = app.state().clients.rotate_secret(id, TimeDelta::from_std(old_until)?, context).await;
    app.state().store.close().await;
    let (_, secret): (_, Secret) = rotated?;
    say(secret.expose())
}
