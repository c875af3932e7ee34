//! The program `cinema`. All but the texts of mails is in the library, so that little compiles when a text changes.

#[path = "../../auth-service/mail-texts/mod.rs"]
mod mail_texts;

use std::process::ExitCode;

fn main() -> ExitCode {
    standalone::main(mail_texts::text)
}
