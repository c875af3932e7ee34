//! Mails in Russian.

use mailer::{Mail, MailText, Notification};

use super::wording::name;

/// Renders a mail.
pub(super) fn text(mail: &Mail, account: &str) -> MailText {
    let (subject, change, remedy) = match &mail.notification {
        Notification::SocialLinked { provider } => (
            "К вашему аккаунту добавлен способ входа",
            format!("К вашему аккаунту привязан аккаунт {}.\nТеперь его владелец может войти.", name(provider)),
            "отвяжите его, задайте новый пароль и завершите остальные сеансы",
        ),
        Notification::SocialUnlinked { provider } => (
            "У вашего аккаунта убран способ входа",
            format!("От вашего аккаунта отвязан аккаунт {}.\nВойти через него больше нельзя.", name(provider)),
            "задайте новый пароль, привяжите аккаунт снова и завершите остальные\nсеансы",
        ),
        Notification::PasswordSet => (
            "У вашего аккаунта теперь есть пароль",
            "Для вашего аккаунта задан пароль. С ним и с этим адресом почты можно\nвойти.".to_owned(),
            "задайте другой пароль, проверьте привязанные аккаунты и завершите\nостальные сеансы",
        ),
        Notification::PasswordChanged => (
            "Ваш пароль изменён",
            "Пароль вашего аккаунта изменён.".to_owned(),
            "задайте другой пароль, проверьте привязанные аккаунты и завершите\nостальные сеансы",
        ),
        Notification::AccountDeleted => {
            ("Ваш аккаунт удалён", "Ваш аккаунт удалён вместе со всем, что к нему относилось.".to_owned(), "")
        }
    };
    let advice = if remedy.is_empty() {
        "Если это были не вы, кто-то вошёл под вашим именем: смените пароль везде,\n\
         где он такой же, и прежде всего у этого почтового ящика."
            .to_owned()
    } else {
        format!("Если это были не вы, откройте страницу аккаунта\n{account}\nи {remedy}.")
    };
    let when = mail.at.format("%d.%m.%Y %H:%M UTC");
    let from = mail.address.map(|address| format!("\nС адреса: {address}")).unwrap_or_default();
    let body = format!(
        "Здравствуйте!\n\n{change}\n\nКогда: {when}{from}\n\nЕсли это были вы, делать ничего не нужно.\n{advice}\n\n\
         Письмо отправила программа, ответы на него никто не читает.\n"
    );
    MailText { subject, body }
}
