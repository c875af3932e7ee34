//! Profile of a provider, parsed. What a provider writes is input, like what a user types.

use accounts::{DisplayName, Email};
use chrono::NaiveDate;
use social_providers::{Grant, Profile};

/// Profile of the user at the provider.
#[derive(Debug, Clone)]
pub(super) struct SocialProfile {
    /// The provider's id of the user.
    pub subject: String,
    /// E-mail address, if it is valid.
    pub email: Option<Email>,
    /// `true` when the provider vouches for the address.
    pub vouched: bool,
    /// The first name with a visible character; else empty.
    pub display_name: DisplayName,
    /// Birth date, if complete.
    pub birth_date: Option<NaiveDate>,
    /// Grant to revoke later.
    pub grant: Option<Grant>,
}

impl SocialProfile {
    /// The address that may become a login: any other could belong to another person.
    pub fn login_email(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| self.vouched)
    }
}

impl From<Profile> for SocialProfile {
    fn from(profile: Profile) -> Self {
        let Profile { subject, email, names, birth_date, grant } = profile;
        let vouched = email.as_ref().is_some_and(|email| email.vouched);
        let email = email.and_then(|email| Email::parse(&email.address).ok());
        let visible = |name: &String| Some(DisplayName::shortened(name)).filter(|name| !name.is_empty());
        let display_name = names.iter().find_map(visible).unwrap_or_default();
        Self { subject, email, vouched, display_name, birth_date, grant }
    }
}

#[cfg(test)]
mod tests {
    use social_providers::EmailAddress;

    use super::*;

    fn profile(address: &str, names: &[&str]) -> SocialProfile {
        let email = Some(EmailAddress { address: address.to_owned(), vouched: true });
        let names = names.iter().map(ToString::to_string).collect();
        Profile { subject: "1".into(), email, names, birth_date: None, grant: None }.into()
    }

    #[test]
    fn the_first_name_that_is_not_empty_is_used() {
        let name = |names: &[&str]| profile("", names).display_name.to_string();
        assert_eq!(name(&["", " \u{202e} ", "Анна\n\tИванова\u{202e}", "anna"]), "Анна Иванова");
        assert_eq!(name(&["A "]), "A");
        assert_eq!(name(&[]), "");
    }

    #[test]
    fn only_a_valid_address_that_the_provider_vouches_for_is_a_login() {
        assert_eq!(profile("anna@example.org", &[]).login_email().unwrap().as_str(), "anna@example.org");
        for bad in ["not-an-address", "a@b@c", "a b@c.test", "a\u{0}@c.test"] {
            assert!(profile(bad, &[]).email.is_none(), "{bad}");
        }
        let unverified = SocialProfile { vouched: false, ..profile("anna@example.org", &[]) };
        assert!(unverified.email.is_some() && unverified.login_email().is_none());
    }
}
