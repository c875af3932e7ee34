//! `GET /api/v1/me/sign-ins`: the caller's own history.

use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::sign_ins::{
    ListSignIns, ListSignInsQuery, ListSignInsResponse, SignIn, SignInMethod, SignInOutcome,
};
use contracts::{Cursor, codes};
use service_kit::{ApiError, Input, Success};

use crate::domain;
use crate::endpoints::answers::place;
use crate::extract::Caller;
use crate::state::AppState;

/// How far back a list reaches that does not say so.
const USUAL_DAYS: TimeDelta = TimeDelta::days(90);
/// Times outside of these years are moved to their edge: PostgreSQL could not store them.
const YEARS: (i64, i64) = (0, 253_402_300_799);

/// Lists sign-ins, newest first. The answer never looks into months outside of its bounds.
pub async fn list_sign_ins(
    state: web::Data<AppState>,
    caller: Caller,
    input: Input<ListSignIns>,
) -> Result<Success<ListSignIns>, ApiError> {
    let (since, until) = bounds(&input.query, state.now())?;
    let size = input.query.page_size.0 as usize;
    // One more than asked for tells whether there is a next page.
    let mut lines = state.store.list_sign_ins(caller.user.id, since, until, size as u64 + 1).await?;
    let more = lines.len() > size;
    lines.truncate(size);
    let next_cursor = lines.last().filter(|_| more).map(|line| write(line.at));
    Ok(Success::new(ListSignInsResponse { items: lines.into_iter().map(shown).collect(), next_cursor }))
}

/// From when to when: the cursor is the time of the last line that was shown.
fn bounds(query: &ListSignInsQuery, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    // The end is exclusive, and a sign-in of this very moment is history already.
    let until = query.until.map_or(now + TimeDelta::microseconds(1), within_years);
    let since = query.since.map_or(until - USUAL_DAYS, within_years);
    let until = match &query.cursor {
        Some(cursor) => read(cursor)?,
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

fn read(cursor: &Cursor) -> Result<DateTime<Utc>, ApiError> {
    let plain = cursor.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let micros = i64::from_str_radix(&cursor.0, 16).ok().filter(|_| plain);
    let at = micros.and_then(DateTime::from_timestamp_micros).filter(|at| *at == within_years(*at));
    at.ok_or_else(|| ApiError::new(codes::INVALID_SIGN_INS_CURSOR).detail("pass next_cursor as it came"))
}

fn shown(line: domain::SignIn) -> SignIn {
    SignIn {
        at: line.at,
        device: line.device,
        method: match line.method {
            domain::SignInMethod::Password => SignInMethod::Password,
            domain::SignInMethod::Refresh => SignInMethod::Refresh,
            domain::SignInMethod::Social => SignInMethod::Social,
        },
        outcome: match line.result {
            domain::SignInResult::Success => SignInOutcome::Success,
            domain::SignInResult::WrongPassword => SignInOutcome::WrongPassword,
            domain::SignInResult::Disabled => SignInOutcome::Disabled,
        },
        place: place(&line.place),
        session_id: line.session_id,
    }
}
