//! A provider and its stub, the browser's part of a sign-in, and a capture of the log.

use std::io;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use clap::Parser;
use contracts::{Language, Secret};
use service_kit::Clock;
use service_kit::testing::ManualClock;
use social_providers::{
    AuthorizationRequest, AuthorizationResponse, CodeUse, EnabledProvider, Profile, ProviderArgs, ProviderError,
    ProviderSettings, Providers,
};
use stub_providers::{CANARY, Kind, Stub};
use tracing_subscriber::fmt::format::FmtSpan;
use url::Url;
use uuid::Uuid;

pub const REDIRECT_URI: &str = "http://auth.test:8001/account/social/some/callback";
/// Bound of waits that usually end at once.
pub const BOUND: Duration = Duration::from_secs(30);

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    providers: ProviderArgs,
}

/// A provider with its stub.
pub struct Bench {
    pub stub: Stub,
    pub providers: Providers,
    pub clock: Arc<ManualClock>,
}

/// One sign-in between its authorization request and its callback.
pub struct SignInFlow {
    pub state: String,
    pub nonce: String,
    pub verifier: Secret,
    pub device_id: String,
    pub redirect_uri: String,
    /// URL of the authorization request.
    pub url: Url,
}

impl Bench {
    pub fn start(kind: Kind) -> Self {
        Self::start_with(kind, &[], |_| ())
    }

    pub fn start_with(kind: Kind, more: &[&str], change: impl FnOnce(&mut ProviderSettings)) -> Self {
        capture_log();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let stub = Stub::start(kind);
        let clock = Arc::new(ManualClock::default());
        let mut settings = settings(&[&stub], more);
        // A busy machine must not cause timeouts, except in the tests about them.
        settings.timeout = BOUND;
        change(&mut settings);
        let time: Arc<dyn Clock> = clock.clone();
        Self { providers: settings.build(&time).unwrap(), stub, clock }
    }

    /// The first enabled provider.
    pub fn enabled(&self) -> &EnabledProvider {
        self.providers.iter().next().unwrap()
    }

    pub async fn start_flow(&self) -> SignInFlow {
        SignInFlow::start(self.enabled()).await.unwrap()
    }

    /// A whole sign-in, with the steps of the browser.
    pub async fn sign_in(&self) -> Result<Profile, ProviderError> {
        let flow = SignInFlow::start(self.enabled()).await?;
        let callback = self.stub.authorize(&flow.url);
        flow.finish(self.enabled(), &callback).await
    }

    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.stub.advance(by);
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(*LEAK.lock().unwrap(), None, "a secret was logged");
        }
    }
}

impl SignInFlow {
    pub async fn start(enabled: &EnabledProvider) -> Result<Self, ProviderError> {
        let random = || format!("{CANARY}{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let (state, nonce, verifier) = (random(), random(), Secret::new(random()));
        let (device_id, redirect_uri) = (Uuid::new_v4().to_string(), REDIRECT_URI.to_owned());
        let request = AuthorizationRequest {
            redirect_uri: &redirect_uri,
            state: &state,
            nonce: &nonce,
            verifier: &verifier,
            device_id: &device_id,
            language: Language::Ru,
        };
        let url = enabled.provider.authorize_url(&request).await?;
        Ok(Self { state, nonce, verifier, device_id, redirect_uri, url })
    }

    pub async fn finish(&self, enabled: &EnabledProvider, callback: &Url) -> Result<Profile, ProviderError> {
        self.finish_noting_code_use(enabled, callback).await.0
    }

    /// Same, with `true` when the code was sent.
    pub async fn finish_noting_code_use(
        &self,
        enabled: &EnabledProvider,
        callback: &Url,
    ) -> (Result<Profile, ProviderError>, bool) {
        let code_use = CodeUse::default();
        let code = Secret::new(parameter(callback, "code").unwrap());
        let callback_device_id = parameter(callback, "device_id");
        let callback_issuer = parameter(callback, "iss");
        let response = AuthorizationResponse {
            code: &code,
            redirect_uri: &self.redirect_uri,
            state: &self.state,
            nonce: &self.nonce,
            verifier: &self.verifier,
            device_id: &self.device_id,
            callback_device_id: callback_device_id.as_deref(),
            callback_issuer: callback_issuer.as_deref(),
            code_use: &code_use,
        };
        let outcome = enabled.provider.identify(&response).await;
        (outcome, code_use.is_sent())
    }
}

/// Settings of these stubs, changed by further flags.
pub fn settings(stubs: &[&Stub], more: &[&str]) -> ProviderSettings {
    let mut arguments = vec!["test".to_owned()];
    arguments.extend(stubs.iter().flat_map(|stub| stub.arguments()));
    arguments.extend(more.iter().map(ToString::to_string));
    Command::try_parse_from(arguments).map_err(|error| error.to_string()).unwrap().providers.check().unwrap()
}

/// A parameter of a URL.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

pub fn is_not_acceptable<T>(outcome: &Result<T, ProviderError>) -> bool {
    matches!(outcome, Err(ProviderError::NotAcceptable(_)))
}

pub fn is_refused<T>(outcome: &Result<T, ProviderError>) -> bool {
    matches!(outcome, Err(ProviderError::Refused))
}

/// The first line of the log with a secret in it.
static LEAK: Mutex<Option<String>> = Mutex::new(None);

/// Lines of the log about providers.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// `true` when a log line about a provider matches.
pub fn logged(line: impl Fn(&str) -> bool) -> bool {
    LINES.lock().unwrap().iter().any(|logged| line(logged))
}

struct LogCapture;

impl io::Write for LogCapture {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains(CANARY) {
            LEAK.lock().unwrap().get_or_insert_with(|| text.to_string());
        }
        if text.contains("provider=") {
            LINES.lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures the log of all threads at `TRACE`.
fn capture_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| LogCapture)
            .init();
    });
}
