//! Login e-mails: proofs, resets, changes, and claims.

mod budgets;
mod changes;
mod claims;
mod codes;
mod expiry;
mod headers;
mod links;
mod mail_budgets;
mod pages;
mod pre_hijack;
mod proofs;
mod resets;
mod same_answers;
mod scanners;
mod squatting;
pub mod support;
