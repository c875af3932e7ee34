//! auth-service: accounts, sessions, roles, and the endpoints that other services rely on.

pub mod addresses;
pub mod administration;
pub mod audit;
pub mod clients;
pub mod devices;
mod examples;
pub mod export;
pub mod oauth;
pub mod passwords;
pub mod permissions;
pub mod roles;
pub mod sessions;
pub mod sign_ins;
pub mod social;
pub mod status;
pub mod users;

use crate::operation::registry;

registry! {
    /// Every endpoint of auth-service.
    users::SignUp,
    users::GetMe,
    users::UpdateMe,
    users::DeleteMe,
    export::ExportMe,
    users::ListAccountEvents,
    sign_ins::ListSignIns,
    social::ListProviders,
    social::StartSocialLogin,
    social::FinishSocialLogin,
    social::ListSocialAccounts,
    social::StartSocialLink,
    social::FinishSocialLink,
    social::UnlinkSocialAccount,
    passwords::SetPassword,
    addresses::RequestEmailProof,
    addresses::ConfirmEmail,
    addresses::RequestPasswordReset,
    addresses::ConfirmPasswordReset,
    addresses::ChangeEmail,
    addresses::ConfirmEmailChange,
    addresses::CancelEmailChange,
    sessions::LogIn,
    sessions::RefreshSession,
    sessions::LogOut,
    sessions::ListSessions,
    sessions::EndSession,
    sessions::LogOutOthers,
    passwords::ChangePassword,
    administration::FindUsers,
    administration::GetUser,
    administration::DisableUser,
    administration::EnableUser,
    administration::UnlockUser,
    administration::EndUserSessions,
    administration::FreeEmail,
    administration::ProveEmail,
    administration::CorrectBirthDate,
    administration::DeleteUser,
    audit::ListAuditEvents,
    roles::CreateRole,
    roles::ListRoles,
    roles::GetRole,
    roles::UpdateRole,
    roles::DeleteRole,
    roles::ListUserRoles,
    roles::AssignRole,
    roles::RevokeRole,
    permissions::CheckPermission,
    clients::ListClients,
    clients::CreateClient,
    clients::UpdateClient,
    clients::DeleteClient,
    clients::RotateClientSecret,
    oauth::AuthorizeDevice,
    oauth::GrantTokens,
    oauth::RevokeToken,
    oauth::Introspect,
    oauth::CheckRequest,
    oauth::GetJwks,
    oauth::GetServerMetadata,
    oauth::GetOpenidConfiguration,
    oauth::GetUserinfo,
    status::GetAuthStatus,
}
