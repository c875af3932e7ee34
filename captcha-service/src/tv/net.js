// HTTP client of the service: JSON over XMLHttpRequest, with a timeout and bounded retries.
(function (tv) {
  'use strict';

  var TIMEOUT = 5000; // ms
  var PAUSES = [400, 1200]; // ms before each retry
  var STORAGE_KEY = 'marquee-captcha-device';

  /**
   * Posts to `api/v1/captcha/` + path and calls `done(failure, reply)` once. A failure has `status` (0: no response) and
   * `wait` (seconds, from Retry-After). Retries without a response, and on 502 to 504.
   */
  tv.post = function (path, body, done) {
    var attempts = 0;

    function again(failure) {
      if (attempts >= PAUSES.length) return done(failure);
      window.setTimeout(attempt, PAUSES[attempts]);
      attempts += 1;
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
        var failure = { status: status, wait: wait > 0 ? wait : 0, reply: reply || {} };
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

  // Credential of this TV. Packaged apps have no cookies, and some no storage: then it is lost with the page.
  var cached = null;

  /** The device token, or null. */
  tv.device = function () {
    try {
      return cached || window.localStorage.getItem(STORAGE_KEY);
    } catch (error) {
      return cached;
    }
  };

  /** Stores the device token. */
  tv.keepDevice = function (token) {
    cached = token;
    try {
      window.localStorage.setItem(STORAGE_KEY, token);
    } catch (error) {
      // Storage is optional.
    }
  };
}(window.marqueeTv = window.marqueeTv || {}));
