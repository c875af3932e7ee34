//! Budgets of wrong codes. Counted before a code is compared, in the same transaction, so that concurrent guesses do not
//! share one unit; refunded for a right one.

use accounts::{CodeGuesses, GUESS_PERIOD, MAX_WRONG_OF_ACCOUNT, MAX_WRONG_OF_NETWORK};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use service_kit::database::stored_time;
use uuid::Uuid;

use crate::entities::code_guess::{ActiveModel, Column, Entity, Model};

/// `code_guesses.network` of the sum over all networks. It sorts first.
const ALL_NETWORKS: &str = "";

/// One guess, counted in both budgets.
pub(super) struct CountedGuess {
    subject: Uuid,
    before: Vec<(String, CodeGuesses)>,
}

/// Counts a guess; `None` when a budget is used up. The rows are locked until the end of the transaction.
pub(super) async fn count_guess(
    tx: &DatabaseTransaction,
    subject: Uuid,
    network: &str,
    now: DateTime<Utc>,
) -> Result<Option<CountedGuess>, DbErr> {
    Entity::delete_many().filter(Column::Since.lt(stored_time(now - GUESS_PERIOD))).exec(tx).await?;
    for network in [ALL_NETWORKS, network] {
        let row = ActiveModel {
            subject: Set(subject),
            network: Set(network.to_owned()),
            since: Set(stored_time(now)),
            wrong: Set(0),
        };
        let known = OnConflict::columns([Column::Subject, Column::Network]).do_nothing().to_owned();
        Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    }
    let rows = Entity::find()
        .filter(Column::Subject.eq(subject))
        .filter(Column::Network.is_in([ALL_NETWORKS, network]))
        .order_by_asc(Column::Network)
        .lock_exclusive();
    let mut before = Vec::new();
    for row in rows.all(tx).await? {
        let max = if row.network == ALL_NETWORKS { MAX_WRONG_OF_ACCOUNT } else { MAX_WRONG_OF_NETWORK };
        let guesses = guesses_from(&row);
        let Some(next) = guesses.with_guess(max, now) else {
            refund(tx, CountedGuess { subject, before }).await?;
            return Ok(None);
        };
        write(tx, subject, &row.network, next).await?;
        before.push((row.network, guesses));
    }
    Ok(Some(CountedGuess { subject, before }))
}

/// Refunds a guess: the code was right.
pub(super) async fn refund(tx: &DatabaseTransaction, counted: CountedGuess) -> Result<(), DbErr> {
    for (network, guesses) in counted.before {
        write(tx, counted.subject, &network, guesses).await?;
    }
    Ok(())
}

/// Refills the budgets of an account.
pub(crate) async fn refill_code_guesses(tx: &DatabaseTransaction, subject: Uuid) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Subject.eq(subject)).exec(tx).await.map(drop)
}

async fn write(tx: &DatabaseTransaction, subject: Uuid, network: &str, guesses: CodeGuesses) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Since, Expr::value(stored_time(guesses.since)))
        .col_expr(Column::Wrong, Expr::value(i16::try_from(guesses.wrong).unwrap_or(i16::MAX)))
        .filter(Column::Subject.eq(subject))
        .filter(Column::Network.eq(network))
        .exec(tx)
        .await
        .map(drop)
}

fn guesses_from(row: &Model) -> CodeGuesses {
    CodeGuesses { since: row.since, wrong: u16::try_from(row.wrong).unwrap_or(u16::MAX) }
}
