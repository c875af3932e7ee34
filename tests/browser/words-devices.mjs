// What the pages say where the code of a TV is entered; see words.mjs.

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
