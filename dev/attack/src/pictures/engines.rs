//! Freely available OCR engines.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::Outcome;

/// An engine and its options.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// Tesseract, set to one line of digits and signs.
    Tesseract,
    /// GOCR, with the same character set.
    Gocr,
    /// Ocrad; its filter for numbers would discard signs.
    Ocrad,
}

/// All of them.
pub const ENGINES: [Engine; 3] = [Engine::Tesseract, Engine::Gocr, Engine::Ocrad];

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Tesseract => "tesseract",
            Self::Gocr => "gocr",
            Self::Ocrad => "ocrad",
        }
    }

    /// Version, as the engine reports it.
    pub fn version(self) -> Outcome<String> {
        let option = if self == Self::Gocr { "-h" } else { "--version" };
        let output = Command::new(self.name()).arg(option).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let number = text.split_whitespace().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()));
        Ok(format!("{} {}", self.name(), number.unwrap_or("?")))
    }

    /// Reads the files and returns one text per file. `work` is used by this call alone.
    pub fn read(self, files: &[Vec<u8>], work: &Path) -> Outcome<Vec<String>> {
        match self {
            Self::Tesseract => tesseract(files, work),
            Self::Gocr => {
                files.iter().map(|file| one(Command::new("gocr").args(["-C", "0-9+--", "-"]), file)).collect()
            }
            Self::Ocrad => {
                files.iter().map(|file| one(Command::new("ocrad").args(["--charset=ascii", "-"]), file)).collect()
            }
        }
    }
}

/// One process per picture.
fn one(command: &mut Command, file: &[u8]) -> Outcome<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // An engine that gives up early closes its input; its output so far counts.
        let _ = input.write_all(file);
    }
    Ok(String::from_utf8_lossy(&child.wait_with_output()?.stdout).into_owned())
}

/// One process for all pictures: loading the model takes longer than reading.
fn tesseract(files: &[Vec<u8>], work: &Path) -> Outcome<Vec<String>> {
    let mut list = String::new();
    for (index, file) in files.iter().enumerate() {
        let path = work.join(format!("{index}.pbm"));
        std::fs::write(&path, file)?;
        list += &format!("{}\n", path.display());
    }
    let pages = work.join("pages.txt");
    std::fs::write(&pages, list)?;
    let output = Command::new("tesseract")
        .arg(&pages)
        .args(["-", "--dpi", "150", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789+-"])
        .env("OMP_THREAD_LIMIT", "1")
        .stderr(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // Pages are separated by form feeds.
    let texts: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    if texts.len() != files.len() {
        return Err(format!("tesseract read {} of {} pictures", texts.len(), files.len()).into());
    }
    Ok(texts)
}
