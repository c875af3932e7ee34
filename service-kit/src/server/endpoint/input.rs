//! Input of an endpoint: path, query and body, parsed and validated before the handler runs.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use contracts::codes;
use contracts::endpoint::{BodyFormat, Endpoint};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;

use super::{multipart, read};
use crate::base::error::ApiError;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";
/// Maximum time for a body to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Input of endpoint `E`: well-formed and valid by the contract.
pub struct Input<E: Endpoint> {
    /// Path parameters.
    pub path: E::Path,
    /// Query parameters.
    pub query: E::Query,
    /// The body.
    pub body: E::Body,
}

impl<E: Endpoint> FromRequest for Input<E> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let path = read::path(request.match_info().iter())?;
            let query = read::query(request.query_string())?;
            let body = match E::BODY {
                BodyFormat::None => read::form(b"")?,
                BodyFormat::Json => {
                    require_type(&request, JSON)?;
                    read::json(&collect(&request, payload, E::MAX_BODY).await?)?
                }
                BodyFormat::FormOrJson if require_type(&request, JSON).is_ok() => {
                    read::json(&collect(&request, payload, E::MAX_BODY).await?)?
                }
                BodyFormat::FormOrJson if require_type(&request, MULTIPART).is_ok() => {
                    let body = collect(&request, payload, E::MAX_BODY).await?;
                    read::form(&multipart::to_form(content_type(&request), body).await?)?
                }
                // Some clients of other services send everything in the query, with neither body nor type.
                BodyFormat::FormOrJson if content_type(&request).is_empty() => {
                    match collect(&request, payload, E::MAX_BODY).await? {
                        body if body.is_empty() => read::form(b"")?,
                        _ => return Err(unsupported(FORM)),
                    }
                }
                BodyFormat::Form | BodyFormat::FormOrJson => {
                    require_type(&request, FORM)?;
                    read::form(&collect(&request, payload, E::MAX_BODY).await?)?
                }
            };
            Ok(Self { path, query, body })
        })
    }
}

/// Rejects bodies of another type.
pub(in crate::server) fn require_type(request: &HttpRequest, wanted: &'static str) -> Result<(), ApiError> {
    let essence = content_type(request).split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) { Ok(()) } else { Err(unsupported(wanted)) }
}

fn content_type(request: &HttpRequest) -> &str {
    request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn unsupported(wanted: &str) -> ApiError {
    ApiError::new(codes::UNSUPPORTED_MEDIA_TYPE).detail(format!("send the body as {wanted}"))
}

/// Reads a body of at most `max` bytes.
pub(in crate::server) async fn collect(
    request: &HttpRequest,
    mut payload: Payload,
    max: usize,
) -> Result<BytesMut, ApiError> {
    let too_large = || ApiError::new(codes::BODY_TOO_LARGE).detail(format!("a body here has at most {max} bytes"));
    let content_length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let content_length: usize = content_length.unwrap_or(0);
    if content_length > max {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(content_length);
    let reading = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| ApiError::new(codes::BAD_REQUEST).source(error))?;
            if body.len() + chunk.len() > max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(())
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(read) => read.map(|()| body),
        Err(_) => Err(ApiError::new(codes::REQUEST_TIMEOUT)),
    }
}
