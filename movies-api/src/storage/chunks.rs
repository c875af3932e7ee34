//! Splits statements over many rows, within the limits of the databases.

/// Maximum rows of one statement. With the widest table (19 columns) that makes 9,728 bound values; SQLite accepts
/// 32,766 and PostgreSQL 65,535.
const MAX_ROWS: usize = 512;

/// Splits `items` into chunks with sizes of powers of two, at most 512. Statements over chunks then have ten shapes
/// only, so that each is planned once and the driver's cache of prepared statements stays small.
pub fn chunks<T>(items: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let size = 1 << rest.len().min(MAX_ROWS).checked_ilog2()?;
        let (chunk, after) = rest.split_at(size);
        rest = after;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn chunks_are_powers_of_two_and_lose_nothing() {
        let items: Vec<u32> = (0..1_237).collect();
        let sizes: Vec<usize> = chunks(&items).map(<[u32]>::len).collect();
        assert_eq!(sizes, [512, 512, 128, 64, 16, 4, 1]);
        assert_eq!(chunks(&items).flatten().copied().collect::<Vec<_>>(), items);
        assert_eq!(chunks::<u32>(&[]).count(), 0);
    }
}
