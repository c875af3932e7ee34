// Screen: texts, the picture, the answer, and the focused button.
(function (tv) {
  'use strict';

  var SVG = 'http://www.w3.org/2000/svg';

  // Layout of the pad and the actions for arrow keys. Focus does not wrap around edges.
  var PAD = [['key-1', 'key-2', 'key-3'], ['key-4', 'key-5', 'key-6'], ['key-7', 'key-8', 'key-9'], ['key-erase', 'key-0', 'key-ok']];
  var ACTIONS = [['refresh', 'listen', 'contrast'], ['phone', 'extend', 'cancel']];
  var STEPS = { left: [0, -1], right: [0, 1], up: [-1, 0], down: [1, 0] };

  function find(id) {
    return document.getElementById(id);
  }

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  function place(rows, id) {
    for (var row = 0; row < rows.length; row += 1) {
      if (rows[row].indexOf(id) >= 0) return [row, rows[row].indexOf(id)];
    }
    return null;
  }

  // Next visible button of these rows, or null at the edge.
  function along(rows, from, step) {
    var row = from[0] + step[0];
    var column = from[1] + step[1];
    while (rows[row] && rows[row][column]) {
      if (!find(rows[row][column]).hidden) return rows[row][column];
      row += step[0];
      column += step[1];
    }
    return null;
  }

  function beside(id, way, stopped) {
    var at = place(PAD, id);
    if (at) return along(PAD, at, STEPS[way]) || (way === 'left' ? ACTIONS[at[0] < 3 ? 0 : 1][2] : null);
    at = place(ACTIONS, id);
    if (at) {
      var next = along(ACTIONS, at, STEPS[way]);
      if (next) return next;
      if (way === 'up' && stopped) return find('retry').hidden ? null : 'retry';
      return way === 'right' && !stopped ? PAD[at[0] + 2][0] : null;
    }
    return id === 'retry' && way === 'down' ? ACTIONS[0][0] : null;
  }

  function square(text, label) {
    var rows = tv.qr(text);
    if (!rows) return null;
    var path = '';
    rows.forEach(function (row, y) {
      row.forEach(function (dark, x) {
        if (dark) path += 'M' + x + ' ' + y + 'h1v1h-1z';
      });
    });
    var size = rows.length + 8; // with the quiet zone that readers need
    var svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '-4 -4 ' + size + ' ' + size);
    svg.setAttribute('shape-rendering', 'crispEdges');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    var shape = document.createElementNS(SVG, 'path');
    shape.setAttribute('d', path);
    svg.appendChild(shape);
    return svg;
  }

  /** The screen in this language. Calls `activate(id)` for each pressed button. */
  tv.view = function (say, activate) {
    var picture = find('picture');
    var focus = 'key-5';
    var stopped = false;
    var flat = ''; // the status without what makes it new

    each('[data-word]', function (part) { part.textContent = say(part.getAttribute('data-word')); });
    each('[data-label]', function (part) { part.setAttribute('aria-label', say(part.getAttribute('data-label'))); });
    each('[data-key]', function (button) {
      button.setAttribute('aria-label', button.textContent.trim() + ', ' + say(button.getAttribute('data-key')));
    });
    find('key-erase').setAttribute('aria-label', say('hintErase'));
    find('key-ok').setAttribute('aria-label', 'OK: ' + say('hintOk'));
    document.title = say('title') + ' · Marquee';

    each('button', function (button) {
      button.addEventListener('click', function () {
        view.focus(button.id);
        activate(button.id);
      });
      // The pointer of a remote moves the focus, as arrows do.
      button.addEventListener('mousemove', function () {
        if (focus !== button.id) view.focus(button.id);
      });
      button.addEventListener('focus', function () { focus = button.id; });
    });

    var view = {
      /** Focuses a button; without one, restores the focus: some button always has it. */
      focus: function (id) {
        focus = id || focus;
        var button = find(focus);
        if (document.activeElement !== button) button.focus();
      },

      /** Id of the focused button. */
      focused: function () { return focus; },

      /** Moves the focus. */
      move: function (way) {
        var next = focus === 'phone-back' ? null : beside(focus, way, stopped);
        view.focus(next);
      },

      /** Shows and announces a status; `bad` for a problem. */
      status: function (text, bad) {
        var line = find('status');
        // Screen readers announce a repeated text only if it differs.
        line.textContent = text === flat && text && line.textContent === text ? text + '\u00a0' : text;
        flat = text;
        line.className = bad ? 'status bad' : 'status';
      },

      /** Announces a text to screen readers only. */
      whisper: function (text) { find('said').textContent = text; },

      /** Shows a picture; calls `done(shown)` with the result. */
      picture: function (source, flipped, done) {
        picture.onload = function () {
          find('instead').hidden = true;
          picture.hidden = false;
          done(true);
        };
        picture.onerror = function () { done(false); };
        picture.alt = say('picture');
        view.flip(flipped);
        picture.src = source;
      },

      /** Inverts black and white, or restores them. */
      flip: function (flipped) { picture.className = flipped ? 'flipped' : ''; },

      /** Shows a text instead of the picture, with a retry button if given, enabled or only `later`. */
      instead: function (text, button, later) {
        picture.hidden = true;
        find('instead').hidden = false;
        find('instead-text').textContent = text;
        find('retry').hidden = !button;
        find('retry').textContent = button || '';
        find('retry').setAttribute('aria-disabled', !!later);
      },

      /** Disables the pad while there is nothing to answer. Moves the focus to an enabled button, unless it `stays`. */
      rest: function (rests, stays) {
        stopped = rests;
        each('#pad button, #refresh, #listen, #extend', function (button) { button.setAttribute('aria-disabled', rests); });
        document.body.className = rests ? 'rests' : '';
        if (rests && !stays) view.begin();
      },

      /** Focuses the start button. */
      begin: function () {
        if (view.sheetOpen()) return;
        view.focus(!stopped ? 'key-5' : find('retry').hidden ? 'cancel' : 'retry');
      },

      /** Shows the round. */
      round: function (round, rounds) { find('round').textContent = rounds ? say('round', round, rounds) : ''; },

      /** Shows the remaining time; null hides it. */
      time: function (seconds) {
        find('clock').hidden = seconds === null;
        find('clock').className = seconds !== null && seconds <= 20 ? 'late' : '';
        find('time').textContent = Math.floor(seconds / 60) + ':' + ('0' + seconds % 60).slice(-2);
      },

      /** Shows the typed digits. */
      typed: function (digits, count) {
        for (var i = 0; i < 2; i += 1) {
          find('digit-' + i).textContent = digits.charAt(i);
          find('digit-' + i).className = i === digits.length ? 'due' : '';
        }
        find('boxes').setAttribute('aria-label', say('typed') + ': ' + (digits.split('').join(' ') || say('digitNone')));
        if (count) view.whisper(digits.split('').join(' ') || say('digitNone'));
      },

      /** The line under the heading. */
      lead: function (text) { find('lead').textContent = text; },

      /** Returns whether audio is offered; with `is`, shows or hides the button first. */
      audible: function (is) {
        if (is !== undefined) find('listen').hidden = !is;
        return !find('listen').hidden;
      },

      /** Labels the button for playing or stopping. */
      playing: function (plays) { find('listen').querySelector('span').textContent = say(plays ? 'stop' : 'listen'); },

      /** Shows or hides the phone alternative; `only`: there are no sums. */
      phone: function (way, only) {
        find('card').hidden = find('phone').hidden = !way;
        if (!way) return;
        var address = tv.typedAddress(way.url);
        document.querySelector('.card .soft').hidden = way.signs; // makes room for the code
        each('[data-phone]', function (part) {
          var name = part.getAttribute('data-phone');
          var text = say((way.signs ? 'sign' : 'phone') + name);
          part.textContent = !only || name === 'Title' ? text : name === 'Back' ? say('cancel') : say('none') + ' ' + text;
        });
        each('[data-address]', function (part) { part.textContent = address; });
        each('[data-code]', function (part) { part.textContent = way.code || ''; });
        each('[data-code-line]', function (part) { part.hidden = !way.code; });
        each('[data-qr]', function (part) {
          while (part.firstChild) part.removeChild(part.firstChild);
          var svg = square(way.url, say('phoneQr', address));
          if (svg) part.appendChild(svg);
        });
      },

      /** Opens or closes the phone sheet. */
      sheet: function (open) {
        find('sheet').hidden = !open;
        find('main').setAttribute('aria-hidden', open);
        if (open) view.focus('phone-back'); else view.begin();
      },

      /** Returns whether the phone sheet is open. */
      sheetOpen: function () { return !find('sheet').hidden; }
    };
    return view;
  };
}(window.marqueeTv = window.marqueeTv || {}));
