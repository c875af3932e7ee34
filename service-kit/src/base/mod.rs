//! Layer 1: types and rules without transport: time, request ids, errors, sealed values, hashed secrets, settings,
//! files, output of commands.

pub mod accept_language;
pub mod causes;
pub(crate) mod clock;
pub mod console;
pub(crate) mod error;
pub(crate) mod field_lists;
pub mod files;
pub mod io_error;
pub(crate) mod request_id;
pub(crate) mod sealer;
pub mod secret_hash;
pub mod settings;
