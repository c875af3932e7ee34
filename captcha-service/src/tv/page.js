// A check from its first picture to the pass, or to an alternative.
(function (tv) {
  'use strict';

  var TICK = 250; // ms
  var MINUTE = 60; // s; announced
  var SOON = 20; // s; announced, and any key extends the time
  var WAIT = 30; // s, for a pause without Retry-After
  var HOUR = 3600; // s; after more of them it is tomorrow

  var parameters = tv.parameters();
  var language = tv.language(parameters.lang);
  var say = tv.words(language);
  document.documentElement.lang = language;
  var hosts = document.querySelector('meta[name=marquee-hosts]').content.split(' ');
  var host = tv.host(hosts, parameters);
  var view = tv.view(say, activate);
  var phone = tv.phone(view, host, say, parameters.user_code);

  var state = 'loading'; // loading, asking, sending, waiting, stopped, cancelled, passed
  var turn = 0; // responses to requests of an earlier turn are ignored
  var challenge = {};
  var typed = '';
  var ends = 0; // end of the challenge, or of the pause
  var warned = Infinity; // the last warning about time, in seconds before the end
  var extendable = false;
  var expired = false;
  var inverted = parameters.contrast === 'inverted';
  var drawn = inverted; // contrast of the current picture
  var sound = tv.sound(view.playing, function () { view.status(say('silent'), true); });

  // Monotonic where supported: unaffected by changes of the TV's clock.
  function now() {
    return (window.performance && performance.now ? performance.now() : Date.now()) / 1000;
  }

  function post(path, body, done) {
    var mine = turn;
    tv.post(path, body, function (failure, reply) {
      if (mine === turn) done(failure, reply);
    });
  }

  // ---- check ----

  function start() {
    turn += 1;
    state = 'loading';
    expired = false;
    silence();
    type('');
    view.instead(say('loading'));
    view.status(say('loading'));
    view.time(null);
    view.rest(false);
    drawn = inverted;
    post('challenges', {
      action: parameters.action,
      assess_id: parameters.assess_id,
      sitekey: parameters.sitekey,
      device_token: tv.device() || undefined,
      lang: language,
      contrast: inverted ? 'inverted' : 'normal',
      modality: parameters.modality === 'audio' ? 'audio' : 'image'
    }, function (failure, reply) {
      if (failure) return trouble(failure);
      challenge = reply;
      extendable = reply.extension > 0;
      if (reply.device_token) tv.keepDevice(reply.device_token);
      phone.update(reply.alternatives && reply.alternatives.phone);
      view.audible(!!reply.alternatives && reply.alternatives.modalities.indexOf('audio') >= 0);
      show(reply, say('ready'));
      host.post('ready');
      if (reply.image) phone.lead(); // speech is not interrupted
    });
  }

  // Shows a new picture, or plays a recording, with a status text.
  function show(next, words, bad) {
    turn += 1;
    silence();
    ['picture_id', 'image', 'audio', 'round', 'rounds'].forEach(function (name) { challenge[name] = next[name]; });
    if (next.needed) challenge.needed = next.needed;
    view.lead(say(challenge.needed > 1 ? 'leadTwo' : 'lead'));
    lasts(next.expires_in);
    type('');
    view.round(challenge.round, challenge.rounds);
    view.status(words, bad);
    state = 'asking';
    view.rest(false);
    view.begin();
    if (!challenge.image) {
      view.instead(say('hear'));
      return play();
    }
    view.picture(challenge.image, inverted !== drawn, function (shown) {
      if (shown || state !== 'asking') return;
      view.instead(say('pictureFailed'));
      view.status(say('pictureFailed'), true);
      if (!view.sheetOpen()) view.focus('refresh');
    });
  }

  function lasts(seconds) {
    ends = now() + seconds;
    warned = seconds > MINUTE ? Infinity : seconds > SOON ? MINUTE : SOON;
    tick();
  }

  function send() {
    if (typed.length < 2) return view.status(say('twoDigits'), true);
    state = 'sending';
    view.status(say('sending'));
    post('challenges/' + encodeURIComponent(challenge.session) + '/answer', {
      picture_id: challenge.picture_id, answer: typed
    }, function (failure, reply) {
      if (failure) return trouble(failure);
      if (reply.status === 'passed') return pass(reply);
      if (reply.status === 'again') return show(reply, say(challenge.needed > 1 ? 'next' : 'again'), challenge.needed < 2);
      pause(reply.wait_s);
    });
  }

  function pass(reply) {
    state = 'passed';
    view.time(null);
    view.status(say('passed'));
    view.instead(say('passed'));
    view.rest(true, true); // a second OK must not cancel
    host.finish('passed', { token: reply.token, expires_in: reply.expires_in, device_token: tv.device() || undefined });
  }

  // The challenge is over; the next one can be opened after a pause.
  function pause(seconds) {
    seconds = seconds >= 0 ? seconds : WAIT;
    host.post('closed', { wait_s: seconds });
    if (seconds > HOUR) {
      stop(say('none') + ' ' + say('signTitle') + '.');
      return phone.replace();
    }
    turn += 1;
    silence();
    type('');
    state = 'waiting';
    ends = now() + seconds;
    view.time(null);
    view.round();
    view.instead(say('closed', Math.ceil(seconds)), say('retry'), true);
    view.status(say('closed', Math.ceil(seconds)), true);
    view.rest(true);
    phone.lead();
  }

  // Stops; OK starts again if that may help.
  function stop(words, helps) {
    turn += 1;
    silence();
    type('');
    state = 'stopped';
    view.time(null);
    view.round();
    view.instead(words, helps ? say('retry') : null);
    view.status(words, true);
    view.rest(true);
  }

  function trouble(failure) {
    if (failure.status === 429) {
      if (failure.reply.phone) phone.update(failure.reply.phone);
      return pause(failure.wait || WAIT);
    }
    if (failure.status === 404 || failure.status === 410 || /session_over$/.test(failure.reply.code)) {
      if (challenge.session) return expire();
    }
    var passing = failure.status === 0 || failure.status >= 500;
    stop(say(failure.status === 0 ? 'offline' : passing ? 'busy' : 'refused'), passing);
    host.post('failed', { code: failure.reply.code });
  }

  function expire() {
    expired = true;
    stop(say('expired'), true);
  }

  function cancel() {
    turn += 1;
    silence();
    state = 'cancelled';
    view.time(null);
    view.round();
    view.instead(say('cancelled'), say('retry'));
    view.status(say('cancelled'));
    view.rest(true);
    host.finish('cancelled');
  }

  // ---- time ----

  function tick() {
    var left = Math.max(0, Math.ceil(ends - now()));
    if (state === 'waiting') {
      view.instead(say('closed', left), say('retry'), true);
      if (left) return;
      stop(say('closedOver'), true);
      return view.status(say('closedOver'));
    }
    if (state !== 'asking') return;
    view.time(left);
    if (!left) return expire();
    if (left <= SOON && warned > SOON) {
      warned = SOON;
      view.status(say(extendable ? 'soon' : 'soonLast', left), true);
    } else if (left <= MINUTE && warned > MINUTE) {
      warned = MINUTE;
      view.status(say(extendable ? 'minute' : 'minuteLast'));
    }
  }

  function extend() {
    if (!extendable) return view.status(say('notExtended'), true);
    extendable = false;
    post('challenges/' + encodeURIComponent(challenge.session) + '/extend', {
      picture_id: challenge.picture_id
    }, function (failure, reply) {
      if (failure) return failure.status === 0 || failure.status === 409 ? view.status(say('notExtended'), true) : trouble(failure);
      challenge.picture_id = reply.picture_id;
      lasts(reply.expires_in);
      view.status(say('extended'));
    });
  }

  // ---- pictures and sound ----

  function another(modality) {
    silence();
    state = 'loading';
    view.status(say('loading'));
    post('challenges/' + encodeURIComponent(challenge.session) + '/refresh', {
      picture_id: challenge.picture_id, modality: modality
    }, function (failure, reply) {
      if (!failure) return show(reply, say('refreshed'));
      if (failure.status !== 409 || /session_over$/.test(failure.reply.code)) return trouble(failure);
      state = 'asking';
      view.status(say('noMore'), true);
    });
  }

  function hear() {
    if (!view.audible()) return;
    if (sound.plays()) return silence();
    if (challenge.audio) play(); else another('audio');
  }

  function play() {
    sound.play(challenge.audio);
  }

  function silence() {
    sound.stop();
  }

  // ---- input ----

  function type(digits) {
    var changed = typed !== digits;
    typed = digits;
    view.typed(typed, changed && state === 'asking');
  }

  function digit(name) {
    if (typed.length === 2) return view.status(say('full'));
    type(typed + name);
  }

  function turnAround() {
    inverted = !inverted;
    view.flip(inverted !== drawn);
  }

  function openPhone() {
    silence();
    phone.open();
  }

  function closePhone() {
    view.sheet(false);
    if (phone.only()) return cancel();
    if (expired && state === 'stopped') start();
  }

  // Action of a button, pressed by OK or by a pointer.
  function activate(id) {
    if (state === 'passed') return;
    if (id === 'phone-back') return closePhone();
    if (id === 'cancel') return cancel();
    if (id === 'phone') return openPhone();
    if (id === 'contrast') return turnAround();
    if (state === 'waiting') return view.status(say('waiting', Math.ceil(ends - now())), true);
    if (id === 'retry') return start();
    if (state !== 'asking') return;
    if (id === 'refresh') return another('image');
    if (id === 'listen') return hear();
    if (id === 'extend') return extend();
    if (id === 'key-ok') return send();
    if (id === 'key-erase') return type(typed.slice(0, -1));
    digit(id.slice(-1));
  }

  var COLOURS = { red: 'refresh', green: 'phone', yellow: 'extend', blue: 'listen' };

  // Returns whether the page used the key.
  function press(name) {
    if (name === 'back') {
      // After the end the TV handles Back, so that users can leave.
      if (state === 'passed' || state === 'cancelled') return false;
      if (view.sheetOpen()) closePhone(); else cancel();
      return true;
    }
    var urgent = state === 'asking' && extendable && warned === SOON;
    var sends = name === 'ok' && view.focused() === 'key-ok' && typed.length === 2;
    if (urgent && !sends) extend();
    if (name === 'ok') {
      activate(view.focused());
    } else if (COLOURS[name]) {
      if (!view.sheetOpen() && !(urgent && name === 'yellow')) activate(COLOURS[name]);
    } else if (name.length === 1) {
      if (state !== 'asking' || view.sheetOpen()) return true;
      digit(name);
      view.focus('key-ok'); // so that OK sends what the digit keys have typed
    } else {
      view.move(name);
    }
    return true;
  }

  if (parameters.device_token) tv.keepDevice(parameters.device_token);
  tv.listen(press);
  window.focus();
  view.focus();
  window.setInterval(tick, TICK);
  if (parameters.action) {
    start();
  } else {
    view.phone(null);
    stop(say('misused'), false);
  }
}(window.marqueeTv = window.marqueeTv || {}));
