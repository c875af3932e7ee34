//! Cursors: a position in an order, bound to the list it came from.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::{Cursor, codes};
use service_kit::ApiError;

use crate::index::{Position, Start};

/// Bytes that bind a cursor to its list and reveal truncation.
const SEAL: usize = 6;

/// Start of a page of the list that `list` describes: after a cursor, or by page number.
///
/// # Errors
/// 400 when both are given, or the cursor is not one of this list.
pub fn start(cursor: Option<&Cursor>, page: Option<u32>, size: usize, list: &str) -> Result<Start, ApiError> {
    match (cursor, page) {
        (Some(_), Some(_)) => {
            Err(ApiError::new(codes::INVALID_QUERY).with_error("?page", "invalid_value", "give either page or cursor"))
        }
        (Some(position), None) => Ok(Start::After(read(position, list)?)),
        (None, page) => Ok(Start::Offset((page.unwrap_or(1) as usize - 1) * size)),
    }
}

/// Encodes `position` for the list that `list` describes (its filters and order, not its page).
pub fn write(position: &Position, list: &str) -> Result<Cursor, ApiError> {
    let mut bytes = serde_json::to_vec(position).map_err(ApiError::internal)?;
    bytes.extend(seal(&bytes, list));
    Ok(Cursor(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Decodes a cursor of the list that `list` describes.
///
/// # Errors
/// 400 when it is truncated, made up, or of another list.
fn read(cursor: &Cursor, list: &str) -> Result<Position, ApiError> {
    let invalid =
        || ApiError::new(codes::INVALID_CURSOR).detail("pass next_cursor as it came, with the same filters and order");
    let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).map_err(|_| invalid())?;
    let (position, given) = bytes.split_at_checked(bytes.len().saturating_sub(SEAL)).ok_or_else(invalid)?;
    if given != seal(position, list) {
        return Err(invalid());
    }
    serde_json::from_slice(position).map_err(|_| invalid())
}

/// Not a secret: a cursor grants nothing, it only must not be mistaken for another list's.
fn seal(position: &[u8], list: &str) -> [u8; SEAL] {
    let mut seal = [0; SEAL];
    let hash = digest(&SHA256, &[list.as_bytes(), b"|", position].concat());
    seal.copy_from_slice(&hash.as_ref()[..SEAL]);
    seal
}
