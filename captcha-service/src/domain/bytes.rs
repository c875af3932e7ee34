//! Fixed layouts: stored and sealed records have the same length whatever their content.

use super::unix_millis::UnixMillis;

/// Writes fields one after the other into `N` bytes; the rest stays zero.
pub(in crate::domain) struct Writer<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Writer<N> {
    pub(in crate::domain) fn new() -> Self {
        Self { bytes: [0; N], at: 0 }
    }

    pub(in crate::domain) fn put(mut self, field: &[u8]) -> Self {
        let end = (self.at + field.len()).min(N);
        debug_assert!(self.at + field.len() <= N, "the layout has no room");
        self.bytes[self.at..end].copy_from_slice(&field[..end - self.at]);
        self.at = end;
        self
    }

    pub(in crate::domain) fn timestamp(self, timestamp: UnixMillis) -> Self {
        self.put(&timestamp.millis().to_le_bytes()[..6])
    }

    pub(in crate::domain) fn done(self) -> [u8; N] {
        self.bytes
    }
}

/// Reads the same fields.
pub(in crate::domain) struct Reader<'a>(pub(in crate::domain) &'a [u8]);

impl Reader<'_> {
    pub(in crate::domain) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    pub(in crate::domain) fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    pub(in crate::domain) fn timestamp(&mut self) -> Option<UnixMillis> {
        let [a, b, c, d, e, f] = self.take()?;
        Some(UnixMillis::from_millis(u64::from_le_bytes([a, b, c, d, e, f, 0, 0])))
    }
}
