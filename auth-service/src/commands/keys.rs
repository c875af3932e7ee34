//! `create-key` and `rotate-keys`: signing keys in the folder.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use credentials::keys::{AHEAD_OF_SCHEDULE, KeyFolder, RotationPolicy};
use serde_json::json;
use service_kit::files::private_folder;
use service_kit::{Clock, SystemClock};
use token_verifier::TokenAlgorithm;
use zeroize::Zeroizing;

use super::say;
use crate::config::Config;

/// Where the rotated keys go when the folder itself cannot be written.
#[derive(Debug, Clone, clap::Args)]
pub struct SecretArgs {
    /// Writes a Kubernetes Secret with all files of the folder as they are to be to this file, instead of changing the
    /// folder, which may be read-only.
    #[arg(long, requires = "secret_name")]
    pub secret_file: Option<PathBuf>,
    /// Name of that Secret.
    #[arg(long, requires = "secret_file")]
    pub secret_name: Option<String>,
}

/// Reads the name of an algorithm.
pub(super) fn algorithm(name: &str) -> Result<TokenAlgorithm, String> {
    TokenAlgorithm::parse(name)
        .ok_or_else(|| format!("{name:?} is none of {}", TokenAlgorithm::ALL.map(TokenAlgorithm::as_str).join(", ")))
}

/// Creates the key, and the key of refresh tokens if there is none.
pub(super) fn create(config: &Config, alg: Option<TokenAlgorithm>, activate_in: Duration) -> anyhow::Result<()> {
    let (folder, now) = (KeyFolder::new(&config.key_dir), SystemClock.now());
    let algorithm = match alg {
        Some(algorithm) => algorithm,
        None => folder.read()?.next_algorithm(now),
    };
    let path = folder.create(algorithm, now + TimeDelta::from_std(activate_in)?)?;
    folder.refresh_key_or_new()?;
    say(path.display().to_string())
}

/// Makes the next key when it is due, and removes outdated ones. Says what it has changed.
pub(super) fn rotate(config: &Config, secret: &SecretArgs) -> anyhow::Result<()> {
    let policy = config.key_rotation(AHEAD_OF_SCHEDULE);
    let (Some(file), Some(name)) = (&secret.secret_file, &secret.secret_name) else {
        return rotate_in(&config.key_dir, policy);
    };
    let folder = file.parent().context("the file of the Secret has no folder")?;
    let copy = folder.join(format!("keys.{}", std::process::id()));
    private_folder(&copy)?;
    let files = rotated_copy(&config.key_dir, &copy, policy);
    fs::remove_dir_all(&copy)?;
    write_private(file, manifest(name, files?).as_bytes())
}

/// Names and contents of all files of a folder after a rotation in its copy.
fn rotated_copy(from: &Path, copy: &Path, policy: RotationPolicy) -> anyhow::Result<BTreeMap<String, String>> {
    copy_files(from, copy)?;
    rotate_in(copy, policy)?;
    fs::read_dir(copy)?.map(|entry| read(&entry?.path())).collect()
}

fn rotate_in(folder: &Path, policy: RotationPolicy) -> anyhow::Result<()> {
    let rotated = KeyFolder::new(folder).rotate(policy, SystemClock.now())?;
    if let Some((path, activates_at)) = rotated.created {
        say(format!("made {}, which signs from {activates_at} on", file_name(&path)))?;
    }
    for path in rotated.removed {
        say(format!("removed {}", file_name(&path)))?;
    }
    Ok(())
}

/// The Secret as JSON, which `kubectl` reads as YAML.
fn manifest(name: &str, files: BTreeMap<String, String>) -> Zeroizing<String> {
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "Opaque", "data": files});
    Zeroizing::new(secret.to_string())
}

/// Name of a file, and its contents in base64.
fn read(path: &Path) -> anyhow::Result<(String, String)> {
    let contents = Zeroizing::new(fs::read(path)?);
    Ok((file_name(path), STANDARD.encode(&*contents)))
}

/// Copies the regular files of a mounted Secret: its names are links into a folder whose own name begins with two dots.
fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if path.is_file() {
            write_private(&to.join(file_name(&path)), &Zeroizing::new(fs::read(&path)?))?;
        }
    }
    Ok(())
}

fn write_private(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(contents).with_context(|| format!("cannot write {}", path.display()))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_folder_becomes_a_secret_with_its_files_and_the_next_key() {
        let (mount, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keys = KeyFolder::new(mount.path());
        keys.create(TokenAlgorithm::DEFAULT, SystemClock.now() - TimeDelta::days(90)).unwrap();
        keys.refresh_key_or_new().unwrap();
        let before = fs::read_dir(mount.path()).unwrap().count();
        let mut config = Config::embedded(mount.path(), "127.0.0.1:0".parse().unwrap());
        config.key_dir = mount.path().to_owned();
        let file = work.path().join("auth-keys.json");
        let args = SecretArgs { secret_file: Some(file.clone()), secret_name: Some("auth-keys".to_owned()) };
        rotate(&config, &args).unwrap();
        let secret: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!((&secret["kind"], &secret["metadata"]["name"]), (&json!("Secret"), &json!("auth-keys")));
        let data = secret["data"].as_object().unwrap();
        assert_eq!(data.len(), 3, "two signing keys and that of refresh tokens: {:?}", data.keys());
        let refresh = STANDARD.decode(data["refresh.key"].as_str().unwrap()).unwrap();
        assert_eq!(refresh, fs::read(mount.path().join("refresh.key")).unwrap());
        assert_eq!(fs::read_dir(mount.path()).unwrap().count(), before, "the folder is as it was");
        assert_eq!(fs::read_dir(work.path()).unwrap().count(), 1, "no copy of a key is left behind");
    }
}
