//! `auth-service partitions status|ensure|expire|plan`, as operators run them.

use account_partitions::Month;
use account_storage::Store;
use accounts::{ClientLocation, SignIn, SignInMethod, SignInResult};
use contracts::auth::devices::DeviceKind;
use contracts::ids::UserId;
use sea_orm::ConnectionTrait;
use service_kit::testing::TestDatabase;
use service_kit::{Clock, SystemClock};

use crate::commands::{auth_service, text};

/// A migrated database, and the command line on it.
struct Cli(TestDatabase, tempfile::TempDir);

impl Cli {
    async fn new() -> Self {
        let cli = Self(TestDatabase::create().await, tempfile::tempdir().unwrap());
        assert_eq!(cli.run(&["migrate"]), "the tables are up to date");
        cli
    }

    fn output(&self, line: &[&str]) -> std::process::Output {
        let url = format!("--database-url={}", self.0.url());
        auth_service(self.1.path(), &[&[url.as_str()], line].concat(), "")
    }

    /// Output of a command that succeeds.
    fn run(&self, line: &[&str]) -> String {
        let output = self.output(line);
        assert!(output.status.success(), "{line:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Inserts a sign-in of `months_ago` and returns its month.
    async fn sign_in(&self, months_ago: i32) -> Month {
        let month = Month::of(SystemClock.now()).unwrap().plus(-months_ago);
        let line = SignIn {
            user_id: UserId::new(),
            at: month.start(),
            device: DeviceKind::Tv,
            location: ClientLocation::default(),
            method: SignInMethod::Password,
            result: SignInResult::Success,
            session_id: None,
        };
        let store = Store::connect(self.0.url(), 2).await.unwrap();
        store.insert_sign_in(&line).await.unwrap();
        store.close().await;
        month
    }

    fn is_embedded(&self) -> bool {
        self.0.url().starts_with("sqlite")
    }
}

#[tokio::test]
async fn the_status_shows_tables_cells_and_alarms() {
    let cli = Cli::new().await;
    let shown = cli.run(&["partitions", "status"]);
    for word in ["user_directory", "user_logins", "sign_ins", "Moscow", "Kazakhstan", "alarms: none"] {
        assert!(shown.contains(word), "{word} is missing in:\n{shown}");
    }
    if cli.is_embedded() {
        return; // SQLite has no partitions
    }
    assert!(shown.contains("months: ") && shown.contains(", 4 of 4"), "{shown}");
    cli.0.connect().await.execute_unprepared("DROP TABLE users_c021").await.unwrap();
    let shown = cli.run(&["partitions", "status"]);
    assert!(shown.contains("cell_without_leaf"), "{shown}");
}

#[tokio::test]
async fn missing_partitions_are_created_as_far_ahead_as_the_setting() {
    let cli = Cli::new().await;
    let made = cli.run(&["partitions", "ensure", "--partitions-ahead=5"]);
    if cli.is_embedded() {
        return assert_eq!(made, "there was nothing to do");
    }
    assert!(made.contains("made 2 partitions") && made.contains("analysed users"), "{made}");
    assert_eq!(cli.run(&["partitions", "ensure", "--partitions-ahead=5"]), "there was nothing to do");
}

#[tokio::test]
async fn expired_sign_ins_are_listed_by_a_dry_run_and_then_dropped() {
    let cli = Cli::new().await;
    let expired = cli.sign_in(4).await;
    cli.sign_in(3).await;
    let line = ["partitions", "expire", "--sign-ins-keep-months=3"];
    let (announced, done) = if cli.is_embedded() {
        ("would delete 1 sign-ins".to_owned(), "deleted 1 sign-ins".to_owned())
    } else {
        (format!("would drop sign_ins_{expired}"), format!("dropped sign_ins_{expired}"))
    };
    for _ in 0..2 {
        let dry_run = cli.run(&[&line[..], &["--dry-run"]].concat());
        assert!(dry_run.contains(&announced), "{dry_run}");
    }
    let output = cli.run(&line);
    assert!(output.contains(&done), "{output}");
    assert_eq!(cli.run(&line), "there was nothing to do");
}

#[tokio::test]
async fn hot_statements_visit_at_most_one_partition_of_users() {
    let cli = Cli::new().await;
    let shown = cli.run(&["partitions", "plan"]);
    let headings: Vec<_> = shown.lines().filter(|line| line.starts_with("== ")).collect();
    assert_eq!(headings.len(), 4, "{shown}");
    let touched =
        |count| headings.iter().filter(|line| line.ends_with(&format!("(partitions of users: {count})"))).count();
    let expected = if cli.is_embedded() { (4, 0) } else { (3, 1) };
    assert_eq!((touched(0), touched(1)), expected, "{shown}");
    assert!(shown.contains("users") && shown.to_lowercase().contains("index"), "{shown}");
}

#[tokio::test]
async fn without_tables_every_command_names_the_migrate_command() {
    let cli = Cli(TestDatabase::create().await, tempfile::tempdir().unwrap());
    for command in ["status", "ensure", "expire", "plan"] {
        let refused = cli.output(&["partitions", command]);
        assert!(!refused.status.success() && text(&refused.stderr).contains("auth-service migrate"), "{command}");
    }
}
