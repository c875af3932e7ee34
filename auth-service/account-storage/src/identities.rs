//! Identities at social providers: each belongs to one account, and no account is left without a sign-in method.
//!
//! Changes of the sign-in methods of an account lock its row of the directory, so that no two of them decide from the
//! same old state. The key of the table decides which of two accounts gets an identity.

use accounts::{
    AccountEvent, AccountEventKind, Email, Identity, IdentityKey, MAX_IDENTITIES, NewIdentity, User, UserKey,
};
use chrono::{DateTime, Utc};
use contracts::auth::social::ProviderId;
use contracts::ids::UserId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::account_events;
use super::entities::identity;
use super::outbox::{MailDraft, enqueue_to_owner};
use super::store::Store;
use super::users::{by_key, lock, user_from};

/// A linked identity.
#[derive(Debug, Clone)]
pub enum LinkedIdentity {
    /// It was linked now.
    New(Identity),
    /// It was already linked to this account; nothing was written.
    Existing(Identity),
}

/// Reasons why an identity was not linked; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Another account has it.
    #[error("another account has this identity")]
    Taken,
    /// The account has [`MAX_IDENTITIES`].
    #[error("the account has too many identities")]
    TooMany,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be read or written")]
    Storage(#[from] DatabaseError),
}

/// Reasons why an identity was not unlinked; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// The account has no such identity.
    #[error("no such account is linked")]
    NotLinked,
    /// It is the account's only sign-in method.
    #[error("this is the last way in")]
    LastWayIn,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the account could not be changed")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// The identity with this key.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_identity(&self, key: &IdentityKey) -> Result<Option<Identity>, DatabaseError> {
        Ok(find(&self.db, key).await?)
    }

    /// The identities of an account, oldest first, at most [`MAX_IDENTITIES`].
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_identities(&self, id: UserId) -> Result<Vec<Identity>, DatabaseError> {
        Ok(of_user(&self.db, id).await?)
    }

    /// Records a sign-in with an identity, and replaces the grant with which it is revoked. `false` when it is no
    /// longer linked to this account.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn touch_identity(&self, owner: UserId, used: &NewIdentity) -> Result<bool, DatabaseError> {
        self.write(async |tx| {
            let update = identity::Entity::update_many()
                .col_expr(identity::Column::LastUsedAt, Expr::value(stored_time(used.at)))
                .col_expr(identity::Column::Label, Expr::value(used.label.clone()))
                .col_expr(identity::Column::SealedGrant, Expr::value(used.sealed_grant.clone()))
                .col_expr(identity::Column::VouchedLogin, Expr::value(vouched_login(used)))
                .filter(identity::Column::Provider.eq(used.key.provider.as_str()))
                .filter(identity::Column::Subject.eq(used.key.subject.as_str()))
                .filter(identity::Column::UserId.eq(owner.0));
            Ok(update.exec(tx).await?.rows_affected == 1)
        })
        .await
    }

    /// Links an identity to an account, records that in the account's history, and mails its owner.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn link_identity(
        &self,
        id: UserId,
        new: &NewIdentity,
        event: &AccountEvent,
        mail: Option<&MailDraft>,
    ) -> Result<LinkedIdentity, LinkError> {
        self.write(async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(LinkError::NoSuchUser)) };
            if let Some(existing) = find(tx, &new.key).await? {
                let is_mine = existing.user_id == id;
                return Ok(if is_mine { Ok(LinkedIdentity::Existing(existing)) } else { Err(LinkError::Taken) });
            }
            if of_user(tx, id).await?.len() as u64 >= MAX_IDENTITIES {
                return Ok(Err(LinkError::TooMany));
            }
            if !insert(tx, id, new, None).await? {
                return Ok(Err(LinkError::Taken)); // by a concurrent request
            }
            account_events::insert(tx, event).await?;
            enqueue_to_owner(tx, user.email.as_ref(), mail).await?;
            Ok(find(tx, &new.key).await?.map(LinkedIdentity::New).ok_or(LinkError::Taken))
        })
        .await?
    }

    /// Unlinks an identity, records that in the account's history and mails its owner, unless it is the only sign-in
    /// method. Sign-in methods are a password together with an e-mail, and identities of the providers in `enabled`.
    ///
    /// # Errors
    /// [`UnlinkError`].
    pub async fn unlink_identity(
        &self,
        id: UserId,
        identity: Uuid,
        enabled: &[ProviderId],
        at: DateTime<Utc>,
        address: Option<std::net::IpAddr>,
        mail: impl Fn(&ProviderId) -> Option<MailDraft>,
    ) -> Result<Identity, UnlinkError> {
        self.write(async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(UnlinkError::NoSuchUser)) };
            let mut linked = of_user(tx, id).await?;
            let Some(index) = linked.iter().position(|one| one.id == identity) else {
                return Ok(Err(UnlinkError::NotLinked));
            };
            let removed = linked.swap_remove(index);
            let has_password = user.password_hash.is_some() && user.email.is_some();
            if !has_password && !linked.iter().any(|one| enabled.contains(&one.key.provider)) {
                return Ok(Err(UnlinkError::LastWayIn));
            }
            let key = (removed.key.provider.as_str().to_owned(), removed.key.subject.clone());
            identity::Entity::delete_by_id(key).exec(tx).await?;
            let (kind, subject) = (AccountEventKind::SocialUnlinked, removed.key.provider.as_str().to_owned());
            account_events::insert(tx, &AccountEvent { user_id: id, at, kind, subject, address }).await?;
            let mail = mail(&removed.key.provider);
            enqueue_to_owner(tx, user.email.as_ref(), mail.as_ref()).await?;
            Ok(Ok(removed))
        })
        .await?
    }
}

