//! The policy file: TOML, each policy a table `[policies.NAME]`.

use std::path::Path;

use limiter_lib::Outage;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::per::Per;
use super::policy_spec::{PolicyMode, PolicySpec};

/// Maximum size of the file, in bytes.
const MAX_FILE: u64 = 1 << 20;
const FIELDS: &str = "quota, per, endpoints, mode, outage";

/// Parser of one file, with the errors found so far.
pub(super) struct PolicyFile<'a> {
    text: &'a str,
    diagnostics: &'a mut Vec<FileDiagnostic>,
}

/// Error in a policy file: line (from 1) and text.
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
    pub fn new(text: &'a str, diagnostics: &'a mut Vec<FileDiagnostic>) -> Self {
        Self { text, diagnostics }
    }

    /// Applies the file to `specs`, field by field, and adds its own policies.
    pub fn apply(mut self, specs: &mut Vec<PolicySpec>) {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            // Values recovered from a broken text would only cause misleading errors.
            for error in errors {
                let line = error.span().map_or(1, |span| self.line(span.start));
                self.report(line, "", error.message());
            }
            return;
        }
        for (name, value) in document.get_ref() {
            let line = self.line(name.span().start);
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("policies", DeValue::Table(policies)) => self.policies(policies, specs),
                (other, _) => self.report(line, other, "this file holds tables [policies.NAME] and nothing else"),
            }
        }
    }

    fn policies(&mut self, policies: &DeTable<'_>, specs: &mut Vec<PolicySpec>) {
        for (name, value) in policies {
            let (line, text) = (self.line(name.span().start), name.get_ref().as_ref());
            let DeValue::Table(fields) = value.get_ref() else {
                self.report(line, &format!("policies.{text}"), "must be a table");
                continue;
            };
            let index = specs.iter().position(|spec| spec.name == text).unwrap_or_else(|| {
                specs.push(PolicySpec::new(text));
                specs.len() - 1
            });
            let spec = &mut specs[index];
            spec.lines.insert(String::new(), line);
            for (field, value) in fields {
                let (field, line) = (field.get_ref().as_ref(), self.line(field.span().start));
                spec.lines.insert(field.to_owned(), line);
                self.field(spec, field, value, line);
            }
        }
    }

    fn field(&mut self, spec: &mut PolicySpec, field: &str, value: &Spanned<DeValue<'_>>, line: usize) {
        let path = format!("policies.{}.{field}", spec.name);
        if field == "endpoints" {
            match names(value.get_ref()) {
                Some(names) => spec.endpoints = Some(names),
                None => self.report(line, &path, "must be a list of endpoints such as [\"log_in\"], or \"*\""),
            }
            return;
        }
        if !matches!(field, "quota" | "per" | "mode" | "outage") {
            self.report(line, &path, &format!("there is no such field; a policy has {FIELDS}"));
            return;
        }
        let DeValue::String(text) = value.get_ref() else {
            self.report(line, &path, "must be text in quotes");
            return;
        };
        let parsed = match field {
            "quota" => {
                spec.quota = Some(text.parse()); // errors are reported by `PolicySpec::rule`
                Some(())
            }
            "per" => Per::parse(text).map(|per| spec.per = Some(per)),
            "mode" => PolicyMode::parse(text).map(|mode| spec.mode = mode),
            _ => outage(text).map(|outage| spec.outage = outage),
        };
        if let Some(()) = parsed {
            return;
        }
        let names = match field {
            "per" => Per::ALL.map(Per::as_str).join(", "),
            "mode" => "enforce, shadow, off".to_owned(),
            _ => "local, allow, deny".to_owned(),
        };
        self.report(line, &path, &format!("`{}` is none of {names}", shortened(text)));
    }

    fn line(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    fn report(&mut self, line: usize, path: &str, what: &str) {
        let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
        self.diagnostics.push((line, format!("{path}{what}")));
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
