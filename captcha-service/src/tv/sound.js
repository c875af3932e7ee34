// Playing a sum that is spoken.
(function (tv) {
  'use strict';

  // The same as a file in memory; nothing where an engine cannot make one.
  function file(address) {
    try {
      var raw = atob(address.split(',')[1]);
      var bytes = new Uint8Array(raw.length);
      for (var i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
      return window.URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }));
    } catch (error) {
      return '';
    }
  }

  /** A player. `changed(plays)` is told when it begins and ends, `failed()` when there is nothing to hear. */
  tv.sound = function (changed, failed) {
    var current = null;

    function stop() {
      if (current) current.pause();
      current = null;
      changed(false);
    }

    // A `data:` address as the service sends it; some engines play none.
    function play(address) {
      var mine = current = new Audio();
      var again = true;

      function begin(source) {
        mine.src = source;
        var promise = mine.play();
        if (promise && promise['catch']) promise['catch'](function (error) {
          if (error.name === 'NotAllowedError' && mine === current) stop(); // only after a key: "listen" does it then
        });
      }

      mine.onended = function () {
        if (mine === current) stop();
      };
      mine.onerror = function () {
        if (mine !== current) return;
        if (!again) {
          stop();
          return failed();
        }
        again = false;
        begin(file(address));
      };
      changed(true);
      begin(address);
    }

    return { play: play, stop: stop, plays: function () { return current !== null; } };
  };
}(window.marqueeTv = window.marqueeTv || {}));
