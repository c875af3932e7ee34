//! Audit events: acts of operators, each with its reason.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::permissions::AUDIT_READ;
use crate::codes;
use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::ids::UserId;
use crate::paging::{Cursor, PageSize};
use crate::problem::Code;

/// Reason of an act, for the audit events: one line with at least one visible character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct Reason(
    #[garde(
        length(chars, min = 1, max = 200),
        pattern(r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")
    )]
    pub String,
);

/// `GET /api/v1/audit`
pub struct ListAuditEvents;

impl Endpoint for ListAuditEvents {
    const ID: &'static str = "list_audit_events";
    const SUMMARY: &'static str = "Lists acts of operators, newest first, in a session that began in the last ten \
                                   minutes. The look is recorded too.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/audit";
    const AUTH: Auth = Auth::Permission(AUDIT_READ);
    const IDEMPOTENT: bool = false; // each call is recorded
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::INVALID_SIGN_INS_CURSOR];
    type Path = Nothing;
    type Query = ListAuditEventsQuery;
    type Body = Nothing;
    type Output = ListAuditEventsResponse;
}

/// Selection and page of audit events.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ListAuditEventsQuery {
    /// Reason of the look.
    #[garde(required, dive)]
    pub reason: Option<Reason>,
    /// Only events about this account.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Only acts of this operator.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// Items on one page.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// `next_cursor` of the last page, with the same selection.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of audit events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListAuditEventsResponse {
    /// Newest first.
    pub items: Vec<AuditEvent>,
    /// Start of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

/// An act of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// Time.
    pub at: DateTime<Utc>,
    /// The operator's account; absent for commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// Name of the operator on the machine of a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// Interface.
    pub channel: AuditChannel,
    /// The act, named like its endpoint: `disable_user`.
    pub action: String,
    /// The account that it concerns, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Object beside the account, such as the name of a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Reason, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Address of the operator's client, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Id of the request, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `done`, `unchanged`, or the reason of a rejection such as `last_admin`.
    pub outcome: String,
}

/// Interfaces of operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditChannel {
    /// A command on a machine of the installation.
    Command,
    /// This API.
    Api,
    /// The account page.
    Page,
}
