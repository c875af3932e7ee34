//! Checks at the end of a history: what the installation shows is what the model says, of every device that is signed
//! in, of one that is not, and of the account at the contested address.

use super::history::History;
use super::installation::{Call, Installation};
use super::model::{Account, Address, Expected};
use super::operation::Operation;

impl History {
    /// Compares devices and accounts with the model.
    pub fn check_end(&mut self, site: &mut impl Installation) {
        self.check_revoked(site);
        let ended = (0..self.devices.len()).rfind(|device| !self.is_live(&self.devices[*device]));
        for device in self.live_devices().into_iter().chain(ended) {
            // A device that lost answers still has the parent of the current token.
            self.perform(site, &Operation::Refresh { device }, None);
        }
        let contested = self.model.login(Address::Contested);
        for device in self.live_devices() {
            let account = self.model.sessions[self.devices[device].session].account;
            if contested.is_none_or(|contested| contested == account) {
                return self.check_account(site, account, device);
            }
        }
    }

    /// The access token of a session that has ended is rejected, also after a restart.
    fn check_revoked(&self, site: &mut impl Installation) {
        let ended = self.devices.iter().rfind(|device| !self.is_live(device) && site.now() < device.access_until);
        if let Some(device) = ended {
            let reply = self.insist(site, &Call::new("GET", "/api/v1/me").bearer(&device.access));
            self.compare(Expected(401, "auth.token_invalid"), &reply);
        }
    }

    fn check_account(&mut self, site: &mut impl Installation, account: usize, device: usize) {
        let me = self.me(site, device);
        let Account { email, is_proved, .. } = self.model.accounts[account];
        let shown = self.address(me["user"]["email"].as_str().unwrap_or_default());
        assert_eq!((shown, me["email_proved"] == true), (email, is_proved), "{me}{}", self.story());
        let pending = self.model.pending(account, site.now()).map(|pending| pending.to);
        let shown = self.address(me["email_change"]["email"].as_str().unwrap_or_default());
        assert_eq!(shown, pending, "{me}{}", self.story());
    }
}
