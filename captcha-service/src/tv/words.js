// Texts of the page, in Russian and in English, for the screen and for screen readers.
(function (tv) {
  'use strict';

  // Placeholders are `{}`.
  var WORDS = {
    ru: {
      title: 'Проверка',
      heading: 'Решите пример с картинки',
      lead: 'Ответ — две цифры. Наберите его и нажмите OK.',
      picture: 'Картинка с примером на сложение или вычитание. Ответ — две цифры.',
      pad: 'Цифры',
      actions: 'Другие действия',
      typed: 'Ваш ответ',
      digitNone: 'пусто',
      round: 'Попытка {} из {}',
      left: 'Осталось',
      refresh: 'Новая картинка',
      listen: 'Прослушать',
      stop: 'Остановить',
      contrast: 'Контраст',
      extend: 'Ещё время',
      phone: 'На телефоне',
      cancel: 'Отмена',
      phoneTitle: 'Можно с телефона',
      phoneLead: 'Наведите камеру или откройте',
      phoneThen: 'Остальное — на телефоне, картинка не нужна.',
      signTitle: 'Войдите с телефона',
      signThen: 'Войдите там и подтвердите код. Телевизор продолжит сам.',
      signBack: 'Решить пример',
      phoneCode: 'Код',
      phoneQr: 'QR-код с адресом {}',
      phoneBack: 'Вернуться к картинке',
      loading: 'Готовим картинку…',
      ready: 'Введите ответ.',
      sending: 'Проверяем…',
      again: 'Не подошло. Вот новый пример.',
      next: 'Вот ещё один пример.',
      leadTwo: 'Нужно решить два примера подряд. В каждом ответе две цифры.',
      refreshed: 'Вот новый пример.',
      noMore: 'Новых картинок больше нет. Решите эту или выберите другой способ.',
      twoDigits: 'Нужны две цифры.',
      full: 'Уже две цифры. Нажмите OK или сотрите.',
      passed: 'Готово! Возвращаемся в приложение…',
      cancelled: 'Проверка отменена.',
      closed: 'Пока не получилось. Новый пример будет через {} с.',
      closedOver: 'Можно попробовать ещё раз: нажмите OK.',
      waiting: 'Подождите ещё {} с.',
      none: 'Примеров не будет до завтра.',
      expired: 'Время вышло. Нажмите OK, и будет новый пример.',
      soon: 'Осталось {} с. Нажмите любую кнопку, и мы добавим время.',
      soonLast: 'Осталось {} с.',
      minute: 'Осталась минута. Кнопка «Ещё время» добавит ещё.',
      minuteLast: 'Осталась минута.',
      extended: 'Время добавлено.',
      notExtended: 'Больше времени добавить нельзя.',
      hear: 'Послушайте пример и наберите ответ. «Прослушать» повторит его.',
      silent: 'Звук не воспроизводится. Попробуйте телефон.',
      pictureFailed: 'Картинка не показалась. Возьмите новую.',
      offline: 'Нет связи. Проверьте сеть и нажмите OK.',
      busy: 'Сервис занят. Подождите немного и нажмите OK.',
      refused: 'Эта проверка уже не действует. Вернитесь в приложение и начните заново.',
      misused: 'Страница открыта неправильно. Вернитесь в приложение и начните заново.',
      retry: 'Ещё раз',
      hintErase: 'Стереть последнюю цифру',
      hintOk: 'Отправить ответ',
      keyRed: 'красная кнопка',
      keyGreen: 'зелёная кнопка',
      keyYellow: 'жёлтая кнопка',
      keyBlue: 'синяя кнопка'
    },
    en: {
      title: 'A quick check',
      heading: 'Solve the sum in the picture',
      lead: 'The answer has two digits. Enter it and press OK.',
      picture: 'A picture with a sum, adding or taking away. The answer has two digits.',
      pad: 'Digits',
      actions: 'Other things to do',
      typed: 'Your answer',
      digitNone: 'empty',
      round: 'Try {} of {}',
      left: 'Time left',
      refresh: 'New picture',
      listen: 'Listen',
      stop: 'Stop',
      contrast: 'Contrast',
      extend: 'More time',
      phone: 'By phone',
      cancel: 'Cancel',
      phoneTitle: 'Use your phone instead',
      phoneLead: 'Point its camera here, or open',
      phoneThen: 'The rest happens there; no picture is needed.',
      signTitle: 'Sign in on your phone',
      signThen: 'Sign in there and confirm the code. The TV goes on by itself.',
      signBack: 'Solve a sum instead',
      phoneCode: 'Code',
      phoneQr: 'A QR code with the address {}',
      phoneBack: 'Back to the picture',
      loading: 'Getting a picture…',
      ready: 'Enter the answer.',
      sending: 'Checking…',
      again: 'That was not it. Here is a new sum.',
      next: 'Here is one more sum.',
      leadTwo: 'Two sums in a row are needed. Each answer has two digits.',
      refreshed: 'Here is a new sum.',
      noMore: 'There are no more pictures. Solve this one, or choose another way.',
      twoDigits: 'Two digits are needed.',
      full: 'There are two digits already. Press OK, or erase.',
      passed: 'Done! Going back to the app…',
      cancelled: 'The check is cancelled.',
      closed: 'That did not work for now. There will be a new sum in {} s.',
      closedOver: 'You can try again: press OK.',
      waiting: 'Please wait {} s more.',
      none: 'There are no sums until tomorrow.',
      expired: 'Time is up. Press OK for a new sum.',
      soon: '{} s left. Press any key and we add time.',
      soonLast: '{} s left.',
      minute: 'One minute left. “More time” adds some.',
      minuteLast: 'One minute left.',
      extended: 'There is more time now.',
      notExtended: 'No more time can be added.',
      hear: 'Listen to the sum and enter the answer. “Listen” says it again.',
      silent: 'The sound does not play. Try your phone.',
      pictureFailed: 'The picture did not show. Take a new one.',
      offline: 'There is no connection. Check the network and press OK.',
      busy: 'The service is busy. Wait a little and press OK.',
      refused: 'This check is no longer valid. Go back to the app and start again.',
      misused: 'This page was opened in a wrong way. Go back to the app and start again.',
      retry: 'Try again',
      hintErase: 'Erase the last digit',
      hintOk: 'Send the answer',
      keyRed: 'red key',
      keyGreen: 'green key',
      keyYellow: 'yellow key',
      keyBlue: 'blue key'
    }
  };

  /** Language of the page: the one of the app, else that of the TV. */
  tv.language = function (asked) {
    var wanted = String(asked || navigator.language || navigator.userLanguage || '').slice(0, 2).toLowerCase();
    return WORDS[wanted] && WORDS.hasOwnProperty(wanted) ? wanted : 'en';
  };

  /** Texts by name; arguments replace each `{}`. */
  tv.words = function (language) {
    return function (name) {
      var at = 0;
      var fill = arguments;
      return WORDS[language][name].replace(/\{\}/g, function () {
        at += 1;
        return String(fill[at]);
      });
    };
  };
}(window.marqueeTv = window.marqueeTv || {}));
