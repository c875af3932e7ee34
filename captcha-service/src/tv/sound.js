// Playback of spoken sums.
(function (tv) {
  'use strict';

  // Converts to a blob URL; empty where the engine does not support it.
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

  /** A player. Calls `changed(plays)` at start and end, and `failed()` when the sound cannot be played. */
  tv.sound = function (changed, failed) {
    var current = null;

    function stop() {
      if (current) current.pause();
      current = null;
      changed(false);
    }

    // Plays a `data:` URL of the service; some engines support none.
    function play(address) {
      var mine = current = new Audio();
      var again = true;

      function begin(source) {
        mine.src = source;
        var promise = mine.play();
        if (promise && promise['catch']) promise['catch'](function (error) {
          if (error.name === 'NotAllowedError' && mine === current) stop(); // autoplay is blocked until a key is pressed: "listen" plays it then
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
