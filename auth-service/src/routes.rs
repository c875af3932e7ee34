//! Every URL of auth-service.

use contracts::auth::{oauth, roles, sessions, users};
use service_kit::Routes;

use crate::endpoints;

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .add::<users::SignUp, _, _>(endpoints::users::sign_up)
        .add::<users::GetMe, _, _>(endpoints::users::get_me)
        .add::<sessions::LogIn, _, _>(endpoints::sessions::log_in)
        .add::<sessions::RefreshSession, _, _>(endpoints::sessions::refresh_session)
        .add::<sessions::LogOut, _, _>(endpoints::sessions::log_out)
        .add::<roles::AssignRole, _, _>(endpoints::roles::assign_role)
        .add::<roles::RevokeRole, _, _>(endpoints::roles::revoke_role)
        .add::<oauth::Introspect, _, _>(endpoints::oauth::introspect)
        .add::<oauth::GetJwks, _, _>(endpoints::oauth::get_jwks)
        .add::<oauth::GetServerMetadata, _, _>(endpoints::oauth::get_server_metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_contract_and_health() {
        let served = routes().endpoints();
        for endpoint in contracts::auth::ENDPOINTS {
            assert!(served.contains(endpoint), "{} is not served", endpoint.id);
        }
        assert_eq!(served.len(), contracts::auth::ENDPOINTS.len() + 2);
    }
}
