//! Fixed layouts: what is kept and what is sealed has the same length whatever is in it.

use super::moment::Moment;

/// Writes fields one after the other into `N` bytes; what is not written stays zero.
pub(super) struct Writer<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Writer<N> {
    pub(super) fn new() -> Self {
        Self { bytes: [0; N], at: 0 }
    }

    pub(super) fn put(mut self, field: &[u8]) -> Self {
        let end = (self.at + field.len()).min(N);
        debug_assert!(self.at + field.len() <= N, "the layout has no room");
        self.bytes[self.at..end].copy_from_slice(&field[..end - self.at]);
        self.at = end;
        self
    }

    pub(super) fn moment(self, moment: Moment) -> Self {
        self.put(&moment.millis().to_le_bytes()[..6])
    }

    pub(super) fn done(self) -> [u8; N] {
        self.bytes
    }
}

/// Reads the same fields.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    pub(super) fn moment(&mut self) -> Option<Moment> {
        let [a, b, c, d, e, f] = self.take()?;
        Some(Moment::from_millis(u64::from_le_bytes([a, b, c, d, e, f, 0, 0])))
    }
}
