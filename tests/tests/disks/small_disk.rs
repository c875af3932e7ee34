//! A data folder without room: a small file system where mounting is permitted, else a limit on the size of files.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::process::Process;

/// How writing is made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A file system of a few MiB that a filler takes up: ENOSPC, SQLITE_FULL.
    SmallFileSystem,
    /// RLIMIT_FSIZE with SIGXFSZ ignored: EFBIG, SQLITE_IOERR.
    FileSizeLimit,
}

/// A data folder that can be filled and freed.
pub struct SmallDisk {
    folder: tempfile::TempDir,
    means: Means,
}

impl SmallDisk {
    /// By these means, or by a limit on the size of files where nothing may be mounted.
    pub fn new(wanted: Means, mib: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = wanted == Means::SmallFileSystem
            && mount(&["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "tmpfs"], folder.path());
        let means = if mounted { Means::SmallFileSystem } else { Means::FileSizeLimit };
        Self { folder, means }
    }

    /// The data folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// How writing is made to fail.
    pub fn means(&self) -> Means {
        self.means
    }

    /// Leaves no room for what `process` writes.
    pub fn fill(&self, process: &Process) {
        match self.means {
            Means::SmallFileSystem => self.take_all(),
            Means::FileSizeLimit => limit(process, &self.longest_log().to_string()),
        }
    }

    /// Makes room again.
    pub fn free(&self, process: &Process) {
        match self.means {
            Means::SmallFileSystem => fs::remove_file(self.filler()).expect("the filler can be removed"),
            Means::FileSizeLimit => limit(process, "unlimited"),
        }
    }

    /// Takes every byte that is left of the file system.
    pub fn take_all(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).expect("a file");
        for size in [64 * 1024, 4096, 512, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Whether the file system can be made read-only, and is now.
    pub fn remount(&self, mode: &str) -> bool {
        self.means == Means::SmallFileSystem && mount(&["-o", &format!("remount,{mode}")], self.path())
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Bytes of the longest write-ahead log, where everything is written first: no log can grow beyond it.
    fn longest_log(&self) -> u64 {
        let files = fs::read_dir(self.path()).expect("the folder").filter_map(Result::ok);
        let logs = files.filter(|file| file.file_name().to_string_lossy().ends_with("-wal"));
        logs.filter_map(|log| log.metadata().ok()).map(|facts| facts.len()).max().unwrap_or(0)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.means == Means::SmallFileSystem {
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
