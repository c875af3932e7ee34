//! Mails as they arrive: kind, code and links, read from the text as their recipients read it.

/// Kind of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Code that proves an address.
    Proof,
    /// Code that resets a password.
    Reset,
    /// Code to the new mailbox of a change.
    Change,
    /// Code to the present mailbox of a change.
    Release,
    /// A change waits for a week.
    ChangeRequested,
    /// An address was changed.
    Changed,
    /// A change was undone.
    ChangeUndone,
    /// The address was entered for another account.
    Requested,
    /// A password was changed.
    PasswordChanged,
    /// A password was reset.
    PasswordRecovered,
    /// An account was deleted.
    Deleted,
    /// A refresh token was replayed.
    Replayed,
}

/// Subjects of the kinds.
const SUBJECTS: [(&str, Kind); 12] = [
    ("Your code to confirm this address", Kind::Proof),
    ("Your code to set a new password", Kind::Reset),
    ("Your code to use this address", Kind::Change),
    ("Your code to change the address of your account", Kind::Release),
    ("The address of your account will be changed", Kind::ChangeRequested),
    ("The address of your account was changed", Kind::Changed),
    ("The address of your account was changed back", Kind::ChangeUndone),
    ("Your address was entered for another account", Kind::Requested),
    ("Your password was changed", Kind::PasswordChanged),
    ("Your password was reset", Kind::PasswordRecovered),
    ("Your account was deleted", Kind::Deleted),
    ("One of your devices was signed out", Kind::Replayed),
];

impl Kind {
    /// `true` for mails with a code.
    pub const fn is_code(self) -> bool {
        matches!(self, Self::Proof | Self::Reset | Self::Change | Self::Release)
    }
}

/// A mail that has arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Id of the mail: its `Message-ID`, the same when it was sent twice.
    pub id: String,
    /// Recipient.
    pub to: String,
    /// Kind.
    pub kind: Kind,
    /// The code.
    pub code: Option<String>,
    /// Path and query of the link to its page.
    pub link: Option<String>,
    /// Path and query of the page that frees a claimed address.
    pub not_me: Option<String>,
    /// The whole text.
    pub text: String,
}

impl Received {
    /// Reads a message (RFC 5322).
    ///
    /// # Panics
    /// When it is none that this service sends.
    pub fn parse(text: String) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let field = |name: &str| {
            let line = head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("{name} is missing: {text}")).to_owned()
        };
        let subject = field("Subject");
        let kind = SUBJECTS.iter().find(|(known, _)| *known == subject).map(|(_, kind)| *kind);
        let page = |mark: &str| {
            let line = body.lines().find(|line| line.starts_with("http") && line.contains(mark))?;
            Some(line[line.find("/account/")?..].trim().to_owned())
        };
        let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            id: field("Message-ID"),
            to: field("To"),
            kind: kind.unwrap_or_else(|| panic!("no known subject: {text}")),
            code: body.lines().map(str::trim).find(is_code).map(str::to_owned),
            link: page("?link="),
            not_me: page("?claim="),
            text,
        }
    }
}
