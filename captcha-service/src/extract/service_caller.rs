//! Service authentication by HTTP Basic (RFC 7617, RFC 6749 §2.3.1).

use std::borrow::Cow;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::codes;
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode_str;
use service_kit::client::breaker::probe;
use service_kit::{ApiError, SubjectLimits};
use zeroize::Zeroizing;

use super::state;
use crate::clients::ServiceClients;

const CHALLENGE: &str = "Basic realm=\"marquee\", charset=\"UTF-8\"";

/// An authenticated service.
#[derive(Debug, Clone)]
pub struct ServiceCaller {
    /// Its registered id.
    pub id: String,
}

impl FromRequest for ServiceCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let rejected = || ApiError::new(codes::CLIENT_REJECTED).challenge(CHALLENGE);
        let caller = state(request).and_then(|state| identify(request, &state.clients).ok_or_else(rejected));
        if caller.is_ok() {
            probe::recognize(request);
        }
        let gate = SubjectLimits::of(request);
        Box::pin(async move {
            let caller = caller?;
            drop(gate.client(&caller.id).await?);
            Ok(caller)
        })
    }
}

fn identify(request: &HttpRequest, clients: &ServiceClients) -> Option<ServiceCaller> {
    let mut lines = request.headers().get_all(header::AUTHORIZATION);
    // Two credentials in one request could disguise one of them.
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let text = line.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (id, secret) = decoded.split_once(':')?;
    // RFC 6749 form-encodes both inside of Basic; many clients send them unencoded. Both forms are always tried, so
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
