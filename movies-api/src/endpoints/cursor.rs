//! Cursors: a place in an order, tied to the list it came from.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::{Cursor, codes};
use service_kit::ApiError;

use crate::index::{Position, Start};

/// Bytes that bind a cursor to its list and show when it was cut.
const SEAL: usize = 6;

/// Where the page of the list that `list` describes begins: after a cursor, or by its number.
///
/// # Errors
/// 400 when both are given, or the cursor is none of this list.
pub fn start(cursor: Option<&Cursor>, page: Option<u32>, size: usize, list: &str) -> Result<Start, ApiError> {
    match (cursor, page) {
        (Some(_), Some(_)) => {
            Err(ApiError::new(codes::INVALID_QUERY).with_error("?page", "invalid_value", "give either page or cursor"))
        }
        (Some(place), None) => Ok(Start::After(read(place, list)?)),
        (None, page) => Ok(Start::Offset((page.unwrap_or(1) as usize - 1) * size)),
    }
}

/// Writes `place` down for the list that `list` describes (its filters and order, not its page).
pub fn write(place: &Position, list: &str) -> Result<Cursor, ApiError> {
    let mut bytes = serde_json::to_vec(place).map_err(ApiError::internal)?;
    bytes.extend(seal(&bytes, list));
    Ok(Cursor(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Reads a cursor of the list that `list` describes.
///
/// # Errors
/// 400 when it is cut, made up, or from another list.
fn read(cursor: &Cursor, list: &str) -> Result<Position, ApiError> {
    let refused =
        || ApiError::new(codes::INVALID_CURSOR).detail("pass next_cursor as it came, with the same filters and order");
    let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).map_err(|_| refused())?;
    let (place, given) = bytes.split_at_checked(bytes.len().saturating_sub(SEAL)).ok_or_else(refused)?;
    if given != seal(place, list) {
        return Err(refused());
    }
    serde_json::from_slice(place).map_err(|_| refused())
}

/// No secret: a cursor gives no rights, it only must not be mistaken for another.
fn seal(place: &[u8], list: &str) -> [u8; SEAL] {
    let mut seal = [0; SEAL];
    let hash = digest(&SHA256, &[list.as_bytes(), b"|", place].concat());
    seal.copy_from_slice(&hash.as_ref()[..SEAL]);
    seal
}
