//! Detection of file formats by their first bytes.

/// An unsupported format, and a command that converts it to a supported one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignFormat {
    /// Description.
    pub name: &'static str,
    /// A command that writes the text of a file to its output.
    pub command: &'static str,
}

const FOREIGN: [(&[u8], ForeignFormat); 9] = [
    (b"PK\x03\x04", ForeignFormat { name: "a zip archive", command: "unzip -p" }),
    (b"\xfd7zXZ\0", ForeignFormat { name: "packed with xz", command: "xz -dc" }),
    (b"\x28\xb5\x2f\xfd", ForeignFormat { name: "packed with zstd", command: "zstd -dc" }),
    (b"BZh", ForeignFormat { name: "packed with bzip2", command: "bzip2 -dc" }),
    (b"\x04\x22\x4d\x18", ForeignFormat { name: "packed with lz4", command: "lz4 -dc" }),
    (b"7z\xbc\xaf\x27\x1c", ForeignFormat { name: "a 7z archive", command: "7z x -so" }),
    (b"\xff\xfe", ForeignFormat { name: "UTF-16 text", command: "iconv -f UTF-16 -t UTF-8" }),
    (b"\xfe\xff", ForeignFormat { name: "UTF-16 text", command: "iconv -f UTF-16 -t UTF-8" }),
    (b"SQLite format 3\0", ForeignFormat { name: "a SQLite database", command: "sqlite3 -json" }),
];

/// A tar archive, plain or compressed (POSIX.1-1988 ustar: the magic is at byte 257).
const TAR: ForeignFormat = ForeignFormat { name: "a tar archive", command: "tar -xOf" };

/// The unsupported format of a file that starts with `head`, if any.
pub fn foreign(head: &[u8]) -> Option<ForeignFormat> {
    FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, format)| *format)
}

/// Format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// A record on each line.
    Records,
    /// The same as a JSON array.
    ArrayOfRecords,
    /// A JSON array in another layout.
    Array,
    /// IMDb's title.basics.
    Titles,
    /// Another of IMDb's files.
    Imdb,
    /// An unsupported format.
    Foreign(ForeignFormat),
}

impl Text {
    /// Detects the format by the first bytes, which are the whole text when fewer than 64 KiB.
    pub fn of(beginning: &[u8]) -> Self {
        if beginning.get(257..262) == Some(b"ustar") {
            return Self::Foreign(TAR);
        }
        if is_bad_record(beginning) {
            return Self::Records;
        }
        if let Some(elements) = beginning.trim_ascii_start().strip_prefix(b"[") {
            let first = first_line(elements.trim_ascii_start());
            let is_one = serde_json::from_slice::<serde::de::IgnoredAny>(element(first)).is_ok();
            return if element(first).is_empty() || is_one { Self::ArrayOfRecords } else { Self::Array };
        }
        let line = first_line(beginning);
        let has = |name: &[u8]| line.split(|byte| *byte == b'\t').any(|column| column.trim_ascii() == name);
        match line.contains(&b'\t') {
            true if has(b"tconst") && has(b"titleType") => Self::Titles,
            true if [&b"tconst"[..], b"titleId", b"nconst"].into_iter().any(has) => Self::Imdb,
            _ => Self::Records,
        }
    }
}

/// `true` when the first line is a complete array and others follow: a bad record among good ones, not a layout.
fn is_bad_record(beginning: &[u8]) -> bool {
    let first = first_line(beginning);
    let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok();
    first.trim_ascii_start().starts_with(b"[") && is_whole && !beginning[first.len()..].trim_ascii().is_empty()
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// The object on a line of a JSON array, without the array's brackets and commas.
pub fn element(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"[").unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b",").unwrap_or(line).trim_ascii_start();
    let line = line.strip_suffix(b"]").unwrap_or(line).trim_ascii_end();
    line.strip_suffix(b",").unwrap_or(line).trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_of_a_text_is_detected_by_its_first_bytes() {
        for (text, kind) in [
            ("{\"title\":\"A\"}\n", Text::Records),
            ("no json", Text::Records),
            ("[\n{\"a\":[1]},\n", Text::ArrayOfRecords),
            ("[{\"a\":[1]},\r\n{}]", Text::ArrayOfRecords),
            (" [{\"a\":1}]", Text::ArrayOfRecords),
            ("[]", Text::ArrayOfRecords),
            ("[1, 2]\n{\"a\":1}\n", Text::Records),
            ("[{\"a\":1}]\n{\"a\":1}\n", Text::Records),
            ("[\n", Text::ArrayOfRecords),
            ("[{\"a\":1},{\"a\":2}]", Text::Array),
            ("[\n  {\n    \"a\": 1\n", Text::Array),
            ("tconst\ttitleType\tprimaryTitle\n", Text::Titles),
            ("titleType\ttconst\n", Text::Titles),
            ("tconst\taverageRating\tnumVotes\n", Text::Imdb),
            ("nconst\tprimaryName\r\n", Text::Imdb),
        ] {
            assert_eq!(Text::of(text.as_bytes()), kind, "{text}");
        }
    }

    #[test]
    fn an_element_excludes_the_brackets_and_commas_of_its_array() {
        for (line, object) in [
            ("[", ""),
            ("]", ""),
            ("[{\"a\":[1]},", "{\"a\":[1]}"),
            ("  {\"a\":[1]} ]\r", "{\"a\":[1]}"),
            (", {\"a\":1}", "{\"a\":1}"),
        ] {
            assert_eq!(element(line.as_bytes()), object.as_bytes(), "{line}");
        }
    }
}
