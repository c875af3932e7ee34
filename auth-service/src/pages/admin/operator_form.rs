//! Forms of operators: with the permission, in a session that began recently.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use contracts::codes;
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, RequestId};

use crate::extract::RequestLocation;
use crate::pages::browser_session::{BrowserSession, PageRejection, state};
use crate::pages::form::{Fields, SignedForm};
use accounts::{AuditActor, AuditChannel, AuditContext, ClientLocation, InvalidReason, Reason};

/// Form of an operator.
pub struct OperatorForm {
    /// Session of the operator.
    pub browser: BrowserSession,
    /// Submitted fields.
    pub fields: Fields,
    location: ClientLocation,
    request_id: RequestId,
}

impl OperatorForm {
    /// Context of an act at time `at`, with the reason of field `reason`.
    ///
    /// # Errors
    /// [`InvalidReason`].
    pub fn context(&self, at: DateTime<Utc>) -> Result<AuditContext, InvalidReason> {
        Ok(AuditContext {
            actor: AuditActor::User(self.browser.key().id),
            channel: AuditChannel::Page,
            reason: Some(Reason::parse(self.fields.text("reason"))?),
            address: self.location.address,
            request_id: Some(self.request_id.as_str().to_owned()),
            at,
        })
    }
}

/// Rejects a browser whose user is no operator, or signed in too long ago.
pub(super) async fn check(request: &HttpRequest, browser: &BrowserSession) -> Result<(), ApiError> {
    if !browser.rights.users {
        return Err(ApiError::new(codes::FORBIDDEN));
    }
    Ok(state(request)?.operators.check_session(browser.session).await?)
}

impl FromRequest for OperatorForm {
    type Error = PageRejection;
    type Future = LocalBoxFuture<'static, Result<Self, PageRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (form, request) = (SignedForm::from_request(request, payload), request.clone());
        Box::pin(async move {
            let SignedForm { browser, fields } = form.await?;
            check(&request, &browser).await?;
            let RequestLocation(location) = RequestLocation::extract(&request).await?;
            let request_id =
                RequestId::extract(&request).await.map_err(|error| ApiError::internal(error.to_string()))?;
            Ok(Self { browser, fields, location, request_id })
        })
    }
}
