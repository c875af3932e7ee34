//! Mails as their readers see them.

use std::path::Path;

/// Mails that auth-service wrote to files below its data folder, oldest first.
///
/// # Panics
/// When a mail cannot be read.
pub fn mails_in(data: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(data.join("mails")) else { return Vec::new() };
    let paths = files.map(|file| file.expect("a folder that can be read").path());
    let mut complete: Vec<_> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "eml")).collect();
    complete.sort(); // names begin with the time
    complete.iter().map(|path| std::fs::read_to_string(path).expect("a mail")).collect()
}

/// The value of a header; empty if absent.
pub fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let mut head = mail.lines().take_while(|line| !line.is_empty());
    let value = head.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_default().trim()
}

/// The code: eight digits on a line of their own.
pub fn code(mail: &str) -> Option<&str> {
    let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.lines().map(str::trim).find(is_code)
}

/// Links to pages of the account that hold a secret, from the path on.
pub fn links(mail: &str) -> Vec<&str> {
    let lines = mail.lines().map(str::trim).filter(|line| line.starts_with("http") && line.contains('?'));
    lines.filter_map(|link| Some(&link[link.find("/account/")?..])).collect()
}
