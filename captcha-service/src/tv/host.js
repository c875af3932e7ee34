// The app that opened the page, and how it hears what became of it: docs/tv-apps.md. Only apps that the service lists hear
// anything: an address that somebody put into a link is no reason to trust it.
(function (tv) {
  'use strict';

  var PACKAGED = 'file://'; // apps that live on the TV have no origin that a browser could name

  function pairs(text) {
    var found = {};
    text.replace(/^[?#]/, '').split('&').forEach(function (pair) {
      var at = pair.indexOf('=');
      if (at < 1) return;
      try {
        found[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1).replace(/\+/g, ' '));
      } catch (error) {
        // Not encoded as addresses are: as if it were not there.
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

  /** What the app asks for: `?action=…`, and `#device_token=…`, which never leaves the TV in a log. */
  tv.asked = function () {
    var asked = pairs(window.location.search);
    asked.device_token = pairs(window.location.hash).device_token;
    return asked;
  };

  /** The app. `hosts`: who may be told, as the service lists them: origins, `file://`, and schemes such as `my-tv:`. */
  tv.host = function (hosts, asked) {
    var framed = window.parent !== window;
    var target = framed ? window.parent : window.opener;

    function listed(origin) {
      return hosts.indexOf(origin) >= 0;
    }

    // To whom messages may go, as postMessage understands it; null for nobody. The browser checks an origin itself.
    function recipient() {
      var above = window.location.ancestorOrigins;
      if (!target) return null;
      if (listed(asked.origin) && asked.origin !== PACKAGED) return asked.origin;
      if (!framed || !listed(PACKAGED) || !above || !above.length) return null;
      for (var i = 0; i < above.length; i += 1) if (above[i] !== PACKAGED && above[i] !== 'null') return null;
      return '*';
    }

    // Where to go back to; null when nobody listed lives there.
    function home() {
      if (framed || !asked['return']) return null;
      var link = document.createElement('a');
      link.href = asked['return'];
      var web = /^https?:$/.test(link.protocol);
      var known = web ? listed(link.protocol + '//' + link.host) : listed(link.protocol);
      return known ? link.href.replace(/#.*$/, '') : null;
    }

    function message(status, more) {
      var told = { type: 'marquee-captcha', status: status, action: asked.action, state: asked.state };
      Object.keys(more || {}).forEach(function (name) { told[name] = more[name]; });
      return told;
    }

    function post(status, more) {
      var to = recipient();
      if (to) target.postMessage(message(status, more), to);
    }

    return {
      /** Tells what goes on. */
      tell: post,

      /** Tells how it ended, and goes where the app wants it to. */
      finish: function (status, more) {
        var told = message(status, more);
        var fragment = '#' + joined({
          captcha: status, token: told.token, expires_in: told.expires_in, device_token: told.device_token, state: told.state
        });
        post(status, more);
        if (framed) return;
        if (home()) return window.location.replace(home() + fragment);
        window.location.replace(fragment);
        if (target) return window.close();
        if (status === 'cancelled' && window.history.length > 1) window.history.back();
      }
    };
  };
}(window.marqueeTv = window.marqueeTv || {}));
