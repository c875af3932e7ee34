//! Tables of tab-separated values; columns are located by the names in line 1.

use std::marker::PhantomData;

use crate::import::line_importer::{LineImporter, LineResult};
use crate::storage::{BatchOutcome, CatalogueImport, Position, StagedRow, StorageError};

/// Conversion of one of IMDb's files to staged rows.
pub trait Table<const N: usize>: Send + 'static {
    /// The columns in use.
    const COLUMNS: [&'static str; N];
    /// `true` when each line is a title.
    const COUNTS: bool = false;

    /// Converts a line to rows; none when it is irrelevant for the catalogue. Empty cells and `\N` are `None`. Invalid
    /// optional cells are left out and reported in `left_out`.
    fn rows(cells: [Option<&str>; N], left_out: &mut Vec<String>) -> Result<Vec<StagedRow>, String>;
}

/// Imports such a file into the staging table.
pub struct TableImporter<T, const N: usize> {
    columns: Columns<N>,
    table: PhantomData<T>,
}

impl<T: Table<N>, const N: usize> Default for TableImporter<T, N> {
    fn default() -> Self {
        Self { columns: Columns { wanted: T::COLUMNS, positions: [usize::MAX; N] }, table: PhantomData }
    }
}

impl<T: Table<N>, const N: usize> LineImporter for TableImporter<T, N> {
    type Item = StagedRow;
    const ITEMS: usize = 5_000;
    const COUNTS: bool = T::COUNTS;

    fn parse(&mut self, number: u64, line: &[u8], items: &mut Vec<StagedRow>) -> LineResult {
        if number == 1 {
            return self.columns.find(line).map_or_else(LineResult::Foreign, |()| LineResult::Blank);
        }
        let mut left_out = Vec::new();
        let cells = self.columns.cells(line, &mut left_out);
        match cells.and_then(|cells| T::rows(cells, &mut left_out)) {
            Ok(rows) if rows.is_empty() => LineResult::LeftOut,
            Ok(rows) => {
                items.extend(rows);
                if left_out.is_empty() { LineResult::Used } else { LineResult::UsedPartly(left_out.join("; ")) }
            }
            Err(reason) => LineResult::Bad([left_out, vec![reason]].concat().join("; ")),
        }
    }

    async fn write(
        import: &mut CatalogueImport,
        items: Vec<StagedRow>,
        to: Position,
    ) -> Result<BatchOutcome, StorageError> {
        import.stage(items, to).await?;
        Ok(BatchOutcome::default())
    }
}

/// The columns in use, located once and then read from every line.
struct Columns<const N: usize> {
    wanted: [&'static str; N],
    positions: [usize; N],
}

impl<const N: usize> Columns<N> {
    /// Locates the columns in the heading.
    fn find(&mut self, heading: &[u8]) -> Result<(), String> {
        let heading = String::from_utf8_lossy(heading);
        for (position, wanted) in self.positions.iter_mut().zip(self.wanted) {
            *position = heading
                .split('\t')
                .position(|name| name == wanted)
                .ok_or_else(|| format!("there is no column `{wanted}` in line 1"))?;
        }
        Ok(())
    }

    /// Cells of a line in use; `None` for `\N`, for empty cells and for invalid UTF-8.
    fn cells<'a>(&self, line: &'a [u8], left_out: &mut Vec<String>) -> Result<[Option<&'a str>; N], String> {
        let mut cells = [None; N];
        let mut missing = N;
        for (at, cell) in line.split(|byte| *byte == b'\t').enumerate() {
            let Some(wanted) = self.positions.iter().position(|position| *position == at) else { continue };
            missing -= 1;
            match std::str::from_utf8(cell) {
                Ok(cell) => cells[wanted] = Some(cell).filter(|cell| !cell.is_empty() && *cell != "\\N"),
                Err(_) => left_out.push(format!("{}: is not UTF-8", self.wanted[wanted])),
            }
        }
        if missing > 0 { Err("has too few columns".to_owned()) } else { Ok(cells) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use super::Columns;

    #[test]
    fn cells_are_found_by_the_heading_and_quotes_mean_nothing() {
        let mut columns = Columns { wanted: ["title", "tconst"], positions: [0; 2] };
        assert_eq!(columns.find(b"tconst\tyear").unwrap_err(), "there is no column `title` in line 1");
        columns.find(b"tconst\tyear\ttitle").unwrap();
        let mut left_out = Vec::new();
        assert_eq!(columns.cells(b"tt1\t\\N\t\"Oh", &mut left_out).unwrap(), [Some("\"Oh"), Some("tt1")]);
        assert_eq!(columns.cells(b"tt1\t1999\t\\N", &mut left_out).unwrap(), [None, Some("tt1")]);
        assert_eq!(
            columns.cells(b"tt1\t\xff\tOh", &mut left_out).unwrap(),
            [Some("Oh"), Some("tt1")],
            "no wanted cell"
        );
        assert_eq!(columns.cells(b"tt1\t1999", &mut left_out).unwrap_err(), "has too few columns");
        assert!(left_out.is_empty());
        assert_eq!(columns.cells(b"tt1\t1999\tO\xff", &mut left_out).unwrap(), [None, Some("tt1")]);
        assert_eq!(left_out, ["title: is not UTF-8"]);
    }
}
