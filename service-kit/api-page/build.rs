//! Takes the two files of Swagger UI that the page needs out of the package that carries it as a ZIP archive.

use std::error::Error;
use std::io::{Read, copy};
use std::path::PathBuf;

use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

#[expect(clippy::disallowed_methods, reason = "a variable of cargo, no setting of a program")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    for file in FILES {
        let entry = Entry::find(SWAGGER_UI_VENDORED, &format!("/dist/{file}"));
        let entry = entry.ok_or_else(|| format!("the package has no {file}"))?;
        entry.extract(&mut std::fs::File::create(folder.join(file))?)?;
    }
    Ok(())
}

/// A deflated file of an archive (APPNOTE.TXT 6.3 of PKWARE, without encryption and ZIP64).
struct Entry<'a> {
    compressed: &'a [u8],
    size: u32,
    crc: u32,
}

impl<'a> Entry<'a> {
    /// The first file whose path ends in `end`, found through the central directory.
    fn find(archive: &'a [u8], end: &str) -> Option<Self> {
        let tail = (0..archive.len()).rev().find(|at| archive[*at..].starts_with(b"PK\x05\x06"))?;
        let mut header = archive.get(number(archive, tail + 16)? as usize..)?;
        while header.starts_with(b"PK\x01\x02") {
            let length = |at: usize| Some(usize::from(u16::from_le_bytes(header.get(at..at + 2)?.try_into().ok()?)));
            let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
            if header.get(46..46 + name)?.ends_with(end.as_bytes()) {
                let local = archive.get(number(header, 42)? as usize..)?;
                let names = [26, 28].map(|at| usize::from(local[at]) | usize::from(local[at + 1]) << 8);
                let start = 30 + names[0] + names[1];
                let compressed = local.get(start..start + number(header, 20)? as usize)?;
                let deflated = length(10)? == 8;
                return deflated.then_some(Self { compressed, size: number(header, 24)?, crc: number(header, 16)? });
            }
            header = header.get(46 + name + extra + comment..)?;
        }
        None
    }

    /// Writes the file, and compares its size and checksum with those of the archive.
    fn extract(&self, out: &mut impl std::io::Write) -> Result<(), Box<dyn Error>> {
        let mut contents = CrcReader::new(DeflateDecoder::new(self.compressed).take(u64::from(self.size) + 1));
        let size = copy(&mut contents, out)?;
        if (size, contents.crc().sum()) != (u64::from(self.size), self.crc) {
            return Err("the package is damaged".into());
        }
        Ok(())
    }
}

/// The number of four bytes at `at`.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
