//! HTTP calls to providers. Errors are error codes or constants and hold nothing of a body.

use contracts::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use service_kit::client::breaker::BreakerError;
use service_kit::client::{CallError, ExternalClient, ExternalRequest, ExternalResponse, FailureKind};

use crate::oauth_error::OAuthError;
use crate::provider::{AuthorizationResponse, ProviderError};

/// HTTP client of one provider.
#[derive(Debug, Clone)]
pub(crate) struct ProviderHttp {
    name: String,
    client: ExternalClient,
}

impl ProviderHttp {
    pub(crate) fn new(name: &str, client: ExternalClient) -> Self {
        Self { name: name.to_owned(), client }
    }

    /// Makes a call; the response is a success or a rejection (4xx).
    pub(crate) async fn call(&self, call: ExternalRequest) -> Result<ExternalResponse, ProviderError> {
        self.client.call(call).await.map_err(|error| self.failure(&error))
    }

    /// Makes a call and parses the response. An error object in it takes precedence over the status.
    pub(crate) async fn call_json<T: DeserializeOwned>(&self, call: ExternalRequest) -> Result<T, ProviderError> {
        self.read(&self.call(call).await?)
    }

    /// Makes the call that exchanges a code.
    pub(crate) async fn exchange_code<T: DeserializeOwned>(
        &self,
        call: ExternalRequest,
        response: &AuthorizationResponse<'_>,
    ) -> Result<T, ProviderError> {
        response.code_use.set(true);
        match self.client.call(call).await {
            Ok(reply) => self.read(&reply),
            Err(error) => {
                response.code_use.set(!is_unsent(&error));
                Err(self.failure(&error))
            }
        }
    }

    fn failure(&self, error: &BreakerError) -> ProviderError {
        match error {
            BreakerError::Rejected(_) => ProviderError::CircuitOpen,
            BreakerError::Called(CallError::Failed(kind) | CallError::RetryAfter { kind, .. }) => {
                tracing::warn!(provider = self.name, failure = kind.as_str(), "a provider does not answer");
                ProviderError::Unavailable(kind.as_str())
            }
            BreakerError::Called(CallError::Refused(_)) => {
                ProviderError::Unavailable(FailureKind::MalformedBody.as_str())
            }
        }
    }

    fn read<T: DeserializeOwned>(&self, reply: &ExternalResponse) -> Result<T, ProviderError> {
        if let Some(error) = self.error_in(reply) {
            return Err(error);
        }
        json::from_slice(&reply.body).map_err(|_| ProviderError::NotAcceptable("its response lacks required members"))
    }

    /// Error of a response. Some providers report errors with status 200.
    pub(crate) fn error_in(&self, reply: &ExternalResponse) -> Option<ProviderError> {
        #[derive(Deserialize)]
        struct ErrorBody {
            error: Option<serde_json::Value>,
        }
        let error = json::from_slice::<ErrorBody>(&reply.body).ok().and_then(|body| body.error);
        match error {
            Some(error) => Some(self.refusal(error.as_str().unwrap_or_default())),
            None if reply.is_success() => None,
            None => {
                let status = i64::from(reply.status);
                tracing::warn!(provider = self.name, status, "a provider rejects a call without an error code");
                let no_endpoint = matches!(reply.status, 404 | 405 | 410);
                Some(if no_endpoint { ProviderError::Misconfigured } else { ProviderError::Refused })
            }
        }
    }

    /// Error for an error code.
    fn refusal(&self, code: &str) -> ProviderError {
        match OAuthError::of_answer(&self.name, code) {
            OAuthError::Denied | OAuthError::Rejected => ProviderError::Refused,
            OAuthError::Unavailable => ProviderError::Unavailable("it reports an internal error"),
            OAuthError::Misconfigured => ProviderError::Misconfigured,
        }
    }

    /// Name of the provider in logs.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// `true` when nothing of the request was sent: the breaker is open, or the connection failed.
fn is_unsent(error: &BreakerError) -> bool {
    match error {
        BreakerError::Rejected(_) => true,
        BreakerError::Called(error) => error.kind().is_some_and(FailureKind::is_unsent),
    }
}
