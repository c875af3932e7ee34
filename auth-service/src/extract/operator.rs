//! Operators: callers with the permission that the endpoint declares, in a session that began recently.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chrono::{DateTime, Utc};
use contracts::auth::audit;
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, RequestId};

use super::bearer::state;
use super::caller::{Caller, PermittedCaller};
use super::request_location::RequestLocation;
use accounts::{AuditActor, AuditChannel, AuditContext, ClientLocation, Reason};

/// A [`PermittedCaller`], with what the audit event of an act says of the request.
#[derive(Debug, Clone)]
pub struct AuditedCaller {
    /// The caller.
    pub caller: Caller,
    location: ClientLocation,
    request_id: RequestId,
}

/// An [`AuditedCaller`] whose session began recently.
#[derive(Debug, Clone)]
pub struct OperatorCaller(pub AuditedCaller);

impl AuditedCaller {
    /// Context of an act at time `at`.
    pub fn context(&self, reason: Option<Reason>, at: DateTime<Utc>) -> AuditContext {
        AuditContext {
            actor: AuditActor::User(self.caller.user.id),
            channel: AuditChannel::Api,
            reason,
            address: self.location.address,
            request_id: Some(self.request_id.as_str().to_owned()),
            at,
        }
    }
}

impl OperatorCaller {
    /// Context of an act at time `at`; `pointer` is that of the reason.
    ///
    /// # Errors
    /// 422 when the reason is none.
    pub fn context(
        &self,
        (pointer, reason): (&str, Option<&audit::Reason>),
        at: DateTime<Utc>,
    ) -> Result<AuditContext, ApiError> {
        let text = reason.map_or("", |reason| &reason.0);
        let reason = Reason::parse(text).map_err(|error| ApiError::field(pointer, error.to_string()))?;
        Ok(self.0.context(Some(reason), at))
    }
}

impl FromRequest for AuditedCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (permitted, request) = (PermittedCaller::from_request(request, payload), request.clone());
        Box::pin(async move {
            let PermittedCaller(caller) = permitted.await?;
            let RequestLocation(location) = RequestLocation::extract(&request).await?;
            let request_id =
                RequestId::extract(&request).await.map_err(|error| ApiError::internal(error.to_string()))?;
            Ok(Self { caller, location, request_id })
        })
    }
}

impl FromRequest for OperatorCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (audited, request) = (AuditedCaller::from_request(request, payload), request.clone());
        Box::pin(async move {
            let audited = audited.await?;
            state(&request)?.operators.check_session(audited.caller.session).await?;
            Ok(Self(audited))
        })
    }
}
