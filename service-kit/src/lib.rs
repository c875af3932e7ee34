//! What every service needs and no business word, in the order a request meets it: [`frame`] (request id, panic and
//! error to problem), [`limits`], [`endpoint`] (typed routes, inputs, successes), and beside them the ways out: [`client`]
//! and [`breaker`].

pub mod breaker;
pub mod client;
pub mod clock;
pub mod database;
pub mod endpoint;
pub mod error;
pub mod frame;
pub mod health;
pub mod limits;
pub mod logs;
pub mod request_id;
pub mod server;
pub mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use clock::{Clock, SystemClock};
pub use endpoint::{Input, Routes, Success};
pub use error::ApiError;
pub use health::Readiness;
pub use limits::{Gate, Limits};
pub use request_id::RequestId;
