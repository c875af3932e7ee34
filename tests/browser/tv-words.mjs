// What the page says, written down once more, so that a page that loses its words is noticed.

export const TV_WORDS = {
  ru: {
    title: 'Проверка · Marquee', heading: 'Решите пример с картинки', refresh: 'Новая картинка', listen: 'Прослушать', stop: 'Остановить',
    cancel: 'Отмена', retry: 'Ещё раз', twoDigits: 'Нужны две цифры', refreshed: 'Вот новый пример', again: 'Не подошло',
    next: 'Вот ещё один пример', two: 'два примера подряд', extended: 'Время добавлено', notExtended: 'Больше времени добавить нельзя',
    minute: 'Осталась минута', soon: 'Нажмите любую кнопку', expired: 'Время вышло', closed: 'Пока не получилось',
    closedOver: 'Можно попробовать ещё раз', wait: 'Подождите ещё', offline: 'Нет связи', busy: 'Сервис занят',
    refused: 'Эта проверка уже не действует', misused: 'Страница открыта неправильно', pictureFailed: 'Картинка не показалась',
    noMore: 'Новых картинок больше нет', passed: 'Готово', cancelled: 'Проверка отменена', silent: 'Звук не воспроизводится',
    signIn: 'Войдите с телефона', byItself: 'Телевизор продолжит сам', sumInstead: 'Решить пример', none: 'Примеров не будет до завтра',
    typed: 'Ваш ответ: 4 2', picture: 'Картинка с примером', red: 'Новая картинка, красная кнопка', qr: 'QR-код с адресом kino.example/tv',
  },
  en: {
    title: 'A quick check · Marquee', heading: 'Solve the sum in the picture', refresh: 'New picture', listen: 'Listen', stop: 'Stop',
    cancel: 'Cancel', retry: 'Try again', twoDigits: 'Two digits are needed', refreshed: 'Here is a new sum', again: 'That was not it',
    next: 'Here is one more sum', two: 'Two sums in a row', extended: 'There is more time now', notExtended: 'No more time can be added',
    minute: 'One minute left', soon: 'Press any key', expired: 'Time is up', closed: 'That did not work for now',
    closedOver: 'You can try again', wait: 'Please wait', offline: 'There is no connection', busy: 'The service is busy',
    refused: 'This check is no longer valid', misused: 'This page was opened in a wrong way', pictureFailed: 'The picture did not show',
    noMore: 'There are no more pictures', passed: 'Done', cancelled: 'The check is cancelled', silent: 'The sound does not play',
    signIn: 'Sign in on your phone', byItself: 'The TV goes on by itself', sumInstead: 'Solve a sum instead', none: 'There are no sums until tomorrow',
    typed: 'Your answer: 4 2', picture: 'A picture with a sum', red: 'New picture, red key', qr: 'A QR code with the address kino.example/tv',
  },
};
