//! The policy file: TOML, each policy a table `[policies.NAME]`.

use std::path::Path;

use limiter_lib::Outage;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Per;
use super::policy_spec::{PolicyMode, PolicySpec};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
const FIELDS: &str = "quota, per, endpoints, mode, outage";

/// A file being read, and what is wrong with it.
pub(super) struct PolicyFile<'a> {
    text: &'a str,
    complaints: &'a mut Vec<FileDiagnostic>,
}

/// Something wrong: in which line, and what.
pub(super) type FileDiagnostic = (usize, String);

/// Reads the text of a policy file.
pub(super) fn text_of(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE {
        return Err(format!("{} is larger than {MAX_FILE} bytes", path.display()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

impl<'a> PolicyFile<'a> {
    pub fn new(text: &'a str, complaints: &'a mut Vec<FileDiagnostic>) -> Self {
        Self { text, complaints }
    }

    /// Changes `drafts` as the file says, field by field, and adds those that it has of its own.
    pub fn apply(mut self, drafts: &mut Vec<PolicySpec>) {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            // What was made out of a broken text would only raise complaints that are none.
            for error in errors {
                let line = error.span().map_or(1, |span| self.line(span.start));
                self.complain(line, "", error.message());
            }
            return;
        }
        for (name, value) in document.get_ref() {
            let line = self.line(name.span().start);
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("policies", DeValue::Table(policies)) => self.policies(policies, drafts),
                (other, _) => self.complain(line, other, "this file holds tables [policies.NAME] and nothing else"),
            }
        }
    }

    fn policies(&mut self, policies: &DeTable<'_>, drafts: &mut Vec<PolicySpec>) {
        for (name, value) in policies {
            let (line, text) = (self.line(name.span().start), name.get_ref().as_ref());
            let DeValue::Table(fields) = value.get_ref() else {
                self.complain(line, &format!("policies.{text}"), "must be a table");
                continue;
            };
            let place = drafts.iter().position(|draft| draft.name == text).unwrap_or_else(|| {
                drafts.push(PolicySpec::new(text));
                drafts.len() - 1
            });
            let draft = &mut drafts[place];
            draft.lines.insert(String::new(), line);
            for (field, value) in fields {
                let (field, line) = (field.get_ref().as_ref(), self.line(field.span().start));
                draft.lines.insert(field.to_owned(), line);
                self.field(draft, field, value, line);
            }
        }
    }

    fn field(&mut self, draft: &mut PolicySpec, field: &str, value: &Spanned<DeValue<'_>>, line: usize) {
        let place = format!("policies.{}.{field}", draft.name);
        if field == "endpoints" {
            match names(value.get_ref()) {
                Some(names) => draft.endpoints = Some(names),
                None => self.complain(line, &place, "must be a list of endpoints such as [\"log_in\"], or \"*\""),
            }
            return;
        }
        if !matches!(field, "quota" | "per" | "mode" | "outage") {
            self.complain(line, &place, &format!("there is no such field; a policy has {FIELDS}"));
            return;
        }
        let DeValue::String(text) = value.get_ref() else {
            self.complain(line, &place, "must be text in quotes");
            return;
        };
        let known = match field {
            "quota" => {
                draft.quota = Some(text.parse()); // what is wrong with it is said with the rest
                Some(())
            }
            "per" => Per::parse(text).map(|per| draft.per = Some(per)),
            "mode" => PolicyMode::parse(text).map(|switch| draft.switch = switch),
            _ => outage(text).map(|outage| draft.outage = outage),
        };
        if let Some(()) = known {
            return;
        }
        let words = match field {
            "per" => Per::ALL.map(Per::as_str).join(", "),
            "mode" => "enforce, shadow, off".to_owned(),
            _ => "local, allow, deny".to_owned(),
        };
        self.complain(line, &place, &format!("`{}` is none of {words}", shortened(text)));
    }

    fn line(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    fn complain(&mut self, line: usize, place: &str, what: &str) {
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        self.complaints.push((line, format!("{place}{what}")));
    }
}

fn names(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::String(name) => Some(vec![name.to_string()]),
        DeValue::Array(names) => names
            .iter()
            .map(|name| if let DeValue::String(name) = name.get_ref() { Some(name.to_string()) } else { None })
            .collect(),
        _ => None,
    }
}

fn outage(text: &str) -> Option<Outage> {
    match text {
        "local" => Some(Outage::Local),
        "allow" => Some(Outage::Allow),
        "deny" => Some(Outage::Deny),
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
