//! Types and pure rules of accounts and sessions. No I/O, no framework.

mod account_event;
mod birth_date;
mod display_name;
mod email;
pub mod geography;
mod identity;
mod language;
mod month;
mod password;
mod role;
mod session;
mod sign_in;
mod tries;
pub mod upkeep;
mod user;
mod visit;

pub use account_event::{AccountEvent, AccountEventKind};
pub use birth_date::{BirthDate, InvalidBirthDate};
pub use display_name::{DisplayName, InvalidDisplayName};
pub use email::{Email, InvalidEmail, MAX_EMAIL_BYTES};
pub use geography::Atlas;
pub use identity::{Identity, IdentityKey, MAX_IDENTITIES, NewIdentity, ProviderId};
pub use language::Language;
pub use month::Month;
pub use password::{PasswordHash, is_too_common};
pub use role::RoleName;
pub use session::{EndReason, NewSession, OpenSession, Rotation, SecretHash, SessionRecord};
pub use sign_in::{Place, SignIn, SignInMethod, SignInResult};
pub use tries::Tries;
pub use user::{Cell, NewUser, User, UserChange, UserKey, UserStatus};
pub use visit::Visit;
