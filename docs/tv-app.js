// An app that meets `auth.captcha_required`: docs/tv-apps.md. It shows /tv in a frame over the whole screen and, beside it,
// waits for a phone to sign it in. ECMAScript 5.
var AUTH = 'https://kino.example.org', CAPTCHA = 'https://captcha.example.org';
var GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

function post(path, form, done) {
  var request = new XMLHttpRequest();
  request.open('POST', AUTH + path, true);
  request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
  request.timeout = 10000;
  request.onload = function () {
    var reply = {};
    try { reply = JSON.parse(request.responseText); } catch (error) { /* of a proxy */ }
    done(request.status, reply);
  };
  request.onerror = request.ontimeout = function () { done(0, {}); };
  request.send(Object.keys(form).map(function (name) { return name + '=' + encodeURIComponent(form[name]); }).join('&'));
}

// Opens `captcha_url` of the problem. Calls done(tokens, pass) with tokens (a phone has signed the TV in), a pass, or neither (cancelled, or refused).
function check(captchaUrl, done) {
  var frame = document.createElement('iframe'), timer = null, ended = false;
  var address = captchaUrl + '&lang=ru&origin=' + encodeURIComponent(location.protocol === 'file:' ? 'file://' : location.origin);
  frame.className = 'captcha';                       // position: fixed; width: 100%; height: 100%
  frame.setAttribute('allow', 'autoplay');           // sound; old engines pass this over
  frame.onload = function () { frame.contentWindow.focus(); };  // keys go where the focus is

  function show(code) {
    var to = address + '#device_token=' + encodeURIComponent(localStorage.getItem('captcha-device') || '') + '&user_code=' + (code || '');
    if (frame.parentNode) return frame.contentWindow.location.replace(to);  // another fragment only: the sum stays
    frame.src = to;
    document.body.appendChild(frame);
  }
  function start() {
    post('/oauth2/device_authorization', { client_id: 'marquee', device_kind: 'tv', device_name: 'Living room' }, function (status, grant) {
      if (ended) return;
      show(grant.user_code);                         // without one: the sum
      if (status === 200) poll(grant.device_code, grant.interval); else timer = setTimeout(start, 30000);
    });
  }
  function poll(code, seconds) {
    timer = setTimeout(function () {
      post('/oauth2/token', { grant_type: GRANT, client_id: 'marquee', device_code: code }, function (status, reply) {
        if (ended) return;
        if (status === 200) return end(reply, null);
        if (reply.error === 'expired_token') return start();
        if (reply.error === 'access_denied') return end(null, null);
        if (reply.error === 'invalid_grant' || status === 401) return;  // no use in asking again
        poll(code, reply.error === 'slow_down' ? seconds + 5 : seconds);  // pending, or no answer
      });
    }, seconds * 1000);
  }
  function hear(event) {
    if (event.origin !== CAPTCHA || event.source !== frame.contentWindow) return;
    if (event.data.type !== 'marquee-captcha') return;
    if (event.data.device_token) localStorage.setItem('captcha-device', event.data.device_token);
    if (event.data.status === 'passed' || event.data.status === 'cancelled') end(null, event.data.token || null);
  }
  function end(tokens, pass) {
    ended = true;
    clearTimeout(timer);
    window.removeEventListener('message', hear);
    document.body.removeChild(frame);
    window.focus();
    done(tokens, pass);
  }
  window.addEventListener('message', hear);
  start();
}
