// The way by phone: to the page where the code of the app's device grant (RFC 8628) is confirmed, or to a page of the
// operator.
(function (tv) {
  'use strict';

  var USER_CODE = /^([BCDFGHJKLMNPQRSTVWXZ]{4})-?([BCDFGHJKLMNPQRSTVWXZ]{4})$/;
  var ACTIVATION = /\/activate$/; // asks for a code: useless without one

  /** A user code in the form that people read, `WDJB-MJHT`; null for any other text. */
  tv.userCode = function (text) {
    var halves = USER_CODE.exec(text);
    return halves && halves[1] + '-' + halves[2];
  };

  /** The part of a URL that people type. */
  tv.typedAddress = function (url) {
    return url.replace(/^https?:\/\//, '').replace(/[?#].*$/, '').replace(/\/$/, '');
  };

  // `url`, `code`, and `signs` when the phone signs this TV in; null for no way.
  function wayFrom(alternative, userCode) {
    if (!alternative) return null;
    if (!userCode) return ACTIVATION.test(alternative.url) ? null : alternative;
    var parts = alternative.url.split('#');
    parts[0] += (parts[0].indexOf('?') < 0 ? '?' : '&') + 'code=' + userCode;
    return { url: parts.join('#'), code: userCode, signs: true };
  }

  /** The way by phone on the screen. `userCode`: of the app's device grant, or null. */
  tv.phone = function (view, host, say, userCode) {
    var alternative = null;
    var way = null;
    var leads = true; // is shown before the first sum
    var only = false;

    function update(offered) {
      alternative = offered;
      way = wayFrom(offered, userCode);
      view.phone(way, only);
    }

    function announce() {
      var kind = way.signs ? 'sign' : 'phone';
      var code = way.code ? say('phoneCode') + ' ' + way.code.split('').join(' ') + '. ' : '';
      view.whisper(say(kind + 'Title') + '. ' + tv.typedAddress(way.url) + '. ' + code + say(kind + 'Then'));
      host.post('phone', { url: way.url, code: way.code });
    }

    function open() {
      if (!way) return;
      view.sheet(true);
      announce();
    }

    // The app replaces an expired code by a new fragment of the same address.
    window.addEventListener('hashchange', function () {
      var code = tv.parameters().user_code;
      if (!code || code === userCode) return;
      userCode = code;
      update(alternative);
      if (only || view.sheetOpen()) open();
    });

    return {
      /** Takes the `phone` of a challenge. */
      update: update,

      /** Shows the phone before the first sum, if there is one. */
      lead: function () {
        if (leads) open();
        leads = false;
      },

      /** Shows it in place of sums, if there is one. */
      replace: function () {
        only = true;
        update(alternative);
        open();
      },

      /** Returns whether it replaces sums. */
      only: function () { return only; },

      /** Fills the screen. */
      open: open
    };
  };
}(window.marqueeTv = window.marqueeTv || {}));
