// Talking to the service: JSON by XMLHttpRequest, with bounds on time and on tries.
(function (tv) {
  'use strict';

  var TIMEOUT = 5000; // ms
  var PAUSES = [400, 1200]; // ms before each new try
  var MEMORY = 'marquee-captcha-device';

  /**
   * Posts to `api/v1/captcha/` + path and tells `done(failure, reply)` once. A failure has `status` (0: no answer at all) and
   * `wait` (seconds, when the service names them). Tries again when nothing is answered or the service is away for a moment.
   */
  tv.post = function (path, body, done) {
    var tries = 0;

    function again(failure) {
      if (tries >= PAUSES.length) return done(failure);
      window.setTimeout(attempt, PAUSES[tries]);
      tries += 1;
    }

    function attempt() {
      var request = new XMLHttpRequest();
      request.open('POST', 'api/v1/captcha/' + path, true);
      request.timeout = TIMEOUT;
      request.setRequestHeader('Content-Type', 'application/json');
      request.onerror = request.ontimeout = function () { again({ status: 0, reply: {} }); };
      request.onload = function () {
        var status = request.status;
        var reply = parse(request.responseText);
        if (status >= 200 && status < 300 && reply) return done(null, reply);
        var wait = parseInt(request.getResponseHeader('Retry-After'), 10);
        var failure = { status: status, wait: wait > 0 ? Math.min(wait, 3600) : 0, reply: reply || {} };
        if (status >= 502 && status <= 504) again(failure); else done(failure);
      };
      request.send(JSON.stringify(body));
    }

    attempt();
  };

  function parse(text) {
    try {
      var value = JSON.parse(text);
      return value && typeof value === 'object' ? value : null;
    } catch (error) {
      return null;
    }
  }

  // What the service knows this TV by. Packaged apps have no cookies, and some no storage: then it lives as long as the page.
  var remembered = null;

  /** The device token, or null. */
  tv.device = function () {
    try {
      return remembered || window.localStorage.getItem(MEMORY);
    } catch (error) {
      return remembered;
    }
  };

  /** Keeps it. */
  tv.keepDevice = function (token) {
    remembered = token;
    try {
      window.localStorage.setItem(MEMORY, token);
    } catch (error) {
      // There is no storage, and no need for it.
    }
  };
}(window.marqueeTv = window.marqueeTv || {}));
