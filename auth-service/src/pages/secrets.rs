//! Keys that seal cookies and authenticate forms.

use actix_web::{HttpRequest, web};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use contracts::ids::SessionId;
use service_kit::{ApiError, Sealer};

/// Keys of the pages, derived from the key that all replicas share.
pub struct PageSecrets {
    /// Seals the session cookie.
    pub sessions: Sealer,
    forms: hmac::Key,
}

/// Binding of a form's token.
#[derive(Debug, Clone, Copy)]
pub enum Binding<'a> {
    /// Session id.
    Session(SessionId),
    /// Binding cookie of a browser without a session.
    Browser(&'a str),
}

impl PageSecrets {
    /// Derives the keys from the secret that all replicas of this installation share.
    pub fn new(secret: &[u8]) -> Self {
        let forms = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"forms of the account pages");
        Self {
            sessions: Sealer::new(secret, "sealed account session"),
            forms: hmac::Key::new(hmac::HMAC_SHA256, forms.as_ref()),
        }
    }

    /// Keys of the pages that `request` belongs to.
    ///
    /// # Errors
    /// When the pages were mounted without them.
    pub fn of(request: &HttpRequest) -> Result<&web::Data<Self>, ApiError> {
        request.app_data().ok_or_else(|| ApiError::internal("the pages were mounted without their keys"))
    }

    /// CSRF token of a form.
    pub fn form_token(&self, binding: Binding<'_>) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.forms, &bytes(binding)))
    }

    /// `true` for a token of this binding. Takes constant time.
    pub fn is_form_token(&self, binding: Binding<'_>, token: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else { return false };
        hmac::verify(&self.forms, &bytes(binding), &tag).is_ok()
    }

    /// Random value of a binding cookie. `None` when the system has no random bytes.
    pub fn random(&self) -> Option<Secret> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Some(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }
}

fn bytes(binding: Binding<'_>) -> Vec<u8> {
    match binding {
        Binding::Session(id) => [b"session ", id.0.as_bytes().as_slice()].concat(),
        Binding::Browser(value) => [b"browser ", value.as_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_for_its_binding_only() {
        let secrets = PageSecrets::new(b"a key of this installation, 256 bits");
        let id = SessionId::new();
        let token = secrets.form_token(Binding::Session(id));
        assert!(secrets.is_form_token(Binding::Session(id), &token));
        assert!(!secrets.is_form_token(Binding::Session(SessionId::new()), &token));
        assert!(!secrets.is_form_token(Binding::Browser(&id.to_string()), &token));
        assert!(!PageSecrets::new(b"another").is_form_token(Binding::Session(id), &token));
        for forged in ["", "A", &token[1..], &token.to_uppercase(), "é"] {
            assert!(!secrets.is_form_token(Binding::Session(id), forged), "{forged}");
        }
    }

    #[test]
    fn a_session_cookie_of_an_earlier_release_opens() {
        let sessions = PageSecrets::new(b"a key of this installation, 256 bits").sessions;
        let opened = sessions.open::<String>("FXJrzF-hOKJyqG2pu75jv45MXSSo20Ju3IyphIagoK2SnzpIoUpj");
        assert_eq!(opened.as_deref(), Some("a session"));
    }
}
