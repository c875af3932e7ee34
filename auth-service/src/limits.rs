//! The limits of auth-service unless a policy file says otherwise; `docs/limits.md` explains the figures.

use contracts::auth::{
    ENDPOINTS, addresses, administration, audit, clients, export, oauth, passwords, permissions, roles, sessions,
    sign_ins, social, status, users,
};
use contracts::endpoint::{Endpoint, EndpointInfo};
use service_kit::server::documents;
use service_kit::server::limits::{DefaultPolicy, LimitTable, Per, joined};

use crate::page_table::PAGES;

/// Endpoints that hash a password.
const HASHES: &[&str] = &[
    sessions::LogIn::ID,
    users::SignUp::ID,
    passwords::ChangePassword::ID,
    passwords::SetPassword::ID,
    addresses::ConfirmPasswordReset::ID,
    addresses::ChangeEmail::ID,
    "page_sign_in",
    "page_sign_up",
    "page_change_password",
    "page_set_password",
    "page_reset_password",
    "page_change_email",
];
/// Those of them that need no token: the number of requests is bounded before a body is read.
const ANONYMOUS_HASHES: &[&str] = &[
    sessions::LogIn::ID,
    users::SignUp::ID,
    addresses::ConfirmPasswordReset::ID,
    "page_sign_in",
    "page_sign_up",
    "page_reset_password",
];
/// Endpoints that check a password.
const GUESSES: &[&str] = &[
    sessions::LogIn::ID,
    passwords::ChangePassword::ID,
    addresses::ChangeEmail::ID,
    "page_sign_in",
    "page_change_password",
    "page_change_email",
];
/// Endpoints that send a code to an address that anyone can type.
const RESETS: &[&str] = &[addresses::RequestPasswordReset::ID, "page_request_reset"];
/// Endpoints that send a code to a signed-in user. The budget of the address is counted beside it.
const CODES: &[&str] =
    &[addresses::RequestEmailProof::ID, addresses::ChangeEmail::ID, "page_request_proof", "page_change_email"];
