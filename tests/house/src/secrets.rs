//! No private key and no credential of another service stands in the repository. Tests make their own keys.

use crate::finding::Finding;
use crate::tree::{Tree, is_below};

const REMEDY: &str = "make it when it is needed, and revoke it: what was published once is known";

/// Folder of secrets on an operator's machine, kept out of the repository by `.gitignore`.
const LOCAL: &str = "deploy/secrets";

/// Endings of files that hold keys.
const ENDINGS: [&str; 9] = [".pem", ".key", ".der", ".p8", ".p12", ".pfx", ".jks", ".keystore", ".secret"];
/// Names of files that hold keys.
const NAMES: [&str; 5] = ["id_rsa", "id_ecdsa", "id_ed25519", ".netrc", ".pgpass"];

/// Beginnings of well-known credentials, with the least number of letters and digits that follow.
const CREDENTIALS: [(&str, usize); 12] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("ghp_", 36),
    ("gho_", 36),
    ("ghs_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("npm_", 36),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("sk_live_", 24),
];
/// End of the first line of a private key in PEM (RFC 7468), of any kind.
const PEM: &str = "PRIVATE KEY-----";
/// Least length of a key in Base64; that of Ed25519 has 64.
const LEAST_KEY: usize = 40;
/// The member of a private JWK (RFC 7517 §9.3) after which a private value stands.
const JWK: &str = "\"d\":";

/// Keys and credentials in the tree, except in `excepted` files, which name their reasons.
pub fn secrets(tree: &Tree, excepted: &[(&str, &str)]) -> Vec<Finding> {
    let is_excepted = |path: &str| excepted.iter().any(|(file, _)| *file == path);
    let files = tree.files().filter(|(path, _)| !is_below(path, LOCAL) && !is_excepted(path));
    let mut findings = Vec::new();
    for (path, text) in files {
        let name = path.rsplit('/').next().unwrap_or(path);
        if ENDINGS.iter().any(|ending| name.ends_with(ending)) || NAMES.contains(&name) {
            findings.push(Finding::new(path, 1, "a file of this name holds a key", REMEDY));
        }
        let at = |byte: usize| text[..byte].matches('\n').count() + 1;
        findings.extend(places(text).into_iter().map(|(byte, fact)| Finding::new(path, at(byte), fact, REMEDY)));
    }
    findings
}

/// Places of keys and credentials in a text.
fn places(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (byte, _) in text.match_indices(PEM) {
        if key_length(&text[byte + PEM.len()..]) >= LEAST_KEY {
            found.push((byte, "a private key".to_owned()));
        }
    }
    for (byte, _) in text.match_indices(JWK) {
        let value = text[byte + JWK.len()..].trim_start().strip_prefix('"').unwrap_or_default();
        if run(value, |letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_') >= LEAST_KEY {
            found.push((byte, "a private JWK".to_owned()));
        }
    }
    for (prefix, least) in CREDENTIALS {
        for (byte, _) in text.match_indices(prefix) {
            let starts = !text[..byte].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
            let rest = &text[byte + prefix.len()..];
            if starts && run(rest, |letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_') >= least {
                found.push((byte, format!("a credential that begins with {prefix}")));
            }
        }
    }
    found
}

/// Length of the Base64 at the beginning of `text`; line ends may be written as in a source.
fn key_length(text: &str) -> usize {
    let plain = text.replace("\\n", "\n").replace("\\\n", "\n");
    let start = plain.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '"');
    run(start, |letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '='))
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.chars().take_while(|letter| is_part(*letter)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(path: &str, text: &str) -> Vec<(usize, String)> {
        let found = secrets(&Tree::of([(path, text)]), &[]).into_iter();
        found.map(|finding| (finding.line, finding.fact)).collect()
    }

    #[test]
    fn private_keys_are_reported_however_they_are_written() {
        let key = "A".repeat(64);
        for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
            let pem = format!("\n-----BEGIN {kind}{PEM}\n{key}\n-----END {kind}{PEM}\n");
            assert_eq!(facts("notes.md", &pem), [(2, "a private key".to_owned())], "{kind}");
        }
        let source = format!("const KEY: &str = \"-----BEGIN {PEM}\\n{key}\";");
        assert_eq!(facts("src/lib.rs", &source).len(), 1);
        let broken = format!("const KEY: &str = \"-----BEGIN {PEM}\\n\\\n    {key}\";");
        assert_eq!(facts("src/lib.rs", &broken).len(), 1);
        assert_eq!(facts("jwk.json", &format!("{{\"kty\":\"OKP\",{JWK} \"{key}\"}}")).len(), 1);
    }

    #[test]
    fn markers_without_a_key_are_not_reported() {
        for text in [format!("const BEGIN: &str = \"-----BEGIN {PEM}\";"), format!("{JWK}\"short\""), "AKIA".to_owned()]
        {
            assert_eq!(facts("src/lib.rs", &text), [], "{text}");
        }
    }

    #[test]
    fn credentials_of_other_services_are_reported() {
        for (prefix, least) in CREDENTIALS {
            let text = format!("one\ntoken = {prefix}{}", "A1".repeat(least));
            let fact = format!("a credential that begins with {prefix}");
            assert_eq!(facts("settings.env", &text), [(2, fact)]);
        }
    }

    #[test]
    fn files_of_keys_are_reported_by_their_names_unless_they_are_local_or_excepted() {
        for path in ["keys/20261122T133700Z.pem", "tls/server.key", "id_ed25519", "refresh.key"] {
            assert_eq!(facts(path, ""), [(1, "a file of this name holds a key".to_owned())], "{path}");
        }
        assert_eq!(facts("deploy/secrets/refresh.key", ""), []);
        let tree = Tree::of([("refresh.key", "")]);
        assert_eq!(secrets(&tree, &[("refresh.key", "a reason")]), []);
    }
}
