//! One history, and what holds after each of its steps.

use std::collections::BTreeSet;

use accounts::{Email, UserStatus};
use contracts::ids::UserId;

use super::world::{Account, World};

/// One contested address, and all who want it.
pub struct History<'a> {
    pub world: &'a World,
    pub contested: Email,
    /// Mailbox that the squatter reads.
    pub foreign: Email,
    /// Other mailbox of the owner.
    pub own: Email,
    pub squatter: Account,
    pub owner: Account,
    /// Account that the owner of the contested mailbox has opened with a provider, besides the first one.
    pub newcomer: Option<UserId>,
    /// Accounts that the owner of the contested mailbox controls.
    pub rightful: BTreeSet<UserId>,
    /// All accounts of this history.
    accounts: Vec<UserId>,
    /// The administrators of the installation.
    pub admins: [UserId; 2],
    /// Names of the steps, for messages.
    pub trace: Vec<&'static str>,
}

impl<'a> History<'a> {
    /// A squatter at an address that differs from those of other histories by a number.
    pub async fn begin(world: &'a World, admins: [UserId; 2], number: u64) -> Self {
        let email = |name: &str| Email::parse(&format!("{name}-{number}@example.org")).unwrap();
        let (contested, foreign, own) = (email("contested"), email("foreign"), email("own"));
        let squatter = world.account(&contested).await.unwrap();
        let owner = world.account(&own).await.unwrap();
        Self {
            world,
            contested,
            foreign,
            own,
            squatter,
            owner,
            newcomer: None,
            rightful: BTreeSet::from([owner.id]),
            accounts: vec![squatter.id, owner.id],
            admins,
            trace: Vec::new(),
        }
    }

    /// Adds an account that the owner of the mailbox controls.
    pub fn add_rightful(&mut self, id: UserId) {
        self.accounts.push(id);
        self.rightful.insert(id);
    }

    /// The squatter has another account.
    pub fn replace_squatter(&mut self, account: Account) {
        self.accounts.push(account.id);
        self.squatter = account;
    }

    /// The account with a session: the one that it has, or a new one if the account may sign in. A disabled or deleted
    /// account gets none.
    pub async fn signed_in(&self, who: Account) -> Option<Account> {
        if self.is_signed_in(who).await {
            return Some(who);
        }
        let session = self.world.open_session(who.id).await;
        assert_eq!(
            session.is_some(),
            self.is_active(who.id).await,
            "a session of a disabled account: {:?}",
            self.trace
        );
        Some(Account { session: session?, ..who })
    }

    pub async fn is_signed_in(&self, who: Account) -> bool {
        let session = self.world.store.find_session(who.session).await.unwrap();
        session.is_some_and(|session| session.ended_at.is_none())
    }

    pub async fn is_active(&self, id: UserId) -> bool {
        self.world.find_user(id).await.is_some_and(|user| user.status == UserStatus::Active)
    }

    /// The account that has proved the contested address.
    pub async fn proved_holder(&self) -> Option<UserId> {
        let login = self.world.store.find_login(&self.contested).await.unwrap();
        login.filter(|login| !login.is_claim()).map(|login| login.user.id)
    }

    /// Every account has the login that its row says, and no other; and it has the data with which it was created, also
    /// under a new owner.
    pub async fn assert_consistent(&self) {
        let rows = self.world.rows_of(&self.accounts).await;
        let logins = self.world.logins_of([&self.contested, &self.foreign, &self.own]).await;
        let of_rows: BTreeSet<_> =
            rows.iter().filter_map(|row| row.email.clone().map(|email| (email, row.id))).collect();
        assert_eq!(logins, of_rows, "{:?}", self.trace);
        assert!(rows.iter().all(|row| row.display_name == row.id.to_string()), "{:?}", self.trace);
    }
}
