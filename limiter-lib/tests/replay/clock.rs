//! Shifted clocks: wall clocks of processes, changed while they run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use limiter_lib::testing::RedisServer;

/// The wall clock of a process; its monotonic clocks stay correct.
pub struct ShiftedClock {
    library: PathBuf,
    file: PathBuf,
}

impl ShiftedClock {
    /// A clock without an offset. Its files go into `folder`.
    pub fn new(folder: &Path, name: &str) -> Self {
        let clock = Self { library: library(folder), file: folder.join(name) };
        clock.set(0);
        clock
    }

    /// Sets the offset in seconds.
    pub fn set(&self, seconds: i64) {
        self.set_nanos(seconds * 1_000_000_000);
    }

    /// Sets it so that the next full minute is `ahead` from now.
    #[expect(clippy::disallowed_methods, reason = "compared with the clock of the server")]
    pub fn bring_minute_edge(&self, ahead: Duration) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as i64;
        let minute = 60_000_000_000;
        self.set_nanos(minute - now % minute - ahead.as_nanos() as i64);
    }

    fn set_nanos(&self, nanos: i64) {
        // Eight bytes in one write, in place: a process that maps the file sees the old or the new value.
        use std::os::unix::fs::FileExt;
        let file = fs::OpenOptions::new().create(true).write(true).truncate(false).open(&self.file).unwrap();
        file.write_all_at(&nanos.to_ne_bytes(), 0).unwrap();
    }

    /// The environment variables of a process with this clock.
    pub fn variables(&self) -> [(&str, &str); 2] {
        [("LD_PRELOAD", self.library.to_str().unwrap()), ("CLOCK_OFFSET_FILE", self.file.to_str().unwrap())]
    }

    /// A Redis that has this clock.
    pub fn redis(&self) -> RedisServer {
        RedisServer::start_with(&[], &self.variables())
    }
}

/// Compiles the shim; a C compiler is on every machine that builds this project.
#[expect(clippy::disallowed_methods, reason = "the compiler of this machine")]
fn library(folder: &Path) -> PathBuf {
    let library = folder.join("clock.so");
    if !library.exists() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay/clock.c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let status = Command::new(compiler).args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source).status();
        assert!(status.unwrap().success(), "{source} does not compile");
    }
    library
}
