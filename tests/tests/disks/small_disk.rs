//! A full data folder: a small file system if mounting is permitted, else a limit on the size of files.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::process::Process;

/// Mechanism that makes writes fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// A file system of a few MiB, filled by a file: ENOSPC, SQLITE_FULL.
    SmallFileSystem,
    /// RLIMIT_FSIZE with SIGXFSZ ignored: EFBIG, SQLITE_IOERR.
    FileSizeLimit,
}

/// A data folder that can be filled and freed.
pub struct SmallDisk {
    folder: tempfile::TempDir,
    mechanism: Mechanism,
}

impl SmallDisk {
    /// With the `wanted` mechanism, or with a file size limit where mounting is not permitted.
    pub fn new(wanted: Mechanism, mib: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = wanted == Mechanism::SmallFileSystem
            && mount(&["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "tmpfs"], folder.path());
        let mechanism = if mounted { Mechanism::SmallFileSystem } else { Mechanism::FileSizeLimit };
        Self { folder, mechanism }
    }

    /// The data folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Mechanism that makes writes fail.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Leaves no room for writes of `process`.
    pub fn fill(&self, process: &Process) {
        match self.mechanism {
            Mechanism::SmallFileSystem => self.take_all(),
            Mechanism::FileSizeLimit => limit(process, &self.longest_log().to_string()),
        }
    }

    /// Makes room again.
    pub fn free(&self, process: &Process) {
        match self.mechanism {
            Mechanism::SmallFileSystem => fs::remove_file(self.filler()).expect("the filler can be removed"),
            Mechanism::FileSizeLimit => limit(process, "unlimited"),
        }
    }

    /// Uses up every free byte of the file system.
    pub fn take_all(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).expect("a file");
        for size in [64 * 1024, 4096, 512, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Remounts the file system in this mode; `false` when that is not possible.
    pub fn remount(&self, mode: &str) -> bool {
        self.mechanism == Mechanism::SmallFileSystem && mount(&["-o", &format!("remount,{mode}")], self.path())
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Size in bytes of the longest write-ahead log, which is written first, so that no log can grow.
    fn longest_log(&self) -> u64 {
        let files = fs::read_dir(self.path()).expect("the folder").filter_map(Result::ok);
        let logs = files.filter(|file| file.file_name().to_string_lossy().ends_with("-wal"));
        logs.filter_map(|log| log.metadata().ok()).map(|facts| facts.len()).max().unwrap_or(0)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.mechanism == Mechanism::SmallFileSystem {
            let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        }
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let mounted = Command::new("mount").args(arguments).arg(at).stdout(Stdio::null()).stderr(Stdio::null()).status();
    mounted.is_ok_and(|status| status.success())
}

fn limit(process: &Process, size: &str) {
    let set = Command::new("prlimit").arg(format!("--pid={}", process.id())).arg(format!("--fsize={size}:")).status();
    assert!(set.expect("util-linux is there").success(), "the limit can be set");
}
