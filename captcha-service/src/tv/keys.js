// Key codes of remote controls. TV engines support no key names, only numbers.
(function (tv) {
  'use strict';

  var NAMES = {
    13: 'ok', 37: 'left', 38: 'up', 39: 'right', 40: 'down',
    461: 'back', 10009: 'back', 27: 'back', 8: 'back', // webOS, Tizen, keyboards
    403: 'red', 404: 'green', 405: 'yellow', 406: 'blue'
  };

  function nameOf(code) {
    if (code >= 48 && code <= 57) return String(code - 48);
    if (code >= 96 && code <= 105) return String(code - 96);
    return NAMES[code];
  }

  /**
   * Calls `press(name)` for each key; only arrows repeat while they are held. `press` returns whether the page used the key;
   * the TV handles the others.
   */
  tv.listen = function (press) {
    var pressed = {};
    var released = false; // this remote sends keyup: not all do

    document.addEventListener('keydown', function (event) {
      var name = nameOf(event.keyCode);
      if (!name || event.ctrlKey || event.altKey || event.metaKey) return;
      var again = event.repeat || released && pressed[event.keyCode];
      pressed[event.keyCode] = true;
      var arrow = event.keyCode >= 37 && event.keyCode <= 40;
      if (again && !arrow || press(name)) event.preventDefault();
    });
    document.addEventListener('keyup', function (event) {
      released = true;
      pressed[event.keyCode] = false;
    });
    window.addEventListener('blur', function () { pressed = {}; });
  };
}(window.marqueeTv = window.marqueeTv || {}));
