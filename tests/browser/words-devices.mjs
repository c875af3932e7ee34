// What the pages say where the code of a TV is entered, and where an app signs its user in; see words.mjs.

export const DEVICE_WORDS = {
  ru: {
    title: 'Вход на телевизоре', code: 'Код', next: 'Дальше', wrongShape: 'В коде восемь букв', wrongCode: 'Такого кода нет, или он истёк',
    confirm: 'Это ваше устройство?', warning: 'Если код вам прислали, ответьте «Нет»', sameNetwork: 'ваша сеть',
    approve: 'Да, впустить', deny: 'Нет, отказать', approved: 'Разрешено. Устройство войдёт через несколько секунд', denied: 'Устройству отказано',
  },
  en: {
    title: 'Sign in on a TV', code: 'Code', next: 'Next', wrongShape: 'A code has eight letters', wrongCode: 'There is no such code',
    confirm: 'Is this your device?', warning: 'If somebody sent it to you, say no', sameNetwork: 'your network',
    approve: 'Yes, sign it in', deny: 'No, refuse it', approved: 'Approved. The device signs in within seconds', denied: 'The device was refused',
  },
};

export const APP_WORDS = {
  ru: {
    title: 'Продолжить с этим аккаунтом?', againTitle: 'Войдите ещё раз', app: 'Фильмы на компьютере', thisDevice: 'приложение на этом устройстве',
    warning: 'Если вы не открывали это приложение только что, отмените', goOn: 'Продолжить', again: 'Войти ещё раз', cancel: 'Отменить',
  },
  en: {
    title: 'Go on with this account?', againTitle: 'Sign in again', app: 'Films on the desktop', thisDevice: 'an app on this device',
    warning: 'If you have not just opened this app yourself, cancel', goOn: 'Go on', again: 'Sign in again', cancel: 'Cancel',
  },
};
