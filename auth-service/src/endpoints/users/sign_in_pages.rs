//! Pages of the history of sign-ins, for JSON and for HTML.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use contracts::{Cursor, codes};
use service_kit::ApiError;

use crate::domain::SignIn;
use crate::state::AppState;

/// How far back a list reaches that does not say so.
const USUAL_DAYS: TimeDelta = TimeDelta::days(90);
/// Times outside of these years are moved to their edge: PostgreSQL could not store them.
const YEARS: (i64, i64) = (0, 253_402_300_799);

/// Which part of the history.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span<'a> {
    /// Nothing from before this time; 90 days before the end unless given.
    pub since: Option<DateTime<Utc>>,
    /// Nothing from this time on; now unless given.
    pub until: Option<DateTime<Utc>>,
    /// Where to go on.
    pub cursor: Option<&'a Cursor>,
}

/// One page, newest first, and where the next one begins.
///
/// # Errors
/// For a cursor that was not made here, and when the database is away.
pub(crate) async fn read(
    state: &AppState,
    user: UserId,
    span: Span<'_>,
    size: usize,
) -> Result<(Vec<SignIn>, Option<Cursor>), ApiError> {
    let (since, until) = bounds(span, state.now())?;
    // One more than asked for tells whether there is a next page.
    let mut lines = state.store.list_sign_ins(user, since, until, size as u64 + 1).await?;
    let more = lines.len() > size;
    lines.truncate(size);
    let next = lines.last().filter(|_| more).map(|line| write(line.at));
    Ok((lines, next))
}

/// From when to when: the cursor is the time of the last line that was shown.
fn bounds(span: Span<'_>, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    // The end is exclusive, and a sign-in of this very moment is history already.
    let until = span.until.map_or(now + TimeDelta::microseconds(1), within_years);
    let since = span.since.map_or(until - USUAL_DAYS, within_years);
    let until = match span.cursor {
        Some(cursor) => instant(cursor)?,
        None => until,
    };
    Ok((since, until))
}

fn within_years(at: DateTime<Utc>) -> DateTime<Utc> {
    let (first, last) = YEARS;
    if (first..=last).contains(&at.timestamp()) {
        return at;
    }
    DateTime::from_timestamp(at.timestamp().clamp(first, last), 0).unwrap_or(DateTime::UNIX_EPOCH)
}

fn write(at: DateTime<Utc>) -> Cursor {
    Cursor(format!("{:x}", at.timestamp_micros()))
}

fn instant(cursor: &Cursor) -> Result<DateTime<Utc>, ApiError> {
    let plain = cursor.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let micros = i64::from_str_radix(&cursor.0, 16).ok().filter(|_| plain);
    let at = micros.and_then(DateTime::from_timestamp_micros).filter(|at| *at == within_years(*at));
    at.ok_or_else(|| ApiError::new(codes::INVALID_SIGN_INS_CURSOR).detail("pass next_cursor as it came"))
}
