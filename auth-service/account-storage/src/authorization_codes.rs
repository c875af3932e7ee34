//! Authorization codes, each used once (RFC 6749 §4.1.2): a row records the use, and nothing is stored before it.

use accounts::{NewSession, SignIn};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::SessionId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::entities::authorization_code::{ActiveModel, Column, Entity};
use super::identities::lock_user;
use super::sessions::{self, InsertSessionError};
use super::store::Store;

/// Time after its end for which a used code is remembered: clocks differ, and a code that is presented late ends the session
/// that it opened.
pub const CODES_KEPT: TimeDelta = TimeDelta::minutes(10);

/// A code that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedCode {
    /// Its id.
    pub id: Uuid,
    /// Session of the browser that got it.
    pub browser: SessionId,
    /// Its end.
    pub expires_at: DateTime<Utc>,
}

/// Reasons why a code opened no session.
#[derive(Debug, thiserror::Error)]
pub enum UseCodeError {
    /// It was used before, or its browser has signed out; the session that it opened, if any.
    #[error("the code was used before")]
    UsedBefore(Option<SessionId>),
    /// The session could not be opened.
    #[error(transparent)]
    Session(#[from] InsertSessionError),
}

impl Store {
    /// Uses up a code and opens its session, atomically, if that of its browser has not ended. Returns the sessions that
    /// ended for it.
    ///
    /// # Errors
    /// [`UseCodeError`].
    pub async fn redeem_authorization_code(
        &self,
        code: UsedCode,
        session: &NewSession,
        sign_in: &SignIn,
    ) -> Result<Vec<SessionId>, UseCodeError> {
        let work = async |tx: &DatabaseTransaction| {
            lock_user(tx, session.user.id).await?; // first, as a deletion of the account does
            let is_signed_in = sessions::is_open(tx, code.browser).await?;
            if let Err(known) = insert(tx, code, is_signed_in.then_some(session.id)).await? {
                return Ok(Err(UseCodeError::UsedBefore(known)));
            }
            if !is_signed_in {
                return Ok(Err(UseCodeError::UsedBefore(None)));
            }
            Ok(sessions::insert(tx, session, sign_in).await?.map_err(UseCodeError::from))
        };
        self.write_in_month(sign_in.at, work).await.map_err(InsertSessionError::from)?
    }

    /// Uses up a code that was presented wrongly.
    ///
    /// # Errors
    /// [`UseCodeError`].
    pub async fn spend_authorization_code(&self, code: UsedCode) -> Result<(), UseCodeError> {
        let spent = self.write(async |tx| insert(tx, code, None).await).await.map_err(InsertSessionError::from)?;
        spent.map_err(UseCodeError::UsedBefore)
    }

    /// Deletes codes that ended long ago.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn purge_authorization_codes(&self, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        // One statement is a transaction by itself, and can run in a task that moves between threads.
        let delete = async {
            let _turn = self.write_turn().await;
            Ok(Entity::delete_many().filter(Column::ExpiresAt.lt(stored_time(now - CODES_KEPT))).exec(&self.db).await?)
        };
        self.bounded_write(delete).await.map(drop)
    }
}

/// Records a use; `Err` with the session of the use before this one. Of two at once the second waits for the first.
async fn insert(
    tx: &DatabaseTransaction,
    code: UsedCode,
    session: Option<SessionId>,
) -> Result<Result<(), Option<SessionId>>, DbErr> {
    let (id, expires_at) = (Set(code.id), Set(stored_time(code.expires_at)));
    let row = ActiveModel { id, session_id: Set(session.map(|session| session.0)), expires_at };
    let first = OnConflict::column(Column::Id).do_nothing().to_owned();
    if Entity::insert(row).on_conflict(first).exec_without_returning(tx).await? == 1 {
        return Ok(Ok(()));
    }
    let known = Entity::find_by_id(code.id).one(tx).await?;
    Ok(Err(known.and_then(|row| row.session_id).map(SessionId)))
}
