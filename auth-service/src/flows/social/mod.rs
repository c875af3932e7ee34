//! Signing in with accounts at social providers, linking them and taking them off again.
//!
//! A browser leaves with a sealed [`Ticket`](ticket::Ticket) and comes back with it and with a code. Whoever holds the ticket
//! is the browser that left: an app keeps it, the account page puts it into a cookie.

mod arrive;
mod callback;
mod error;
mod grant;
mod link;
mod setup;
mod sign_in;
mod spent;
mod start;
mod ticket;
mod unlink;

pub use arrive::Finish;
pub use callback::{TRANSACTION_ID, transaction_of};
pub use error::SocialError;
pub(super) use grant::withdraw;
pub use link::finish_social_link;
pub use setup::{PROVIDER_PLACE, SocialSetup};
pub use sign_in::finish_social_sign_in;
pub use start::{Started, start_social_link, start_social_sign_in};
pub use ticket::Channel;
pub use unlink::{UnlinkError, unlink_social_account};
