//! Whole-stack stories with real processes of the built programs.

mod attempts;
mod cancelled;
mod captcha;
mod cinema;
mod closed_output;
mod collector;
mod connections;
mod conversion;
mod empty_variables;
mod late_postgres;
mod limits;
mod load;
mod mails;
mod metrics;
mod observed;
mod outage;
mod pgbouncer;
mod private_authority;
mod redis_users;
mod searches;
mod secrets;
mod settings;
mod stopping;
mod traces;
