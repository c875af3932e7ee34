//! The way to a provider: every failure in the provider's words or ours, nothing of a body in any of them.

use std::future::Future;
use std::pin::Pin;

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use service_kit::breaker::Guarded;
use service_kit::client::{BackAnswer, BackCall, BackChannel, CallError, FailureKind};
use url::Url;

use super::provider::ProviderError;

/// The back channel of one provider.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    name: String,
    back: BackChannel,
}

impl Channel {
    pub(super) fn new(name: &str, back: BackChannel) -> Self {
        Self { name: name.to_owned(), back }
    }

    /// Makes a call; what comes back is a success or a refusal (4xx).
    pub(super) async fn call(&self, call: BackCall) -> Result<BackAnswer, ProviderError> {
        self.back.call(call).await.map_err(|error| match error {
            Guarded::Rejected(_) => ProviderError::Resting,
            Guarded::Called(CallError::Failed(kind) | CallError::RetryAfter { kind, .. }) => {
                tracing::warn!(provider = self.name, failure = kind.as_str(), "a provider does not answer");
                ProviderError::Unavailable(kind.as_str())
            }
            Guarded::Called(CallError::Refused(_)) => ProviderError::Unavailable(FailureKind::MalformedBody.as_str()),
        })
    }

    /// Makes a call and reads what came back. An error in it is looked for first, whatever the status.
    pub(super) async fn ask<T: DeserializeOwned>(&self, call: BackCall) -> Result<T, ProviderError> {
        let answer = self.call(call).await?;
        if let Some(error) = self.error_in(&answer) {
            return Err(error);
        }
        serde_json::from_slice(&answer.body).map_err(|_| ProviderError::NotAcceptable("it lacks what it has to say"))
    }

    /// The error that an answer tells of. Some providers tell of errors with status 200.
    pub(super) fn error_in(&self, answer: &BackAnswer) -> Option<ProviderError> {
        #[derive(Deserialize)]
        struct Told {
            error: Option<serde_json::Value>,
        }
        let told = serde_json::from_slice::<Told>(&answer.body).ok().and_then(|told| told.error);
        match told {
            Some(error) => Some(self.refusal(error.as_str().unwrap_or_default())),
            None if answer.is_success() => None,
            None => {
                let status = i64::from(answer.status);
                tracing::warn!(provider = self.name, status, "a provider refuses and does not say why");
                let nowhere = matches!(answer.status, 404 | 405 | 410);
                Some(if nowhere { ProviderError::Misconfigured } else { ProviderError::Refused })
            }
        }
    }

    /// What an error code says (RFC 6749 §5.2, and words that providers have added).
    pub(super) fn refusal(&self, code: &str) -> ProviderError {
        const OURS: [&str; 7] = [
            "invalid_client",
            "unauthorized_client",
            "redirect_uri_mismatch",
            "invalid_redirect_uri",
            "unsupported_grant_type",
            "unsupported_response_type",
            "invalid_scope",
        ];
        if let Some(error) = OURS.into_iter().find(|known| *known == code) {
            tracing::warn!(provider = self.name, error, "a provider does not accept the settings of this installation");
            return ProviderError::Misconfigured;
        }
        match code {
            "server_error" | "temporarily_unavailable" | "internal_error" | "backend_error" => {
                ProviderError::Unavailable("it says that it has an error")
            }
            _ => ProviderError::Refused,
        }
    }
}

/// So that `oauth2` calls over the same channel. Headers of the answer are left out: a provider that calls its JSON
/// `text/html` is understood all the same.
impl<'c> AsyncHttpClient<'c> for Channel {
    type Error = ProviderError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let unusable = || ProviderError::Unavailable("the request cannot be made");
            let url = Url::parse(&request.uri().to_string()).map_err(|_| unusable())?;
            let authorization = request.headers().get(http::header::AUTHORIZATION).cloned();
            let mut call = BackCall::post("token", url, request.into_body());
            if let Some(value) = authorization {
                call = call.authorized(value.to_str().map_err(|_| unusable())?);
            }
            let answer = Self::call(self, call).await?;
            match self.error_in(&answer) {
                Some(error) => Err(error),
                None => Ok(HttpResponse::new(answer.body)),
            }
        })
    }
}