/// Endpoints that reveal whether an e-mail is taken.
const SIGN_UP: &[&str] = &[users::SignUp::ID, passwords::SetPassword::ID, "page_sign_up", "page_set_password"];
const ACCOUNT: &[&str] = &[
    users::GetMe::ID,
    oauth::GetUserinfo::ID,
    users::UpdateMe::ID,
    users::DeleteMe::ID,
    export::ExportMe::ID,
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
    roles::CreateRole::ID,
    roles::ListRoles::ID,
    roles::GetRole::ID,
    roles::UpdateRole::ID,
    roles::DeleteRole::ID,
    roles::ListUserRoles::ID,
    addresses::RequestEmailProof::ID,
    addresses::ConfirmEmail::ID,
    addresses::ChangeEmail::ID,
    addresses::ConfirmEmailChange::ID,
    addresses::CancelEmailChange::ID,
    roles::AssignRole::ID,
    roles::RevokeRole::ID,
];
/// Endpoints that take a refresh token.
const REFRESH: &[&str] = &[sessions::RefreshSession::ID, oauth::GrantTokens::ID, oauth::RevokeToken::ID];
/// Subject of refreshes, which are counted by address once the grant is known: devices that poll have budgets of their own.
pub const REFRESHES: &str = "refreshes";
/// Acts of operators, looks included.
const OPERATORS: &[&str] = &[
    administration::FindUsers::ID,
    administration::GetUser::ID,
    administration::DisableUser::ID,
    administration::EnableUser::ID,
    administration::UnlockUser::ID,
    administration::EndUserSessions::ID,
    administration::FreeEmail::ID,
    administration::ProveEmail::ID,
    administration::CorrectBirthDate::ID,
    administration::DeleteUser::ID,
    audit::ListAuditEvents::ID,
    clients::ListClients::ID,
    clients::CreateClient::ID,
    clients::UpdateClient::ID,
    clients::DeleteClient::ID,
    clients::RotateClientSecret::ID,
];
/// Documents for clients.
const KEYS: &[&str] = &[oauth::GetJwks::ID, oauth::GetServerMetadata::ID, oauth::GetOpenidConfiguration::ID];
/// Checks from memory.
const PERMISSIONS: &[&str] = &[permissions::CheckPermission::ID];
/// Each of these makes this service call a provider.
const SOCIAL: &[&str] = &[
    social::StartSocialLogin::ID,
    social::FinishSocialLogin::ID,
    social::StartSocialLink::ID,
    social::FinishSocialLink::ID,
    "page_start",
    "page_link",
    "page_finish",
];
const SOCIAL_LINK: &[&str] = &[social::StartSocialLink::ID, social::FinishSocialLink::ID, "page_link"];
/// Pages that are read. The style sheet is requested once and cached.
const READ_PAGES: &[&str] = &[
    "show_account",
    "show_sign_in",
    "show_sign_up",
    "show_security",
    "show_devices",
    "show_history",
    "show_profile",
    "show_deletion",
    "show_linked",
    "show_email",
    "show_confirm_email",
    "show_forgotten",
    "show_reset",
    "show_undo_email",
    "show_not_me",
    "show_admin",
    "redirect_activation",
    "show_activation",
    "show_authorize",
    "redirect_authorize",
    "show_authorization",
    "get_page_asset",
];
/// Forms without a limit of their own above.
const FORMS: &[&str] = &[
    "page_sign_out",
    "page_change_password",
    "page_set_password",
    "page_end_session",
    "page_log_out_others",
    "page_unlink",
    "page_request_proof",
    "page_confirm_email",
    "page_confirm_link",
    "page_change_email",
    "page_confirm_change",
    "page_cancel_change",
    "page_undo_email",
    "page_not_me",
    "page_admin_find",
    "page_admin_act",
    "page_admin_audit",
    "page_update_profile",
    "page_choose_zone",
    "page_export",
    "page_delete",
    "page_decide_device",
    "page_authorize",
];
/// Entering the code of a device.
const USER_CODES: &[&str] = &["page_enter_device"];
/// Pages that need a session.
const SESSION_PAGES: &[&str] = &[
    "show_account",
    "show_security",
    "show_devices",
    "show_history",
    "show_profile",
    "show_deletion",
    "show_linked",
    "page_sign_out",
    "page_change_password",
    "page_set_password",
    "page_end_session",
    "page_log_out_others",
    "page_unlink",
    "page_link",
    "show_email",
    "page_request_proof",
    "page_confirm_email",
    "page_change_email",
    "page_confirm_change",
    "page_cancel_change",
    "show_admin",
    "page_admin_find",
    "page_admin_act",
    "page_admin_audit",
    "page_update_profile",
    "page_choose_zone",
    "page_export",
    "page_delete",
    "page_decide_device",
    "page_authorize",
];

static ALL_ENDPOINTS: [EndpointInfo; ENDPOINTS.len() + PAGES.len() + documents::PAGES.len()] =
    joined(&[ENDPOINTS, PAGES, &documents::PAGES]);

/// Endpoints that count an account, an address or a credential in their handlers.
const COUNTED: [&str; HASHES.len() + REFRESH.len()] = {
    let (mut all, mut next) = ([""; HASHES.len() + REFRESH.len()], 0);
    while next < all.len() {
        all[next] = if next < HASHES.len() { HASHES[next] } else { REFRESH[next - HASHES.len()] };
        next += 1;
    }
    all
};

