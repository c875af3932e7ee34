//! The limits of auth-service unless a policy file says otherwise; `docs/limits.md` explains the figures.

use contracts::auth::{ENDPOINTS, oauth, passwords, roles, sessions, sign_ins, social, status, users};
use contracts::endpoint::Endpoint;
use service_kit::limits::{DefaultPolicy, LimitTable, Per};

const LOG_IN: &[&str] = &[sessions::LogIn::ID];
/// Wherever a password can be tried.
const GUESSES: &[&str] = &[sessions::LogIn::ID, passwords::ChangePassword::ID];
const SIGN_UP: &[&str] = &[users::SignUp::ID];
/// Both would tell whether an e-mail is taken.
const SIGN_UP_NAME: &[&str] = &[users::SignUp::ID, passwords::SetPassword::ID];
const ACCOUNT: &[&str] = &[
    users::GetMe::ID,
    users::UpdateMe::ID,
    users::DeleteMe::ID,
    users::ListAccountEvents::ID,
    sign_ins::ListSignIns::ID,
    social::ListSocialAccounts::ID,
    social::UnlinkSocialAccount::ID,
    passwords::SetPassword::ID,
    sessions::LogOut::ID,
    sessions::ListSessions::ID,
    sessions::EndSession::ID,
    sessions::LogOutOthers::ID,
    passwords::ChangePassword::ID,
    roles::AssignRole::ID,
    roles::RevokeRole::ID,
];
/// Each of these sends this service to somebody else's.
const SOCIAL: &[&str] = &[
    social::StartSocialLogin::ID,
    social::FinishSocialLogin::ID,
    social::StartSocialLink::ID,
    social::FinishSocialLink::ID,
];
const SOCIAL_LINK: &[&str] = &[social::StartSocialLink::ID, social::FinishSocialLink::ID];

/// The table.
pub static LIMITS: LimitTable = LimitTable {
    service: "auth",
    endpoints: ENDPOINTS,
    accounts: &[sessions::LogIn::ID, users::SignUp::ID, passwords::ChangePassword::ID, passwords::SetPassword::ID],
    policies: &[
        // Guessing has a tight budget for each account from one address, and a wide one for each account from everywhere:
        // wide enough that its owner gets in while strangers use it up, narrow enough that they get nowhere.
        DefaultPolicy::new("log_in", "30/1m burst 60", Per::Address, LOG_IN).closed_when_full(),
        DefaultPolicy::new("log_in_guess", "10/10m", Per::AccountAndAddress, GUESSES).closed_when_full(),
        DefaultPolicy::new("log_in_account", "100/1h", Per::Account, GUESSES).closed_when_full(),
        DefaultPolicy::new("sign_up", "10/1h burst 20", Per::Address, SIGN_UP).closed_when_full(),
        DefaultPolicy::new("sign_up_account", "5/1h", Per::Account, SIGN_UP_NAME).closed_when_full(),
        DefaultPolicy::new("social", "30/1m burst 60", Per::Address, SOCIAL).closed_when_full(),
        DefaultPolicy::new("social_user", "20/10m", Per::User, SOCIAL_LINK).closed_when_full(),
        DefaultPolicy::new("providers", "5/1s burst 50", Per::Address, &[social::ListProviders::ID]),
        DefaultPolicy::new("refresh", "120/1m burst 240", Per::Address, &[sessions::RefreshSession::ID]),
        DefaultPolicy::new("account", "20/1s burst 100", Per::Address, ACCOUNT),
        DefaultPolicy::new("account_user", "5/1s burst 50", Per::User, ACCOUNT),
        // Only per client: behind one address there may be all the traffic of another service. While Redis is away that
        // service is trusted rather than kept from checking tokens.
        DefaultPolicy::new("introspect", "20000/1s", Per::Client, &[oauth::Introspect::ID])
            .leased(200)
            .open_in_an_outage(),
        DefaultPolicy::new("keys", "10/1s burst 50", Per::Address, &[oauth::GetJwks::ID, oauth::GetServerMetadata::ID]),
        DefaultPolicy::new("status", "5/1s burst 20", Per::Address, &[status::GetAuthStatus::ID]),
    ],
};

#[cfg(test)]
mod tests {
    use service_kit::limits::LimitsConfig;

    use super::*;

    #[test]
    fn every_endpoint_is_limited() {
        assert_eq!(LimitsConfig::of(&LIMITS).uncovered(&LIMITS), [""; 0]);
    }

    #[test]
    fn the_table_is_documented_as_it_is() {
        let document = include_str!("../../docs/limits.md");
        for policy in LIMITS.policies {
            assert!(document.contains(&policy.row()), "docs/limits.md lacks {}", policy.row());
        }
    }
}
