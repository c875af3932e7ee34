// The app that opened the page, and the messages to it: docs/tv-apps.md. Only listed apps get messages: an address in a
// link is untrusted.
(function (tv) {
  'use strict';

  var FILE_SCHEME = 'file://'; // apps installed on the TV have no origin

  function pairs(text) {
    var found = {};
    text.replace(/^[?#]/, '').split('&').forEach(function (pair) {
      var at = pair.indexOf('=');
      if (at < 1) return;
      try {
        found[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1).replace(/\+/g, ' '));
      } catch (error) {
        // Invalid percent-encoding: ignored.
      }
    });
    return found;
  }

  function joined(values) {
    return Object.keys(values).filter(function (name) {
      return values[name] !== undefined;
    }).map(function (name) {
      return name + '=' + encodeURIComponent(values[name]);
    }).join('&');
  }

  /** Parameters from the app: `?action=…`, and `#device_token=…&user_code=…`, which never reach a log. */
  tv.parameters = function () {
    var parameters = pairs(window.location.search);
    var fragment = pairs(window.location.hash);
    parameters.device_token = fragment.device_token;
    parameters.user_code = tv.userCode(fragment.user_code);
    return parameters;
  };

  /** The app. `hosts`: listed apps: origins, `file://`, and schemes such as `my-tv:`. */
  tv.host = function (hosts, parameters) {
    var framed = window.parent !== window;
    var target = framed ? window.parent : window.opener;

    function listed(origin) {
      return hosts.indexOf(origin) >= 0;
    }

    // Target origin for postMessage; null for none. The browser enforces an origin itself.
    function recipient() {
      var above = window.location.ancestorOrigins;
      if (!target) return null;
      if (listed(parameters.origin) && parameters.origin !== FILE_SCHEME) return parameters.origin;
      if (!framed || !listed(FILE_SCHEME) || !above || !above.length) return null;
      for (var i = 0; i < above.length; i += 1) if (above[i] !== FILE_SCHEME && above[i] !== 'null') return null;
      return '*';
    }

    // Return address; null unless its app is listed.
    function returnAddress() {
      if (framed || !parameters['return']) return null;
      var link = document.createElement('a');
      link.href = parameters['return'];
      var web = /^https?:$/.test(link.protocol);
      var known = web ? listed(link.protocol + '//' + link.host) : listed(link.protocol);
      return known ? link.href.replace(/#.*$/, '') : null;
    }

    function message(status, more) {
      var payload = { type: 'marquee-captcha', status: status, action: parameters.action, state: parameters.state };
      Object.keys(more || {}).forEach(function (name) { payload[name] = more[name]; });
      return payload;
    }

    function post(status, more) {
      var to = recipient();
      if (to) target.postMessage(message(status, more), to);
    }

    return {
      /** Posts an event. */
      post: post,

      /** Posts the result, and navigates to the return address of the app. */
      finish: function (status, more) {
        var payload = message(status, more);
        var fragment = '#' + joined({
          captcha: status, token: payload.token, expires_in: payload.expires_in,
          device_token: payload.device_token, state: payload.state
        });
        post(status, more);
        if (framed) return;
        if (returnAddress()) return window.location.replace(returnAddress() + fragment);
        window.location.replace(fragment);
        if (target) return window.close();
        if (status === 'cancelled' && window.history.length > 1) window.history.back();
      }
    };
  };
}(window.marqueeTv = window.marqueeTv || {}));
