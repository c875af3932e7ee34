//! Who runs a command, and why: for the audit events.

use chrono::{DateTime, Utc};
use clap::Args;

use accounts::{AuditContext, DisplayName, Reason};

/// Reason of an act, and its operator.
#[derive(Debug, Clone, Args)]
pub struct ActArgs {
    /// Reason, such as the number of a ticket: 1 to 200 characters, for the audit events.
    #[arg(long, value_parser = reason)]
    reason: Reason,
    #[command(flatten)]
    operator: OperatorArgs,
}

/// Operator of an act, which may have a reason.
#[derive(Debug, Clone, Args)]
pub struct UnexplainedActArgs {
    /// Reason, such as the number of a ticket: 1 to 200 characters, for the audit events.
    #[arg(long, value_parser = reason)]
    reason: Option<Reason>,
    #[command(flatten)]
    operator: OperatorArgs,
}

/// Operator of an act.
#[derive(Debug, Clone, Args)]
struct OperatorArgs {
    /// Your name, for the audit events.
    #[arg(long, env = "USER", default_value = "unknown", value_parser = operator)]
    by: String,
}

fn reason(text: &str) -> Result<Reason, String> {
    Reason::parse(text).map_err(|error| error.to_string())
}

fn operator(text: &str) -> Result<String, String> {
    DisplayName::parse(text).map(String::from).map_err(|error| error.to_string())
}

impl ActArgs {
    /// Context of the act at time `at`.
    pub(super) fn context(self, at: DateTime<Utc>) -> AuditContext {
        AuditContext::of_command(self.operator.by, Some(self.reason), at)
    }
}

impl UnexplainedActArgs {
    /// Context of the act at time `at`.
    pub(super) fn context(self, at: DateTime<Utc>) -> AuditContext {
        AuditContext::of_command(self.operator.by, self.reason, at)
    }
}
