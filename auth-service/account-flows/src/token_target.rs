//! Targets of tokens: resource (RFC 8707) and scope (RFC 6749 §3.3).

use accounts::SessionGrant;
use contracts::auth::oauth::Audience;
use oauth_clients::{Client, InvalidTarget};

use super::sessions::Sessions;

/// A client that asks for tokens.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// The client.
    pub client: &'a Client,
    /// The resource that it asks for.
    pub resource: Option<&'a str>,
    /// The scope that it asks for.
    pub scope: Option<&'a str>,
}

/// Reasons why tokens cannot be for what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenTargetError {
    /// The resource is unknown, not the client's, or another one than before.
    #[error(transparent)]
    Resource(#[from] InvalidTarget),
    /// None of the resources of the client or of the session exists any more.
    #[error("the tokens would be for nothing")]
    Gone,
    /// The scope is unknown, or wider than before.
    #[error("the scope is unknown or wider than before")]
    Scope,
}

/// Audience and scope of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenTarget {
    /// Claim `aud`.
    pub(super) audience: Audience,
    /// Claim `scope`.
    pub(super) scope: Option<String>,
}

impl<'a> TokenRequest<'a> {
    /// A request of this client for all that it gets.
    pub fn of(client: &'a Client) -> Self {
        Self { client, resource: None, scope: None }
    }
}

impl Sessions {
    /// Audience and scope of an access token of a session: those of the session, or fewer.
    pub(super) fn target(
        &self,
        request: TokenRequest<'_>,
        grant: &SessionGrant,
    ) -> Result<TokenTarget, TokenTargetError> {
        let granted = grant.resource.as_deref();
        if let (Some(granted), Some(asked)) = (granted, request.resource)
            && granted != asked
        {
            return Err(InvalidTarget.into());
        }
        let audience = request.client.audience(&self.resources, request.resource.or(granted));
        let audience = audience.map_err(|error| match request.resource {
            Some(_) => TokenTargetError::Resource(error),
            None => TokenTargetError::Gone,
        })?;
        let granted = grant.scope.as_deref().unwrap_or_default();
        let scope = match request.scope {
            Some(asked) if is_within(asked, granted) => Some(asked.to_owned()),
            Some(_) => return Err(TokenTargetError::Scope),
            None => grant.scope.clone(),
        };
        Ok(TokenTarget { audience, scope })
    }
}

/// `true` when every word of `asked` is one of `granted`, and there is one.
fn is_within(asked: &str, granted: &str) -> bool {
    let mut words = asked.split(' ').peekable();
    words.peek().is_some() && words.all(|word| granted.split(' ').any(|one| !word.is_empty() && one == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_may_become_narrower_and_not_wider() {
        for (asked, within) in [
            ("openid", true),
            ("email openid", true),
            ("openid openid", true),
            ("profile", false),
            ("openid profile", false),
            ("OPENID", false),
            ("openid ", false),
            ("", false),
        ] {
            assert_eq!(is_within(asked, "openid email"), within, "{asked:?}");
        }
        assert!(!is_within("openid", "") && !is_within("", ""));
    }
}
