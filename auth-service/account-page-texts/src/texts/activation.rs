//! Texts of the pages where the code of a device is entered.

use contracts::Language;

/// Texts of one language.
#[expect(missing_docs, reason = "a field is named after its text; the English ones are below")]
pub struct ActivationTexts {
    pub title: &'static str,
    pub lead: &'static str,
    pub code: &'static str,
    pub code_hint: &'static str,
    pub next: &'static str,
    pub wrong_shape: &'static str,
    pub wrong_code: &'static str,
    pub confirm_title: &'static str,
    pub question: &'static str,
    pub warning: &'static str,
    pub device: &'static str,
    pub app: &'static str,
    pub asked_at: &'static str,
    pub asked_from: &'static str,
    pub same_network: &'static str,
    pub other_network: &'static str,
    pub rights: &'static str,
    pub approve: &'static str,
    pub deny: &'static str,
    pub done_approved: &'static str,
    pub done_denied: &'static str,
}

const EN: ActivationTexts = ActivationTexts {
    title: "Sign in on a TV",
    lead: "Type the code that the TV shows.",
    code: "Code",
    code_hint: "Eight letters; small ones will do.",
    next: "Next",
    wrong_shape: "A code has eight letters, such as WDJB-MJHT.",
    wrong_code: "There is no such code, or it has expired. Take the one that the TV shows now.",
    confirm_title: "Is this your device?",
    question: "Is this code on the screen before you?",
    warning: "If somebody sent it to you, say no: that person would get into your account.",
    device: "Device",
    app: "App",
    asked_at: "Asked at",
    asked_from: "Asked from",
    same_network: "your network",
    other_network: "another network than yours",
    rights: "It will be able to play films and see your profile. It cannot change password, e-mail or linked accounts.",
    approve: "Yes, sign it in",
    deny: "No, refuse it",
    done_approved: "Approved. The device signs in within seconds.",
    done_denied: "The device was refused.",
};

const RU: ActivationTexts = ActivationTexts {
    title: "Вход на телевизоре",
    lead: "Введите код, который показывает телевизор.",
    code: "Код",
    code_hint: "Восемь латинских букв, можно строчных.",
    next: "Дальше",
    wrong_shape: "В коде восемь букв, например WDJB-MJHT.",
    wrong_code: "Такого кода нет, или он истёк. Возьмите тот, что на экране сейчас.",
    confirm_title: "Это ваше устройство?",
    question: "Этот код на экране перед вами?",
    warning: "Если код вам прислали, ответьте «Нет»: этот человек попал бы в ваш аккаунт.",
    device: "Устройство",
    app: "Приложение",
    asked_at: "Запрос получен",
    asked_from: "Откуда",
    same_network: "ваша сеть",
    other_network: "другая сеть, не ваша",
    rights: "Устройство сможет показывать фильмы и видеть профиль, но не сможет менять пароль, почту и привязки.",
    approve: "Да, впустить",
    deny: "Нет, отказать",
    done_approved: "Разрешено. Устройство войдёт через несколько секунд.",
    done_denied: "Устройству отказано.",
};

impl ActivationTexts {
    /// Texts of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Ru => &RU,
            Language::En => &EN,
        }
    }
}
