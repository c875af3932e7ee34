//! The interface of a stub for tests: start, faults, and received requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use serde_json::Value;
use url::Url;

use crate::faults::{Fault, Lie};
use crate::issuing::{redirect_with_code, redirect_with_error, request_error};
use crate::keys::Signing;
use crate::kind::{Endpoint, Kind};
use crate::person::Person;
use crate::request::{Call, pairs};
use crate::server::{Shared, listen, serve};
use crate::state::State;

/// A running stub of one provider, stopped on drop.
pub struct Stub {
    shared: Arc<Shared>,
    kind: Kind,
    base: String,
    handle: ServerHandle,
}

impl Stub {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(kind: Kind) -> Self {
        Self::start_at(kind, 0).expect("a free port on loopback")
    }

    /// Starts one on this port of 127.0.0.1.
    ///
    /// # Errors
    /// When the port is in use.
    pub fn start_at(kind: Kind, port: u16) -> std::io::Result<Self> {
        let (listener, address) = listen(port)?;
        let base = format!("http://{address}");
        let shared = Shared::new(State::new(kind, base.clone()));
        let handle = serve(&shared, listener)?;
        Ok(Self { shared, kind, base, handle })
    }

    /// The kind of its provider.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its base URL, without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Settings of auth-service for it, as variables.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.kind.environment(&self.base)
    }

    /// The same as flags.
    pub fn arguments(&self) -> Vec<String> {
        let flag = |(name, value): (String, String)| {
            format!("--{}={value}", name.trim_start_matches("AUTH_").to_lowercase().replace('_', "-"))
        };
        self.environment().into_iter().map(flag).collect()
    }

    /// Makes this account the next one to sign in.
    pub fn person(&self, person: Person) {
        self.shared.state().people.insert(0, person);
    }

    /// Registers a redirect URI; from then on only registered ones are accepted.
    pub fn register(&self, redirect_uri: &str) {
        self.shared.state().registered.push(redirect_uri.to_owned());
    }

    /// Browser of a user who consents at once: from the authorization URL to the callback URL.
    ///
    /// # Panics
    /// When the provider rejects the authorization request.
    pub fn authorize(&self, url: &Url) -> Url {
        self.follow(url, |state, query| {
            let person = state.people[0].clone();
            redirect_with_code(state, query, person)
        })
    }

    /// Browser of a user who cancels.
    ///
    /// # Panics
    /// When the provider rejects the authorization request.
    pub fn cancel(&self, url: &Url) -> Url {
        self.follow(url, |_, query| redirect_with_error(query, "access_denied"))
    }

    fn follow(&self, url: &Url, then: impl FnOnce(&mut State, &Vec<(String, String)>) -> String) -> Url {
        let begin = format!("{}{}", self.base, self.kind.path(Endpoint::Authorize));
        assert!(url.as_str().starts_with(&begin), "{url} is not at {begin}");
        let query = pairs(url.query().unwrap_or_default().as_bytes());
        let mut state = self.shared.state();
        if let Some(error) = request_error(&state, &query) {
            panic!("the stub refuses {url}: {error}");
        }
        let back = then(&mut state, &query);
        Url::parse(&back).expect("the redirect URI is one")
    }

    /// Redirects browsers at once as the first account, without a page.
    pub fn without_page(&self) {
        self.shared.state().no_page = true;
    }

    /// Fails at one endpoint from now on.
    pub fn fail(&self, at: Endpoint, fault: Fault) {
        self.shared.state().faults.insert(at, fault);
    }

    /// Fails at all endpoints from now on, except for the page.
    pub fn fail_everywhere(&self, fault: Fault) {
        for at in [Endpoint::Token, Endpoint::Userinfo, Endpoint::Jwks, Endpoint::Revoke, Endpoint::Discovery] {
            self.fail(at, fault);
        }
    }

    /// Injects this lie from now on.
    pub fn lie(&self, lie: Lie) {
        self.shared.state().lies.push(lie);
    }

    /// Changes the responses of one endpoint from now on.
    pub fn change(&self, at: Endpoint, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.shared.state().changes.push((at, Box::new(change)));
    }

    /// Changes the claims of ID tokens from now on.
    pub fn change_claims(&self, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.shared.state().claims.push(Box::new(change));
    }

    /// Signs ID tokens like this from now on.
    pub fn sign(&self, signing: Signing) {
        self.shared.state().signing = signing;
    }

    /// Omits profile claims from ID tokens from now on, so that only userinfo has them.
    pub fn bare_id_tokens(&self) {
        self.shared.state().bare_id_tokens = true;
    }

    /// Signs userinfo from now on.
    pub fn sign_userinfo(&self, signing: Signing) {
        self.shared.state().signed_userinfo = Some(signing);
    }

    /// Browser that the provider redirects to the callback with an error.
    ///
    /// # Panics
    /// When the provider rejects the authorization request.
    pub fn fail_to_authorize(&self, url: &Url, error: &str) -> Url {
        self.follow(url, |_, query| redirect_with_error(query, error))
    }

    /// Rotates the keys: their `kid` changes.
    pub fn rotate_keys(&self) {
        self.shared.state().generation += 1;
    }

    /// Stops requiring PKCE, like careless providers.
    pub fn skip_pkce(&self) {
        self.shared.state().without_pkce = true;
    }

    /// VK ID: sends the callback as one parameter `payload`.
    pub fn send_payload(&self) {
        self.shared.state().payload = true;
    }

    /// Removes all faults, lies and changes.
    pub fn clear_faults(&self) {
        let mut state = self.shared.state();
        state.faults.clear();
        state.lies.clear();
        state.changes.clear();
        state.claims.clear();
        state.signing = Signing::default();
        (state.without_pkce, state.payload, state.bare_id_tokens, state.signed_userinfo) = (false, false, false, None);
    }

    /// Expires all access tokens issued so far.
    pub fn expire_access_tokens(&self) {
        self.shared.state().access.clear();
    }

    /// Moves its clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.state().ahead += by;
    }

    /// Requests received so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// Requests received so far at one endpoint.
    pub fn calls_at(&self, at: Endpoint) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.endpoint == at).collect()
    }

    /// Numbers of valid access and refresh tokens.
    pub fn live_tokens(&self) -> (usize, usize) {
        let state = self.shared.state();
        (state.access.len(), state.refresh.len())
    }

    /// Bytes of floods and slow bodies written to connections.
    pub fn streamed_bytes(&self) -> u64 {
        self.shared.streamed_bytes.load(Ordering::SeqCst)
    }

    /// Number of floods and slow bodies cut off by the client.
    pub fn cut_off(&self) -> u64 {
        self.shared.cut_off.load(Ordering::SeqCst)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.handle.stop(false)); // the call sends the stop command; its end is not awaited
    }
}
