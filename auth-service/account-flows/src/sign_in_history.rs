//! Pagination of the sign-in history, for JSON and for HTML.

use accounts::SignIn;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Cursor;
use contracts::ids::UserId;
use service_kit::database::DatabaseError;

use super::sessions::Sessions;

/// Default length of a range.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(90);
/// Bounds of timestamps, in seconds since 1970: the years 1970 to 9999. Times outside are clamped, because PostgreSQL
/// cannot store all of them.
const TIMESTAMP_BOUNDS: (i64, i64) = (0, 253_402_300_799);

/// Range of the history.
#[derive(Debug, Clone, Copy, Default)]
pub struct HistoryRange<'a> {
    /// Inclusive start; by default 90 days before the end.
    pub since: Option<DateTime<Utc>>,
    /// Exclusive end; by default now.
    pub until: Option<DateTime<Utc>>,
    /// Cursor of the previous page.
    pub cursor: Option<&'a Cursor>,
}

/// Reasons why no page was read.
#[derive(Debug, thiserror::Error)]
pub enum SignInHistoryError {
    /// The cursor was not issued here.
    #[error("the cursor is not valid")]
    InvalidCursor,
    /// SQL failed.
    #[error("the history could not be read")]
    Storage(#[from] DatabaseError),
}

impl Sessions {
    /// Reads one page, newest first, and the cursor of the next one.
    ///
    /// # Errors
    /// [`SignInHistoryError`].
    pub async fn list_sign_ins(
        &self,
        user: UserId,
        range: HistoryRange<'_>,
        size: usize,
    ) -> Result<(Vec<SignIn>, Option<Cursor>), SignInHistoryError> {
        let (since, until) = bounds(range, self.clock.now())?;
        // One row more than the page shows whether there is a next page.
        let mut lines = self.store.list_sign_ins(user, since, until, size as u64 + 1).await?;
        let more = lines.len() > size;
        lines.truncate(size);
        let next = lines.last().filter(|_| more).map(|line| cursor_at(line.at));
        Ok((lines, next))
    }
}

/// Bounds of the query. The cursor is the time of the last row of the previous page.
fn bounds(range: HistoryRange<'_>, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), SignInHistoryError> {
    // The end is exclusive, and a sign-in of this instant is included.
    let until = range.until.map_or(now + TimeDelta::microseconds(1), clamped);
    let since = range.since.map_or(until - DEFAULT_RANGE, clamped);
    let until = match range.cursor {
        Some(cursor) => parse_cursor(cursor)?,
        None => until,
    };
    Ok((since, until))
}

fn clamped(at: DateTime<Utc>) -> DateTime<Utc> {
    let (first, last) = TIMESTAMP_BOUNDS;
    if (first..=last).contains(&at.timestamp()) {
        return at;
    }
    DateTime::from_timestamp(at.timestamp().clamp(first, last), 0).unwrap_or(DateTime::UNIX_EPOCH)
}

fn cursor_at(at: DateTime<Utc>) -> Cursor {
    Cursor(format!("{:x}", at.timestamp_micros()))
}

fn parse_cursor(cursor: &Cursor) -> Result<DateTime<Utc>, SignInHistoryError> {
    let plain = cursor.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let micros = i64::from_str_radix(&cursor.0, 16).ok().filter(|_| plain);
    let at = micros.and_then(DateTime::from_timestamp_micros).filter(|at| *at == clamped(*at));
    at.ok_or(SignInHistoryError::InvalidCursor)
}
