mod attacks;
mod callbacks;
mod delete_me;
mod link;
mod set_password;
mod sign_in;
pub mod support;
mod tickets;
mod unlink;