/// Default policies.
pub static LIMITS: LimitTable = LimitTable {
    service: "auth",
    endpoints: &ALL_ENDPOINTS,
    accounts: &COUNTED,
    policies: &[
        // Guesses have a tight budget per account and address, and a wide one per account: wide enough that the owner
        // gets in while strangers use it up, narrow enough that guessing is hopeless. A known device has a budget of
        // its own, which no stranger can use up.
        DefaultPolicy::new("password_requests", "100/1s burst 1000", Per::Address, ANONYMOUS_HASHES).closed_when_full(),
        DefaultPolicy::new("log_in", "30/1m burst 60", Per::AttemptAddress, HASHES).closed_when_full(),
        DefaultPolicy::new("log_in_guess", "10/10m", Per::AccountAndAddress, GUESSES).closed_when_full(),
        DefaultPolicy::new("log_in_account", "100/1h", Per::Account, GUESSES).closed_when_full(),
        DefaultPolicy::new("known_device", "10/10m", Per::Credential, GUESSES).closed_when_full(),
        DefaultPolicy::new("sign_up", "10/1h burst 20", Per::AttemptAddress, SIGN_UP).closed_when_full(),
        DefaultPolicy::new("sign_up_account", "5/1h", Per::Account, SIGN_UP).closed_when_full(),
        DefaultPolicy::new("password_resets", "10/1h", Per::Address, RESETS).closed_when_full(),
        DefaultPolicy::new("mail_codes", "10/1h", Per::User, CODES).closed_when_full(),
        DefaultPolicy::new("social", "30/1m burst 60", Per::Address, SOCIAL).closed_when_full(),
        DefaultPolicy::new("social_user", "20/10m", Per::User, SOCIAL_LINK).closed_when_full(),
        DefaultPolicy::new("providers", "5/1s burst 50", Per::Address, &[social::ListProviders::ID]),
        DefaultPolicy::new("token_requests", "100/1s burst 1000", Per::Address, REFRESH),
        DefaultPolicy::new("refresh", "120/1m burst 240", Per::AttemptAddress, REFRESH),
        DefaultPolicy::new("device_polls", "60/1m", Per::Credential, &[oauth::GrantTokens::ID]),
        DefaultPolicy::new("device_codes", "10/10m burst 20", Per::Address, &[oauth::AuthorizeDevice::ID])
            .closed_when_full(),
        DefaultPolicy::new("client_tokens", "60/1m", Per::Client, &[oauth::GrantTokens::ID]),
        DefaultPolicy::new("account", "20/1s burst 100", Per::Address, ACCOUNT),
        DefaultPolicy::new("account_user", "5/1s burst 50", Per::User, ACCOUNT),
        DefaultPolicy::new("operators", "20/1s burst 100", Per::Address, OPERATORS),
        DefaultPolicy::new("operators_user", "60/1m burst 60", Per::User, OPERATORS),
        DefaultPolicy::new("permissions", "100/1s burst 500", Per::Address, PERMISSIONS),
        DefaultPolicy::new("permissions_user", "20/1s burst 100", Per::User, PERMISSIONS),
        DefaultPolicy::new("pages", "10/1s burst 100", Per::Address, READ_PAGES),
        DefaultPolicy::new("page_forms", "1/1s burst 60", Per::Address, FORMS),
        DefaultPolicy::new("page_member", "2/1s burst 60", Per::User, SESSION_PAGES),
        // Per client only: one address may carry all the traffic of another service. While Redis is unavailable, that
        // service is trusted: otherwise it could check no tokens.
        // A code of 34.6 bits, of which 50,000 may be open: with these it is hit with a probability of 4e-7 in its life.
        DefaultPolicy::new("user_codes", "10/10m", Per::User, USER_CODES).closed_when_full(),
        DefaultPolicy::new("user_codes_address", "30/10m", Per::Address, USER_CODES).closed_when_full(),
        DefaultPolicy::new("user_codes_all", "1000/1m", Per::Everything, USER_CODES).closed_when_full(),
        DefaultPolicy::new("introspect", "20000/1s", Per::Client, &[oauth::Introspect::ID])
            .leased(200)
            .open_in_an_outage(),
        // Per user only: all requests come from the addresses of proxies.
        DefaultPolicy::new("checks", "100/1s burst 1000", Per::User, &[oauth::CheckRequest::ID]).open_in_an_outage(),
        DefaultPolicy::new("keys", "10/1s burst 50", Per::Address, KEYS),
        DefaultPolicy::new("status", "5/1s burst 20", Per::Address, &[status::GetAuthStatus::ID]),
        documents::LIMIT,
    ],
};

#[cfg(test)]
mod tests {
    use service_kit::server::limits::LimitsConfig;

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
