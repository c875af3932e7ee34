//! Texts of the page between an app and the account that it signs in.

use contracts::Language;

/// Texts of one language.
#[expect(missing_docs, reason = "a field is named after its text; the English ones are below")]
pub struct AuthorizationTexts {
    pub title: &'static str,
    pub again_title: &'static str,
    pub lead: &'static str,
    pub again_lead: &'static str,
    pub app: &'static str,
    pub account: &'static str,
    pub answer_goes_to: &'static str,
    pub this_device: &'static str,
    pub warning: &'static str,
    pub go_on: &'static str,
    pub again: &'static str,
    pub other_account: &'static str,
    pub cancel: &'static str,
    /// Before the name of the app.
    pub back_to: &'static str,
    pub back_lead: &'static str,
    pub invalid_title: &'static str,
    pub invalid_lead: &'static str,
}

const EN: AuthorizationTexts = AuthorizationTexts {
    title: "Go on with this account?",
    again_title: "Sign in again",
    lead: "An app asks to be signed in.",
    again_lead: "The app wants to be sure that it is you.",
    app: "App",
    account: "Account",
    answer_goes_to: "The answer goes to",
    this_device: "an app on this device",
    warning: "If you have not just opened this app yourself, cancel.",
    go_on: "Go on",
    again: "Sign in again",
    other_account: "Another account",
    cancel: "Cancel",
    back_to: "Back to",
    back_lead: "The app goes on with what was decided here. If nothing happens, follow the link.",
    invalid_title: "The app made a mistake",
    invalid_lead: "It sent you here with a request that is not valid, so nothing was done. Go back to the app and try again; if it \
                 happens once more, tell its makers.",
};

const RU: AuthorizationTexts = AuthorizationTexts {
    title: "Продолжить с этим аккаунтом?",
    again_title: "Войдите ещё раз",
    lead: "Приложение просит его впустить.",
    again_lead: "Приложение хочет убедиться, что это вы.",
    app: "Приложение",
    account: "Аккаунт",
    answer_goes_to: "Ответ получит",
    this_device: "приложение на этом устройстве",
    warning: "Если вы не открывали это приложение только что, отмените.",
    go_on: "Продолжить",
    again: "Войти ещё раз",
    other_account: "Другой аккаунт",
    cancel: "Отменить",
    back_to: "Назад:",
    back_lead: "Приложение продолжит с тем, что решено здесь. Если ничего не происходит, нажмите на ссылку.",
    invalid_title: "Ошибка приложения",
    invalid_lead: "Оно отправило вас сюда с неверным запросом, и ничего не произошло. Вернитесь в приложение и попробуйте ещё раз; \
                 если это повторится, сообщите его разработчикам.",
};

impl AuthorizationTexts {
    /// Texts of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Ru => &RU,
            Language::En => &EN,
        }
    }
}
