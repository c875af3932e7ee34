//! All stubs at once, for manual tests with a browser: prints the settings of auth-service for them.

use std::io::Write;

use anyhow::Context;
use clap::Parser;
use stub_providers::{Kind, Stub};

/// Stand-ins for social providers, on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(name = "stub-providers", version, about)]
struct Settings {
    /// The first of five ports in a row.
    #[arg(long, env = "STUB_PROVIDERS_PORT", default_value_t = 9100)]
    port: u16,
    /// Offer Mail through VK ID as well, instead of by its own old application.
    #[arg(long, env = "STUB_PROVIDERS_MAIL_BY_VK")]
    mail_by_vk: bool,
}

fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    let mut stubs = Vec::new();
    for (port, kind) in (settings.port..).zip(Kind::ALL) {
        stubs.push(Stub::start_at(kind, port).with_context(|| format!("port {port} of 127.0.0.1"))?);
    }
    print(&stubs, settings.mail_by_vk).context("cannot print the settings")?;
    loop {
        std::thread::park();
    }
}

/// Prints `export` lines for a shell.
fn print(stubs: &[Stub], mail_by_vk: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for stub in stubs.iter().filter(|stub| !(mail_by_vk && stub.kind() == Kind::MailRu)) {
        for (name, value) in stub.environment() {
            writeln!(out, "export {name}='{value}'")?;
        }
    }
    let accounts = if mail_by_vk { "vk,mail_ru,ok_ru" } else { "vk,ok_ru" };
    writeln!(out, "export AUTH_VK_PROVIDERS='{accounts}'")?;
    out.flush()
}
