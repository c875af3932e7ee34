//! Table `film_credits`: the people of each film.

use contracts::movies::films::CreditRole;
use sea_orm::entity::prelude::*;

/// A person's role in a film.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "film_credits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub film_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: Role,
    /// Position among all credits of the film.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i16,
    pub person_id: Uuid,
    pub character: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Roles by number: their order is the order of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Role {
    #[sea_orm(num_value = 1)]
    Director,
    #[sea_orm(num_value = 2)]
    Writer,
    #[sea_orm(num_value = 3)]
    Actor,
}

impl From<CreditRole> for Role {
    fn from(role: CreditRole) -> Self {
        match role {
            CreditRole::Director => Self::Director,
            CreditRole::Writer => Self::Writer,
            CreditRole::Actor => Self::Actor,
        }
    }
}

impl From<Role> for CreditRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Director => Self::Director,
            Role::Writer => Self::Writer,
            Role::Actor => Self::Actor,
        }
    }
}
