//! Logins that are not in canonical form, by mailbox. Changes nothing.

use std::collections::BTreeMap;

use accounts::Email;
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use service_kit::database::DatabaseError;
use uuid::Uuid;

use super::{LoginConversion, Mailbox, MailboxMember};
use crate::entities::{session, user_login};
use crate::users::EMAIL;

/// Number of rows that are read at once.
const BATCH: u64 = 1000;

impl LoginConversion {
    /// All mailboxes with a login that is not in canonical form, in the order of their addresses. Holds those logins in
    /// memory; in a database of today they are few.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn scan(&self) -> Result<Vec<Mailbox>, DatabaseError> {
        let mut mailboxes = Vec::new();
        for (email, logins) in self.former_logins().await? {
            mailboxes.push(self.read(email.as_ref(), &logins).await?);
        }
        Ok(mailboxes)
    }

    /// Logins that are not canonical, by address; each that is no address is alone.
    async fn former_logins(&self) -> Result<Vec<(Option<Email>, Vec<String>)>, DatabaseError> {
        let mut by_address = BTreeMap::<Email, Vec<String>>::new();
        let mut unusable = Vec::new();
        let mut after = String::new();
        loop {
            let page: Vec<String> = user_login::Entity::find()
                .select_only()
                .column(user_login::Column::Login)
                .filter(user_login::Column::Kind.eq(EMAIL))
                .filter(user_login::Column::Login.gt(after.as_str()))
                .order_by_asc(user_login::Column::Login)
                .limit(BATCH)
                .into_tuple()
                .all(&self.store.db)
                .await?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            for login in page {
                match Email::parse(&login) {
                    Ok(email) if email.as_str() == login => {}
                    Ok(email) => by_address.entry(email).or_default().push(login),
                    Err(_) => unusable.push((None, vec![login])),
                }
            }
        }
        let by_address = by_address.into_iter().map(|(email, logins)| (Some(email), logins));
        Ok(by_address.chain(unusable).collect())
    }

    /// The mailbox with these logins, and the account that has its canonical form.
    async fn read(&self, email: Option<&Email>, former: &[String]) -> Result<Mailbox, DatabaseError> {
        let logins = email.map(|email| email.as_str().to_owned()).into_iter().chain(former.iter().cloned());
        let pool = self.store.db.pool();
        Ok(self.store.db.statement(mailbox(pool, email.cloned(), logins.collect())).await?)
    }
}

/// The mailbox of these logins, without those that no account has.
pub(super) async fn mailbox(
    db: &impl ConnectionTrait,
    email: Option<Email>,
    logins: Vec<String>,
) -> Result<Mailbox, DbErr> {
    let rows: Vec<(String, Uuid)> = user_login::Entity::find()
        .select_only()
        .columns([user_login::Column::Login, user_login::Column::UserId])
        .filter(user_login::Column::Kind.eq(EMAIL))
        .filter(user_login::Column::Login.is_in(logins))
        .order_by_asc(user_login::Column::Login)
        .into_tuple()
        .all(db)
        .await?;
    let mut by_user = BTreeMap::<Uuid, Vec<String>>::new();
    for (login, user) in rows {
        by_user.entry(user).or_default().push(login);
    }
    let mut members = Vec::new();
    for (user, logins) in by_user {
        let (proved_at, last_used_at) = (proved_at(db, &logins).await?, last_used_at(db, user).await?);
        members.push(MailboxMember { user: UserId(user), logins, proved_at, last_used_at });
    }
    Ok(Mailbox::new(email, members))
}

async fn last_used_at(db: &impl ConnectionTrait, user: Uuid) -> Result<Option<DateTime<Utc>>, DbErr> {
    let newest = session::Entity::find()
        .select_only()
        .column(session::Column::LastUsedAt)
        .filter(session::Column::UserId.eq(user))
        .order_by_desc(session::Column::LastUsedAt);
    newest.into_tuple().one(db).await
}

/// Time of the first proof of one of these logins. In tables of a release before proofs there is none.
async fn proved_at(db: &impl ConnectionTrait, logins: &[String]) -> Result<Option<DateTime<Utc>>, DbErr> {
    if !has_proofs(db).await? {
        return Ok(None);
    }
    let mut first = None;
    for login in logins {
        let sql = "SELECT proved_at FROM user_logins WHERE kind = 1 AND login = $1";
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [Value::from(login.as_str())]);
        let row = db.query_one_raw(statement).await?;
        let proved: Option<DateTime<Utc>> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        first = match (first, proved) {
            (Some(known), Some(proved)) => Some(std::cmp::min(known, proved)),
            (known, proved) => known.or(proved),
        };
    }
    Ok(first)
}

/// `true` when the tables have proofs of addresses: `check-logins` reads those of earlier releases as well.
async fn has_proofs(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => "SELECT 1 FROM pragma_table_info('user_logins') WHERE name = 'proved_at'",
        _ => {
            "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() \
             AND table_name = 'user_logins' AND column_name = 'proved_at'"
        }
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    Ok(db.query_one_raw(statement).await?.is_some())
}
