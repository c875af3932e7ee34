//! Roles and permissions.

use crate::auth::permissions::{CheckPermission, CheckPermissionResponse, FILMS_PLAY_SUBSCRIPTION, PermissionPath};
use crate::auth::roles::{
    AssignRole, CreateRole, CreateRoleRequest, DeleteRole, GetRole, ListRoles, ListRolesQuery, ListRolesResponse,
    ListUserRoles, ListUserRolesResponse, RevokeRole, Role, RolePath, RoleResponse, RolesOfUserPath, SUBSCRIBER,
    UpdateRole, UpdateRoleRequest, UserRolePath,
};
use crate::examples::{Example, Examples, world};
use crate::{NoContent, PageSize};

const TRIAL: &str = "trial";

fn role(name: &str, description: &str, system: bool) -> Role {
    Role { name: name.to_owned(), description: description.to_owned(), system, permissions: plays() }
}

fn plays() -> Vec<String> {
    vec![FILMS_PLAY_SUBSCRIPTION.to_owned()]
}

fn trial() -> Role {
    role(TRIAL, "A month for free", false)
}

fn subscriber() -> Role {
    role(SUBSCRIBER, "Plays films of the subscription tier", true)
}

fn trial_path() -> RolePath {
    RolePath { role: TRIAL.to_owned() }
}

fn anna_subscribes() -> UserRolePath {
    UserRolePath { user_id: world::ANNA, role: SUBSCRIBER.to_owned() }
}

impl Examples for CreateRole {
    fn example() -> Example<Self> {
        Example::new("trial", "A role for a month for free", RoleResponse { role: trial() }).body(CreateRoleRequest {
            name: TRIAL.to_owned(),
            description: "A month for free".to_owned(),
            permissions: plays(),
        })
    }
}

impl Examples for ListRoles {
    fn example() -> Example<Self> {
        let output = ListRolesResponse { items: vec![subscriber(), trial()], next_cursor: None };
        Example::new("two_roles", "The last page of the roles", output)
            .query(ListRolesQuery { page_size: PageSize(20), cursor: None })
    }
}

impl Examples for GetRole {
    fn example() -> Example<Self> {
        Example::new("trial", "A role of administrators", RoleResponse { role: trial() }).path(trial_path())
    }
}

impl Examples for UpdateRole {
    fn example() -> Example<Self> {
        let output = RoleResponse { role: Role { permissions: Vec::new(), ..trial() } };
        Example::new("nothing_allowed", "The role allows nothing any more", output)
            .path(trial_path())
            .body(UpdateRoleRequest { description: None, permissions: Some(Vec::new()) })
    }
}

impl Examples for DeleteRole {
    fn example() -> Example<Self> {
        Example::new("trial", "The role is deleted", NoContent {}).path(trial_path())
    }
}

impl Examples for ListUserRoles {
    fn example() -> Example<Self> {
        Example::new("subscriber", "Anna's role", ListUserRolesResponse { items: vec![subscriber()] })
            .path(RolesOfUserPath { user_id: world::ANNA })
    }
}

impl Examples for AssignRole {
    fn example() -> Example<Self> {
        Example::new("subscriber", "Anna becomes a subscriber", NoContent {}).path(anna_subscribes())
    }
}

impl Examples for RevokeRole {
    fn example() -> Example<Self> {
        Example::new("subscriber", "Anna's subscription ends", NoContent {}).path(anna_subscribes())
    }
}

impl Examples for CheckPermission {
    fn example() -> Example<Self> {
        Example::new(
            "allowed",
            "Anna may play films of the subscription tier",
            CheckPermissionResponse { allowed: true },
        )
        .path(PermissionPath { name: FILMS_PLAY_SUBSCRIPTION.to_owned() })
    }
}
