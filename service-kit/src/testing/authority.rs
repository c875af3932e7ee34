//! A private certificate authority for tests, with a certificate for servers on loopback.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

/// Subject alternative names of the server certificate.
const NAMES: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/// An authority and a server certificate signed by it, as files in a folder that is deleted on drop.
#[derive(Debug)]
pub struct PrivateAuthority {
    folder: TempDir,
}

impl PrivateAuthority {
    /// Creates both with the program `openssl`.
    ///
    /// # Panics
    /// When there is no such program, or it fails.
    pub fn make() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Self { folder };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
        let own = ["req", "-x509", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"];
        authority.openssl(&[&own[..], &key[..]].concat());
        let signed = ["req", "-x509", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.pem"];
        let by =
            ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", NAMES, "-addext", "basicConstraints=critical,CA:FALSE"];
        authority.openssl(&[&signed[..], &key[..], &by[..]].concat());
        authority
    }

    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new("openssl");
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        let output = command.output().expect("openssl is not here; install the package of that name");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The certificate of the authority, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The certificate of the server, in PEM.
    pub fn server_certificate(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    /// The key of the server, in PEM.
    pub fn server_key(&self) -> PathBuf {
        self.folder.path().join("server.key")
    }

    /// TLS configuration of a server with these files.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn server_config(&self) -> ServerConfig {
        let read = |path: &Path| std::fs::read(path).expect("openssl has written it");
        let certificate = CertificateDer::from_pem_slice(&read(&self.server_certificate())).expect("PEM");
        let key = PrivateKeyDer::from_pem_slice(&read(&self.server_key())).expect("PEM");
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("the provider knows TLS 1.3").with_no_client_auth();
        config.with_single_cert(vec![certificate], key).expect("they belong together")
    }
}
