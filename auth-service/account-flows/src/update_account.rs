//! Changes of a user's own account.

use account_storage::{RoleSnapshot, UpdateUserError};
use accounts::{BirthDate, DisplayName, InvalidBirthDate, UserChange};
use chrono::NaiveDate;
use contracts::ids::UserId;

use super::accounts::Accounts;
use super::current_user::CurrentUser;

/// Requested changes; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct UpdateAccount {
    /// Display name chosen by the user.
    pub display_name: Option<DisplayName>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// ISO 3166 code of the user's current region.
    pub region: Option<String>,
}

/// Reasons why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateAccountError {
    /// The birth date is not plausible.
    #[error("the day of birth is not acceptable")]
    BirthDate(#[from] InvalidBirthDate),
    /// The account does not permit the change, or SQL failed.
    #[error("the account could not be changed")]
    Update(#[from] UpdateUserError),
}

impl Accounts {
    /// Changes an account. With a new region it moves to that region's cell in the same transaction; earlier tokens
    /// remain valid, and the directory finds the account.
    ///
    /// # Errors
    /// [`UpdateAccountError`].
    pub async fn update(&self, id: UserId, request: UpdateAccount) -> Result<CurrentUser, UpdateAccountError> {
        let (region_map, now) = (self.region_map.load_full(), self.clock.now());
        let today = region_map.today(request.region.as_deref(), now);
        let change = UserChange {
            display_name: request.display_name.map(String::from),
            birth_date: request.birth_date.map(|day| BirthDate::new(day, today)).transpose()?,
            region: request.region,
        };
        // Before the change: see `find_current_user`.
        let RoleSnapshot { roles, token_version } =
            self.store.find_role_snapshot(id).await.map_err(UpdateUserError::from)?;
        let user = self.store.update_user(id, &change, |region| region_map.place(Some(region), id), now).await?;
        tracing::info!(user.id = %id, cell = %user.key.cell, "account changed");
        Ok(CurrentUser { user, roles, token_version })
    }
}
