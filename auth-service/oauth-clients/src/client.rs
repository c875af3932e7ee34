//! One client.

use chrono::{DateTime, Utc};
use contracts::auth::oauth::Audience;
use service_kit::secret_hash::SecretHash;
use subtle::{Choice, ConstantTimeEq};
use token_verifier::CLIENT_ID;

use crate::definition::{ClientDefinition, ClientKind};
use crate::grant::Grant;
use crate::resources::{InvalidTarget, Resources};
use crate::secret::ClientSecret;

/// A client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id: 1 to 64 of `a–z 0–9 . _ -`.
    pub id: String,
    /// All else.
    pub definition: ClientDefinition,
    /// Its secrets; two while one replaces the other.
    pub secrets: Vec<ClientSecret>,
}

impl Client {
    /// Our own apps.
    pub fn first_party() -> Self {
        let grants = vec![Grant::RefreshToken, Grant::DeviceCode];
        let definition = ClientDefinition { grants, first_party: true, ..ClientDefinition::new(ClientKind::Public) };
        Self { id: CLIENT_ID.to_owned(), definition, secrets: Vec::new() }
    }

    /// `true` when it may use this grant.
    pub fn may_use(&self, grant: Grant) -> bool {
        self.definition.grants.contains(&grant)
    }

    /// Audience of a token for it: the resource that it asks for, else the default ones among its own. Our own apps may ask
    /// for any.
    ///
    /// # Errors
    /// [`InvalidTarget`] when there is no such resource, or none is left of the client's.
    pub fn audience(&self, resources: &Resources, asked: Option<&str>) -> Result<Audience, InvalidTarget> {
        let listed = (self.id != CLIENT_ID).then_some(&self.definition.resources[..]);
        resources.audience(listed, asked)
    }

    /// `true` when this is its secret at that time. A public client has none. All secrets are compared.
    pub(crate) fn accepts(&self, secret: &str, now: DateTime<Utc>) -> bool {
        if self.definition.kind == ClientKind::Public {
            return secret.is_empty();
        }
        let given = SecretHash::of(secret);
        let is_one = |known: &ClientSecret| {
            let is_live = known.until.is_none_or(|until| now < until);
            given.ct_eq(&known.hash) & Choice::from(u8::from(is_live))
        };
        self.secrets.iter().map(is_one).fold(Choice::from(0), |any, one| any | one).into()
    }
}
