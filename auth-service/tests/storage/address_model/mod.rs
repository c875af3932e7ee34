//! Random histories of a squatter, the owner of a mailbox and operators, in any order: no claim outranks a proof,
//! nothing that the squatter does opens an account that the owner of the mailbox has proved, no act of others signs the
//! owner out, data stay with their account, a disabled account gets no session, and the last administrator stays.

mod history;
mod operator_acts;
mod play;
mod user_steps;
mod world;

pub use world::{SECRET, World};
