//! Pagination of audit events.

use accounts::{AuditContext, AuditFilter, AuditPosition, AuditRecord};
use chrono::DateTime;
use contracts::Cursor;
use contracts::ids::UserId;
use service_kit::database::DatabaseError;
use uuid::Uuid;

use super::Operators;

/// Reasons why no events were read.
#[derive(Debug, thiserror::Error)]
pub enum AuditLogError {
    /// The cursor was not issued here.
    #[error("the cursor is not valid")]
    InvalidCursor,
    /// SQL failed.
    #[error("the audit events could not be read")]
    Storage(#[from] DatabaseError),
}

impl Operators {
    /// Audit events about `user` and by `actor`, newest first, with the cursor of the next page.
    ///
    /// # Errors
    /// [`AuditLogError`].
    pub async fn list_audit_events(
        &self,
        (user, actor): (Option<UserId>, Option<UserId>),
        cursor: Option<&Cursor>,
        size: usize,
        context: &AuditContext,
    ) -> Result<(Vec<AuditRecord>, Option<Cursor>), AuditLogError> {
        let before = cursor.map(|cursor| parse_cursor(cursor).ok_or(AuditLogError::InvalidCursor)).transpose()?;
        let filter = AuditFilter { user_id: user, actor_id: actor, before };
        // One event more than the page shows whether there is a next page.
        let mut events = self.store.list_audit_events(filter, size as u64 + 1, context).await?;
        let more = events.len() > size;
        events.truncate(size);
        let next = events.last().filter(|_| more).map(cursor_at);
        Ok((events, next))
    }
}

fn cursor_at(event: &AuditRecord) -> Cursor {
    Cursor(format!("{:x}.{}", event.at.timestamp_micros(), event.id.simple()))
}

fn parse_cursor(cursor: &Cursor) -> Option<AuditPosition> {
    let (at, id) = cursor.0.split_once('.')?;
    let at = DateTime::from_timestamp_micros(i64::from_str_radix(at, 16).ok()?)?;
    // Years beyond these cannot be compared by PostgreSQL.
    let is_plausible = (DateTime::UNIX_EPOCH..DateTime::from_timestamp(253_402_300_799, 0)?).contains(&at);
    is_plausible.then_some(AuditPosition { at, id: Uuid::parse_str(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_issued_and_no_other_text_is_one() {
        let read = |text: &str| parse_cursor(&Cursor(text.to_owned()));
        let id = Uuid::from_u128(7);
        let at = DateTime::from_timestamp_micros(1_770_000_000_123_456).unwrap();
        assert_eq!(read(&format!("{:x}.{}", at.timestamp_micros(), id.simple())), Some(AuditPosition { at, id }));
        for text in ["", "x", "1", "1.", ".1", "1.x", "-5.00000000000000000000000000000007", "7fffffffffffffff.7"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
