//! Finding accounts, and looking at one with all that belongs to it.

use account_storage::{FoundUser, MAX_LOGIN_OWNERS, OperatorActError, UserSearch};
use accounts::{AccountEvent, AuditContext, Identity, OpenSession, PresentedLogin, RoleName, SignIn, User};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Cursor;
use contracts::ids::UserId;
use service_kit::database::DatabaseError;

use super::Operators;

/// Maximum number of listed sessions and of changes.
const MAX_LISTED: u64 = 100;
/// Maximum number of listed sign-ins, and the time from which they are.
const MAX_SIGN_INS: u64 = 20;
const SIGN_INS: TimeDelta = TimeDelta::days(90);

/// Search for accounts, and its page.
#[derive(Debug, Clone, Copy)]
pub enum SearchPage<'a> {
    /// By a login, as typed at a sign-in.
    Login(&'a PresentedLogin),
    /// By role.
    Role {
        /// The role.
        role: &'a RoleName,
        /// Cursor of the previous page.
        cursor: Option<&'a Cursor>,
        /// Accounts on a page.
        size: usize,
    },
}

/// Reasons why nothing was searched for.
#[derive(Debug, thiserror::Error)]
pub enum FindUsersError {
    /// The cursor was not issued here.
    #[error("the cursor is not valid")]
    InvalidCursor,
    /// SQL failed.
    #[error("the accounts could not be read")]
    Storage(#[from] DatabaseError),
}

/// An account with all that belongs to it.
#[derive(Debug, Clone)]
pub struct UserDetails {
    /// The account.
    pub user: User,
    /// `true` when its e-mail is proved.
    pub is_email_proved: bool,
    /// Its roles in alphabetical order.
    pub roles: Vec<String>,
    /// Its active sessions, the most recently used first.
    pub sessions: Vec<OpenSession>,
    /// Its identities, oldest first.
    pub identities: Vec<Identity>,
    /// Changes of its sign-in methods, newest first.
    pub events: Vec<AccountEvent>,
    /// Its last sign-ins, newest first.
    pub sign_ins: Vec<SignIn>,
}

impl Operators {
    /// Searches for accounts. Returns them with the cursor of the next page.
    ///
    /// # Errors
    /// [`FindUsersError`].
    pub async fn find(
        &self,
        page: SearchPage<'_>,
        context: &AuditContext,
    ) -> Result<(Vec<FoundUser>, Option<Cursor>), FindUsersError> {
        let (search, size) = match page {
            SearchPage::Login(login) => (UserSearch::Login(login.clone()), MAX_LOGIN_OWNERS),
            SearchPage::Role { role, cursor, size } => {
                let after = cursor.map(|cursor| cursor.0.parse()).transpose();
                let after = after.map_err(|_| FindUsersError::InvalidCursor)?;
                // One account more than the page shows whether there is a next page.
                (UserSearch::Role { role: role.clone(), after, limit: size as u64 + 1 }, size)
            }
        };
        let mut found = self.store.find_users(&search, context).await?;
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(|user| Cursor(user.id.to_string()));
        Ok((found, next))
    }

    /// Looks at an account. The look is recorded before anything else is read.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn get(&self, id: UserId, context: &AuditContext) -> Result<UserDetails, OperatorActError> {
        let (store, now) = (&self.store, self.clock.now());
        let user = store.get_user(id, context).await?;
        let login = match &user.email {
            Some(email) => store.find_login(email).await?,
            None => None,
        };
        Ok(UserDetails {
            user,
            is_email_proved: login.is_some_and(|login| login.user.id == id && !login.is_claim()),
            roles: store.list_roles_of(id).await?,
            sessions: store.list_open_sessions(id, now, MAX_LISTED).await?,
            identities: store.list_identities(id).await?,
            events: store.list_account_events(id, MAX_LISTED).await?,
            sign_ins: store.list_sign_ins(id, now - SIGN_INS, after(now), MAX_SIGN_INS).await?,
        })
    }

    /// Ids of the accounts that sign in by this login, for a command that acts on one: the act is recorded, with its
    /// account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_ids(&self, login: &PresentedLogin) -> Result<Vec<UserId>, DatabaseError> {
        Ok(self.store.find_login_owners(login).await?.into_iter().map(|key| key.id).collect())
    }
}

/// The end of a range is exclusive, and a sign-in of this instant is included.
fn after(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::microseconds(1)
}
