//! Paged lists: by an opaque cursor, or by number for the first thousand pages.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest page.
pub const MAX_PAGE_SIZE: u32 = 100;
/// The last page available by number; beyond it, follow the cursor.
pub const MAX_PAGE: u32 = 1000;

/// Items on one page: 1 to 100, 20 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct PageSize(#[garde(range(min = 1, max = MAX_PAGE_SIZE))] pub u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

/// Start of the next page. Clients pass it back unchanged; at most 512 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct Cursor(#[garde(length(chars, min = 1, max = 512))] pub String);
