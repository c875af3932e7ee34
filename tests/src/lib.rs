//! Harness of the stories, and of `bench`: processes of the built programs, servers beside them, and films to fill them
//! with.

pub mod collector;
pub mod crowd;
pub mod films;
pub mod garbage;
pub mod mail_server;
pub mod mailbox;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod services;
