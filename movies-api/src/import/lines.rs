//! Lines of bounded length, with a running digest of what has been read.

use std::io::{self, BufRead};

use aws_lc_rs::digest::{Context, SHA256};

/// Longest line in bytes. Longer ones are skipped without being buffered.
pub const MAX_LINE: usize = 1 << 20;

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Complete.
    Whole(&'a [u8]),
    /// Its first [`MAX_LINE`] bytes.
    TooLong(&'a [u8]),
}

/// Splits an input into lines.
pub struct LineReader<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    digest: Context,
}

impl<R: BufRead> LineReader<R> {
    /// Starts before line 1.
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0, digest: Context::new(&SHA256) }
    }

    /// Number of the last line read, from 1.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Digest of all lines read.
    pub fn digest(&self) -> String {
        hex(self.digest.clone().finish().as_ref())
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let (mut too_long, mut any) = (false, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() && !any {
                return Ok(None);
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let text = &chunk[..end.unwrap_or(chunk.len())];
            self.digest.update(text);
            let room = MAX_LINE - self.line.len();
            too_long |= text.len() > room;
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            let used = end.map_or(chunk.len(), |end| end + 1);
            let ended = end.is_some() || chunk.is_empty();
            self.input.consume(used);
            if ended {
                break;
            }
        }
        self.number += 1;
        self.digest.update(b"\n");
        if too_long {
            return Ok(Some(Line::TooLong(&self.line)));
        }
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        let byte_order_mark: &[u8] = if self.number == 1 { b"\xef\xbb\xbf" } else { b"" };
        Ok(Some(Line::Whole(line.strip_prefix(byte_order_mark).unwrap_or(line))))
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use std::io::BufReader;

    use super::{Line, LineReader, MAX_LINE};

    /// The lines, read through a buffer of `buffer` bytes; `None` for those that are too long.
    fn lines(text: &[u8], buffer: usize) -> Vec<Option<Vec<u8>>> {
        let mut reader = LineReader::new(BufReader::with_capacity(buffer, text));
        let mut found = Vec::new();
        while let Some(line) = reader.next().unwrap() {
            found.push(match line {
                Line::Whole(line) => Some(line.to_vec()),
                Line::TooLong(_) => None,
            });
        }
        found
    }

    #[test]
    fn lines_do_not_depend_on_the_buffer() {
        let text = b"\xef\xbb\xbfone\r\n\ntwo\nthree";
        let expected: Vec<_> = ["one", "", "two", "three"].map(|line| Some(line.as_bytes().to_vec())).to_vec();
        for buffer in 1..30 {
            assert_eq!(lines(text, buffer), expected, "{buffer}");
        }
        assert_eq!(lines(b"", 8), []);
        assert_eq!(lines(b"\n", 8), [Some(vec![])]);
    }

    #[test]
    fn a_line_over_the_bound_is_skipped_and_the_next_one_is_whole() {
        let mut text = vec![b'a'; MAX_LINE];
        text.push(b'\n');
        text.extend(vec![b'b'; MAX_LINE + 1]);
        text.extend(b"\nc");
        let found = lines(&text, 8192);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].as_ref().map(Vec::len), Some(MAX_LINE));
        assert_eq!((&found[1], &found[2]), (&None, &Some(b"c".to_vec())));
    }

    #[test]
    fn the_digest_depends_on_the_lines_and_not_on_the_last_line_end() {
        let digest = |text: &'static [u8]| {
            let mut reader = LineReader::new(text);
            while reader.next().unwrap().is_some() {}
            reader.digest()
        };
        assert_eq!(digest(b"a\nb"), digest(b"a\nb\n"));
        assert_ne!(digest(b"a\nb"), digest(b"ab\n"));
    }
}