/// The account, with a lock on its row of the directory until the end of the transaction.
pub(super) async fn lock_user(tx: &DatabaseTransaction, id: UserId) -> Result<Option<User>, DbErr> {
    let Some(cell) = lock(tx, id).await? else { return Ok(None) };
    Ok(by_key(UserKey { id, cell }).one(tx).await?.map(user_from))
}

async fn find(db: &impl ConnectionTrait, key: &IdentityKey) -> Result<Option<Identity>, DbErr> {
    let key = (key.provider.as_str().to_owned(), key.subject.clone());
    Ok(identity::Entity::find_by_id(key).one(db).await?.and_then(identity_from))
}

pub(super) async fn of_user(db: &impl ConnectionTrait, id: UserId) -> Result<Vec<Identity>, DbErr> {
    let query = identity::Entity::find()
        .filter(identity::Column::UserId.eq(id.0))
        .order_by_asc(identity::Column::LinkedAt)
        .order_by_asc(identity::Column::Id);
    Ok(query.all(db).await?.into_iter().filter_map(identity_from).collect())
}

/// Unlinks all social accounts; the password remains as a sign-in method. Requires the lock on the row of the
/// directory, as all linking and unlinking does.
pub(super) async fn unlink_all(
    tx: &DatabaseTransaction,
    id: UserId,
    at: DateTime<Utc>,
    address: Option<std::net::IpAddr>,
) -> Result<Vec<Identity>, DbErr> {
    let linked = of_user(tx, id).await?;
    identity::Entity::delete_many().filter(identity::Column::UserId.eq(id.0)).exec(tx).await?;
    for identity in &linked {
        let (kind, subject) = (AccountEventKind::SocialUnlinked, identity.key.provider.as_str().to_owned());
        account_events::insert(tx, &AccountEvent { user_id: id, at, kind, subject, address }).await?;
    }
    Ok(linked)
}

/// `true` when no account had the identity.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    owner: UserId,
    new: &NewIdentity,
    used: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let row = identity::ActiveModel {
        provider: Set(new.key.provider.as_str().to_owned()),
        subject: Set(new.key.subject.clone()),
        id: Set(Uuid::now_v7()),
        user_id: Set(owner.0),
        label: Set(new.label.clone()),
        linked_at: Set(stored_time(new.at)),
        last_used_at: Set(used.map(stored_time)),
        sealed_grant: Set(new.sealed_grant.clone()),
        vouched_login: Set(vouched_login(new)),
    };
    let known = OnConflict::columns([identity::Column::Provider, identity::Column::Subject]).do_nothing().to_owned();
    let inserted = identity::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    Ok(inserted == 1)
}

fn vouched_login(new: &NewIdentity) -> Option<String> {
    new.vouched_login.as_ref().map(|email| email.as_str().to_owned())
}

/// `None` for an invalid provider name.
fn identity_from(row: identity::Model) -> Option<Identity> {
    Some(Identity {
        id: row.id,
        key: IdentityKey { provider: ProviderId::parse(&row.provider)?, subject: row.subject },
        user_id: UserId(row.user_id),
        label: row.label,
        linked_at: row.linked_at,
        last_used_at: row.last_used_at,
        sealed_grant: row.sealed_grant,
        vouched_login: row.vouched_login.and_then(|text| Email::parse(&text).ok()),
    })
}
