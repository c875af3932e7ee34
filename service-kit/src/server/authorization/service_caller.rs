//! Services, authenticated by HTTP Basic (RFC 7617, RFC 6749 §2.3.1).

use std::borrow::Cow;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::codes;
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::header::credentials;
use super::service_clients::ServiceClients;
use crate::base::error::ApiError;
use crate::client::breaker::probe;
use crate::server::limits::SubjectLimits;

const CHALLENGE: &str = "Basic realm=\"marquee\", charset=\"UTF-8\"";

/// A registered service. The routes need [`ServiceClients`] as [data](crate::Routes::data).
#[derive(Debug, Clone)]
pub struct ServiceCaller {
    /// Registered client id.
    pub id: String,
}

impl FromRequest for ServiceCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = authenticate(request);
        if caller.is_ok() {
            probe::recognize(request);
        }
        let limits = SubjectLimits::of(request);
        Box::pin(async move {
            let caller = caller?;
            drop(limits.client(&caller.id).await?);
            Ok(caller)
        })
    }
}

fn authenticate(request: &HttpRequest) -> Result<ServiceCaller, ApiError> {
    let clients = request.app_data::<web::Data<ServiceClients>>();
    let clients = clients.ok_or_else(|| ApiError::internal("the routes were mounted without their service clients"))?;
    identify(request, clients).ok_or_else(|| ApiError::new(codes::CLIENT_REJECTED).challenge(CHALLENGE))
}

fn identify(request: &HttpRequest, clients: &ServiceClients) -> Option<ServiceCaller> {
    let (scheme, encoded) = credentials(request).ok()??;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (id, secret) = decoded.split_once(':')?;
    // RFC 6749 requires form-encoding inside of Basic; many clients send plain text. Both forms are always tried, so
    // that neither takes longer.
    let plain = clients.find(id, secret);
    let (form_id, form_secret) = (form_decode(id), Zeroizing::new(form_decode(secret).into_owned()));
    let form = clients.find(&form_id, &form_secret);
    plain.or(form).map(|id| ServiceCaller { id: id.to_owned() })
}

fn form_decode(text: &str) -> Cow<'_, str> {
    let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    match spaced {
        Cow::Borrowed(text) => percent_decode_str(text).decode_utf8_lossy(),
        Cow::Owned(text) => Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned()),
    }
}
