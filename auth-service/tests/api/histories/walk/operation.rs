//! Operations of people: the request of each, and what the model says about it.

use serde_json::json;

use super::addresses::TypedCodes;
use super::history::History;
use super::installation::{Call, Time};
use super::model::{Address, CodeIndex, Expected, Person};

/// An operation. Devices by their index.
#[derive(Debug, Clone)]
pub enum Operation {
    SignUp {
        person: Person,
        address: Address,
        password: String,
    },
    SignIn {
        person: Person,
        address: Address,
        password: String,
    },
    Refresh {
        device: usize,
    },
    LogOut {
        device: usize,
    },
    LogOutOthers {
        device: usize,
    },
    ChangePassword {
        device: usize,
        new: String,
    },
    AskProof {
        device: usize,
    },
    ConfirmProof {
        device: usize,
        code: String,
    },
    AskReset {
        person: Person,
        address: Address,
    },
    ConfirmReset {
        person: Person,
        reset: usize,
        code: String,
        password: String,
    },
    AskChange {
        device: usize,
        to: Address,
    },
    ConfirmChange {
        device: usize,
        typed: TypedCodes,
    },
    CancelChange {
        device: usize,
    },
    /// By the owner of the former mailbox.
    Undo {
        code: CodeIndex,
    },
    /// By the owner of the mailbox, with the claim link of this index.
    NotMe {
        link: usize,
    },
    Delete {
        device: usize,
    },
}

impl Operation {
    /// The device that is used.
    pub fn device(&self) -> Option<usize> {
        match self {
            Self::Refresh { device }
            | Self::LogOut { device }
            | Self::LogOutOthers { device }
            | Self::ChangePassword { device, .. }
            | Self::AskProof { device }
            | Self::ConfirmProof { device, .. }
            | Self::AskChange { device, .. }
            | Self::ConfirmChange { device, .. }
            | Self::CancelChange { device }
            | Self::Delete { device } => Some(*device),
            _ => None,
        }
    }

    /// `true` for pages: their form is a second request.
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Undo { .. } | Self::NotMe { .. })
    }

    /// Who acts.
    pub fn person(&self, history: &History) -> Person {
        let reader = |address| if Person::Owner.reads(address) { Person::Owner } else { Person::Squatter };
        match self {
            Self::SignUp { person, .. }
            | Self::SignIn { person, .. }
            | Self::AskReset { person, .. }
            | Self::ConfirmReset { person, .. } => *person,
            Self::Undo { code } => reader(history.model.codes[*code].address),
            Self::NotMe { link } => reader(history.model.claim_links[*link].address),
            _ => history.devices[self.device().unwrap_or_default()].person,
        }
    }

    /// What the model says; changes the model.
    pub fn apply(&self, history: &mut History, now: Time) -> Expected {
        let session = self.device().map_or(usize::MAX, |device| history.devices[device].session);
        let next_reset = history.resets.len();
        let model = &mut history.model;
        match self {
            Self::SignUp { person, address, password } => model.sign_up(*address, password, *person),
            Self::SignIn { address, password, .. } => model.sign_in(*address, password, now),
            Self::Refresh { .. } => model.refresh(session),
            Self::LogOut { .. } => model.log_out(session),
            Self::LogOutOthers { .. } => model.log_out_others(session),
            Self::ChangePassword { new, .. } => model.change_password(session, new, now),
            Self::AskProof { .. } => model.ask_proof(session, now),
            Self::ConfirmProof { code, .. } => model.confirm_proof(session, code, now),
            Self::AskReset { address, .. } => model.ask_reset(next_reset, *address, now),
            Self::ConfirmReset { person, reset, code, password } => {
                model.confirm_reset(*reset, code, password, *person, now)
            }
            Self::AskChange { to, .. } => model.ask_change(session, *to, now),
            Self::ConfirmChange { typed, .. } => model.confirm_change(session, typed, now),
            Self::CancelChange { .. } => model.cancel_change(session),
            Self::Undo { code } => model.undo(*code, now),
            Self::NotMe { link } => {
                let link = model.claim_links[*link].clone();
                model.not_me(link.account, link.address, now)
            }
            Self::Delete { .. } => model.delete(session, now),
        }
    }

    /// The request; of a page the one that opens it.
    pub fn call(&self, history: &History) -> Call {
        let bearer =
            |method, target: &str, device: &usize| Call::new(method, target).bearer(&history.devices[*device].access);
        let me = "/api/v1/me";
        match self {
            Self::SignUp { address, password, .. } => Call::new("POST", "/api/v1/users")
                .json(&json!({"email": history.email(*address), "password": password})),
            Self::SignIn { address, password, .. } => Call::new("POST", "/api/v1/sessions")
                .json(&json!({"email": history.email(*address), "password": password})),
            Self::Refresh { device } => Call::new("POST", "/api/v1/sessions/refresh")
                .json(&json!({"refresh_token": history.devices[*device].refresh})),
            Self::LogOut { device } => bearer("DELETE", "/api/v1/sessions/current", device),
            Self::LogOutOthers { device } => bearer("DELETE", "/api/v1/sessions/others", device),
            Self::ChangePassword { device, new } => {
                let current = history.password_of(*device);
                bearer("POST", &format!("{me}/password"), device)
                    .json(&json!({"current_password": current, "new_password": new}))
            }
            Self::AskProof { device } => bearer("POST", &format!("{me}/email/proof"), device),
            Self::ConfirmProof { device, code } => {
                bearer("POST", &format!("{me}/email/proof/confirm"), device).json(&json!({"code": code}))
            }
            Self::AskReset { address, .. } => {
                Call::new("POST", "/api/v1/password-resets").json(&json!({"email": history.email(*address)}))
            }
            Self::ConfirmReset { reset, code, password, .. } => {
                let id = history.resets[*reset].id.as_deref().unwrap_or_default();
                Call::new("POST", format!("/api/v1/password-resets/{id}"))
                    .json(&json!({"code": code, "password": password}))
            }
            Self::AskChange { device, to } => bearer("PUT", &format!("{me}/email"), device)
                .json(&json!({"email": history.email(*to), "password": history.password_of(*device)})),
            Self::ConfirmChange { device, typed } => {
                let mut body = json!({"take_claimed": typed.take_claimed});
                for (name, code) in [("code", &typed.code), ("present_code", &typed.present_code)] {
                    if let Some(code) = code {
                        body[name] = json!(code);
                    }
                }
                bearer("POST", &format!("{me}/email/change"), device).json(&body)
            }
            Self::CancelChange { device } => bearer("DELETE", &format!("{me}/email/change"), device),
            Self::Undo { code } => Call::new("GET", history.model.codes[*code].link.clone().unwrap_or_default()),
            Self::NotMe { link } => Call::new("GET", history.model.claim_links[*link].link.clone()),
            Self::Delete { device } => bearer("DELETE", me, device),
        }
    }
}

impl History {
    /// Password of the account of a device.
    pub fn password_of(&self, device: usize) -> &str {
        let account = self.model.sessions[self.devices[device].session].account;
        &self.model.accounts[account].password
    }
}
