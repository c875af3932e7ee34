//! Shared by whole-stack stories and benchmarks: processes of the built programs, and films to fill them with.

pub mod collector;
pub mod crowd;
pub mod films;
pub mod garbage;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod services;
