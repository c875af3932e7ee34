//! Changing one's own account.

use chrono::NaiveDate;
use contracts::ids::UserId;

use super::current_user::CurrentUser;
use crate::domain::{BirthDate, DisplayName, InvalidBirthDate, UserChange};
use crate::state::AppState;
use crate::storage::{StorageError, UpdateUserOutcome};

/// What somebody wants to be different; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateMe {
    /// How the person wants to be called.
    pub display_name: Option<DisplayName>,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// ISO 3166 code of where the person lives now.
    pub region: Option<String>,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateMeError {
    /// The day of birth cannot be right.
    #[error("the day of birth is not acceptable")]
    BirthDate(#[from] InvalidBirthDate),
    /// Another day of birth was given before.
    #[error("the day of birth was given before")]
    BirthDateGiven,
    /// The account is gone.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] StorageError),
}

/// Changes an account. Who moves to another region moves to its cell in the same transaction; tokens from before keep
/// working and are followed through the directory.
///
/// # Errors
/// [`UpdateMeError`].
pub async fn update_me(state: &AppState, id: UserId, wish: UpdateMe) -> Result<CurrentUser, UpdateMeError> {
    let (atlas, now) = (state.atlas.load_full(), state.now());
    let today = atlas.today(wish.region.as_deref(), now);
    let change = UserChange {
        display_name: wish.display_name.map(String::from),
        birth_date: wish.birth_date.map(|day| BirthDate::new(day, today)).transpose()?,
        region: wish.region,
    };
    let token_version = state.store.find_token_version(id).await?;
    match state.store.update_user(id, &change, |region| atlas.place(Some(region), id), now).await? {
        UpdateUserOutcome::Updated(user) => {
            let roles = state.store.list_roles_of(id).await?;
            tracing::info!(user.id = %id, cell = %user.key.cell, "account changed");
            Ok(CurrentUser { user: *user, roles, token_version })
        }
        UpdateUserOutcome::BirthDateGiven => Err(UpdateMeError::BirthDateGiven),
        UpdateUserOutcome::NoSuchUser => Err(UpdateMeError::NoSuchUser),
    }
}
