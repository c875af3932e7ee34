//! Every URL of auth-service.

use actix_web::web;
use contracts::auth::{
    addresses, administration, audit, clients, export, oauth, passwords, permissions, roles, sessions, sign_ins,
    social, status, users,
};
use contracts::published;
use service_kit::Routes;
use service_kit::server::authorization::ServiceClients;

use crate::endpoints;
use crate::pages::{self, PageSecrets};

/// Endpoints, then pages: those for the registered `services`, these with their keys.
pub fn routes(services: web::Data<ServiceClients>, page_secrets: web::Data<PageSecrets>) -> Routes {
    let routes = Routes::new()
        .data(services)
        .mount::<users::SignUp, _, _>(endpoints::users::sign_up)
        .mount::<users::GetMe, _, _>(endpoints::users::get_me)
        .mount::<users::UpdateMe, _, _>(endpoints::users::update_me)
        .mount::<users::DeleteMe, _, _>(endpoints::users::delete_me)
        .mount::<export::ExportMe, _, _>(endpoints::users::export_me)
        .mount::<users::ListAccountEvents, _, _>(endpoints::users::list_account_events)
        .mount::<social::ListProviders, _, _>(endpoints::social::list_providers)
        .mount::<social::StartSocialLogin, _, _>(endpoints::social::start_social_login)
        .mount::<social::FinishSocialLogin, _, _>(endpoints::social::finish_social_login)
        .mount::<social::ListSocialAccounts, _, _>(endpoints::social::list_social_accounts)
        .mount::<social::StartSocialLink, _, _>(endpoints::social::start_social_link)
        .mount::<social::FinishSocialLink, _, _>(endpoints::social::finish_social_link)
        .mount::<social::UnlinkSocialAccount, _, _>(endpoints::social::unlink_social_account)
        .mount::<passwords::SetPassword, _, _>(endpoints::users::set_password)
        .mount::<addresses::RequestEmailProof, _, _>(endpoints::addresses::request_email_proof)
        .mount::<addresses::ConfirmEmail, _, _>(endpoints::addresses::confirm_email)
        .mount::<addresses::RequestPasswordReset, _, _>(endpoints::addresses::request_password_reset)
        .mount::<addresses::ConfirmPasswordReset, _, _>(endpoints::addresses::confirm_password_reset)
        .mount::<addresses::ChangeEmail, _, _>(endpoints::addresses::change_email)
        .mount::<addresses::ConfirmEmailChange, _, _>(endpoints::addresses::confirm_email_change)
        .mount::<addresses::CancelEmailChange, _, _>(endpoints::addresses::cancel_email_change)
        .mount::<sign_ins::ListSignIns, _, _>(endpoints::users::list_sign_ins)
        .mount::<sessions::LogIn, _, _>(endpoints::sessions::log_in)
        .mount::<sessions::RefreshSession, _, _>(endpoints::sessions::refresh_session)
        .mount::<sessions::LogOut, _, _>(endpoints::sessions::log_out)
        .mount::<sessions::ListSessions, _, _>(endpoints::sessions::list_sessions)
        .mount::<sessions::EndSession, _, _>(endpoints::sessions::end_session)
        .mount::<sessions::LogOutOthers, _, _>(endpoints::sessions::log_out_others)
        .mount::<passwords::ChangePassword, _, _>(endpoints::users::change_password)
        .mount::<administration::FindUsers, _, _>(endpoints::administration::find_users)
        .mount::<administration::GetUser, _, _>(endpoints::administration::get_user)
        .mount::<administration::DisableUser, _, _>(endpoints::administration::disable_user)
        .mount::<administration::EnableUser, _, _>(endpoints::administration::enable_user)
        .mount::<administration::UnlockUser, _, _>(endpoints::administration::unlock_user)
        .mount::<administration::EndUserSessions, _, _>(endpoints::administration::end_user_sessions)
        .mount::<administration::FreeEmail, _, _>(endpoints::administration::free_email)
        .mount::<administration::ProveEmail, _, _>(endpoints::administration::prove_email)
        .mount::<administration::CorrectBirthDate, _, _>(endpoints::administration::correct_birth_date)
        .mount::<administration::DeleteUser, _, _>(endpoints::administration::delete_user)
        .mount::<audit::ListAuditEvents, _, _>(endpoints::administration::list_audit_events)
        .mount::<roles::CreateRole, _, _>(endpoints::roles::create_role)
        .mount::<roles::ListRoles, _, _>(endpoints::roles::list_roles)
        .mount::<roles::GetRole, _, _>(endpoints::roles::get_role)
        .mount::<roles::UpdateRole, _, _>(endpoints::roles::update_role)
        .mount::<roles::DeleteRole, _, _>(endpoints::roles::delete_role)
        .mount::<roles::ListUserRoles, _, _>(endpoints::roles::list_user_roles)
        .mount::<roles::AssignRole, _, _>(endpoints::roles::assign_role)
        .mount::<roles::RevokeRole, _, _>(endpoints::roles::revoke_role)
        .mount::<permissions::CheckPermission, _, _>(endpoints::roles::check_permission)
        .mount::<clients::ListClients, _, _>(endpoints::clients::list_clients)
        .mount::<clients::CreateClient, _, _>(endpoints::clients::create_client)
        .mount::<clients::UpdateClient, _, _>(endpoints::clients::update_client)
        .mount::<clients::DeleteClient, _, _>(endpoints::clients::delete_client)
        .mount::<clients::RotateClientSecret, _, _>(endpoints::clients::rotate_client_secret)
        .mount::<oauth::AuthorizeDevice, _, _>(endpoints::oauth::authorize_device)
        .mount::<oauth::GrantTokens, _, _>(endpoints::oauth::grant_tokens)
        .mount::<oauth::RevokeToken, _, _>(endpoints::oauth::revoke_token)
        .mount::<oauth::Introspect, _, _>(endpoints::oauth::introspect)
        .mount::<oauth::CheckRequest, _, _>(endpoints::oauth::check_request)
        .mount::<oauth::GetJwks, _, _>(endpoints::oauth::get_jwks)
        .mount::<oauth::GetServerMetadata, _, _>(endpoints::oauth::get_server_metadata)
        .mount::<oauth::GetOpenidConfiguration, _, _>(endpoints::oauth::get_openid_configuration)
        .mount::<oauth::GetUserinfo, _, _>(endpoints::oauth::get_userinfo)
        .mount::<status::GetAuthStatus, _, _>(endpoints::status::get_auth_status);
    pages::mount(routes, page_secrets).documents("auth", published::AUTH)
}

#[cfg(test)]
mod tests {
    use service_kit::server::documents;

    use super::*;
    use crate::page_table::PAGES;

    fn table() -> Routes {
        routes(web::Data::new(ServiceClients::new(&[])), web::Data::new(PageSecrets::new(b"")))
    }

    #[test]
    fn the_table_is_the_contract_and_health() {
        let served = table().endpoints();
        for endpoint in contracts::auth::ENDPOINTS {
            assert!(served.contains(endpoint), "{} is not served", endpoint.id);
        }
        assert_eq!(served.len(), contracts::auth::ENDPOINTS.len() + 2);
        let pages: Vec<_> = PAGES.iter().chain(&documents::PAGES).copied().collect();
        assert_eq!(table().pages(), pages);
    }
}
