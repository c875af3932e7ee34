//! sea-orm entities, one file per table. They stay inside `storage`.

pub mod mail;
pub mod mail_day;
