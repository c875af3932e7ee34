//! Spans and metrics of SQL statements: the text with its placeholders, never a value.

use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer};
use sea_orm::DbBackend;
use sea_orm::metric::Info;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::metrics;
use crate::base::clock::{Clock, SystemClock};
use crate::telemetry::tracer;

/// Maximum length of the recorded statement, in bytes; imports have far longer ones.
const MAX_TEXT: usize = 1000;

/// Records one statement that has just ended, under the span that ran it. Statements outside of requests are measured
/// but not traced: tasks that poll a database every second would dominate the traces.
pub(super) fn ended(info: &Info<'_>) {
    let system = match info.statement.db_backend {
        DbBackend::Postgres => "postgresql",
        DbBackend::Sqlite => "sqlite",
        _ => "other_sql",
    };
    let sql = info.statement.sql.as_str();
    let (operation, table) = summary(sql);
    metrics::record_query(system, operation, table, info.failed, info.elapsed);
    let parent = Span::current().context();
    if !parent.span().is_recording() {
        return;
    }
    let Some(tracer) = tracer() else { return };
    let name = if table.is_empty() { operation.to_owned() } else { format!("{operation} {table}") };
    let now = SystemTime::from(SystemClock.now());
    let mut attributes = vec![
        KeyValue::new("db.system.name", system),
        KeyValue::new("db.operation.name", operation),
        KeyValue::new("db.query.text", sql[..sql.floor_char_boundary(MAX_TEXT)].to_owned()),
    ];
    if !table.is_empty() {
        attributes.push(KeyValue::new("db.collection.name", table.to_owned()));
    }
    let started = now.checked_sub(info.elapsed).unwrap_or(now);
    let builder =
        tracer.span_builder(name).with_kind(SpanKind::Client).with_start_time(started).with_attributes(attributes);
    let mut span = tracer.build_with_context(builder, &parent);
    if info.failed {
        span.set_attribute(KeyValue::new("error.type", "_OTHER"));
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(now);
}

/// Verb and table of a statement, if they are easy to find.
fn summary(sql: &str) -> (&'static str, &str) {
    const VERBS: [(&str, &str); 5] =
        [("SELECT", "FROM"), ("INSERT", "INTO"), ("UPDATE", "UPDATE"), ("DELETE", "FROM"), ("WITH", "")];
    let mut words = sql.split_ascii_whitespace();
    let first = words.clone().next().unwrap_or_default();
    let Some((verb, before_table)) = VERBS.iter().find(|(verb, _)| first.eq_ignore_ascii_case(verb)) else {
        return ("EXECUTE", "");
    };
    words.find(|word| word.eq_ignore_ascii_case(before_table));
    let table = words.next().unwrap_or_default().trim_matches(['"', '`', ',', ';', ')']);
    let plain = table.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (verb, if plain { table } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_named_by_verb_and_table() {
        for (sql, named) in [
            (r#"SELECT "u"."id" FROM "users" WHERE "id" = $1"#, ("SELECT", "users")),
            (r#"INSERT INTO "user_logins" ("kind") VALUES (?)"#, ("INSERT", "user_logins")),
            (r#"UPDATE "sessions" SET "ended_at" = $1"#, ("UPDATE", "sessions")),
            (r#"DELETE FROM "sign_ins""#, ("DELETE", "sign_ins")),
            ("SELECT 1", ("SELECT", "")),
            (r#"SELECT a FROM (SELECT 1)"#, ("SELECT", "")),
            ("with x as (select 1) select * from x", ("WITH", "")),
            ("PRAGMA foreign_keys", ("EXECUTE", "")),
            ("", ("EXECUTE", "")),
        ] {
            assert_eq!(summary(sql), named, "{sql}");
        }
    }
}
