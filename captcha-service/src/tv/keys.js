// What the keys of remotes mean. Engines of TVs know no names of keys, only numbers.
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
   * Tells `press(name)` of each key, and only arrows again while they are held. `press` says whether the page used the key;
   * what it did not use is left to the TV.
   */
  tv.listen = function (press) {
    var held = {};
    var released = false; // whether this remote tells when a key goes up: not all do

    document.addEventListener('keydown', function (event) {
      var name = nameOf(event.keyCode);
      if (!name || event.ctrlKey || event.altKey || event.metaKey) return;
      var again = event.repeat || released && held[event.keyCode];
      held[event.keyCode] = true;
      var arrow = event.keyCode >= 37 && event.keyCode <= 40;
      if (again && !arrow || press(name)) event.preventDefault();
    });
    document.addEventListener('keyup', function (event) {
      released = true;
      held[event.keyCode] = false;
    });
    window.addEventListener('blur', function () { held = {}; });
  };
}(window.marqueeTv = window.marqueeTv || {}));
