//! Scopes (RFC 6749 §3.3, OpenID Connect Core 1.0 §5.4).

/// A scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An ID token, and claims about the user.
    Openid,
    /// The address among the claims.
    Email,
    /// The display name among the claims.
    Profile,
}

/// All scopes.
pub const ALL_SCOPES: [Scope; 3] = [Scope::Openid, Scope::Email, Scope::Profile];

impl Scope {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Email => "email",
            Self::Profile => "profile",
        }
    }
}

/// `true` when this scope is among the words of a claim.
pub fn has_scope(scope: Option<&str>, one: Scope) -> bool {
    scope.unwrap_or_default().split(' ').any(|word| word == one.name())
}

/// Those of the words that are known here, in our order; unknown ones are ignored (OpenID Connect Core 1.0 §3.1.2.1).
/// `None` without any.
pub(crate) fn known(asked: &str) -> Option<String> {
    let names: Vec<_> = ALL_SCOPES.into_iter().filter(|one| has_scope(Some(asked), *one)).map(Scope::name).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_ignored_and_known_ones_are_kept_once() {
        for (asked, kept) in [
            ("openid", Some("openid")),
            ("email openid email offline_access", Some("openid email")),
            ("OpenID", None),
            ("openid\temail", None),
            ("", None),
        ] {
            assert_eq!(known(asked).as_deref(), kept, "{asked:?}");
        }
    }
}
