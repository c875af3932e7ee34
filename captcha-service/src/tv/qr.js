// QR codes (ISO/IEC 18004), minimal for a URL: byte mode, error correction M, versions 1 to 10 (213 bytes).
(function (tv) {
  'use strict';

  // By version: error correction codewords per block, blocks, data codewords in total.
  var SHAPES = [
    [10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 64], [24, 2, 86],
    [16, 4, 108], [18, 4, 124], [22, 4, 154], [22, 5, 182], [26, 5, 216]
  ];
  // By version: centres of the alignment patterns.
  var ALIGNED = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

  // The first half of the standard's.
  var MASKS = [
    function (x, y) { return (x + y) % 2; },
    function (x, y) { return y % 2; },
    function (x) { return x % 3; },
    function (x, y) { return (x + y) % 3; }
  ];

  // Powers in GF(256) over x^8 + x^4 + x^3 + x^2 + 1, and their logarithms.
  var POWERS = [];
  var LOGS = [];
  (function () {
    var value = 1;
    for (var i = 0; i < 255; i += 1) {
      POWERS[i] = value;
      LOGS[value] = i;
      value = value * 2 ^ (value > 127 ? 285 : 0);
    }
  }());

  function times(a, b) {
    return a && b ? POWERS[(LOGS[a] + LOGS[b]) % 255] : 0;
  }

  // Remainder of the data after division by the generator of this degree (Reed-Solomon).
  function correction(data, degree) {
    var generator = [1];
    var i, j;
    for (i = 0; i < degree; i += 1) {
      generator.push(0);
      for (j = generator.length - 1; j > 0; j -= 1) generator[j] ^= times(generator[j - 1], POWERS[i]);
    }
    var rest = data.slice();
    for (i = 0; i < degree; i += 1) rest.push(0);
    for (i = 0; i < data.length; i += 1) {
      for (j = generator.length - 1; j >= 0; j -= 1) rest[i + j] ^= times(generator[j], rest[i]);
    }
    return rest.slice(data.length);
  }

  function bytes(text) {
    var raw = unescape(encodeURIComponent(text));
    var all = [];
    for (var i = 0; i < raw.length; i += 1) all.push(raw.charCodeAt(i));
    return all;
  }

  // The codewords of a text: mode, length, bytes and padding.
  function data(text, version, room) {
    var bits = [];
    function push(value, count) {
      for (var i = count - 1; i >= 0; i -= 1) bits.push(value >> i & 1);
    }
    push(4, 4);
    push(text.length, version < 10 ? 8 : 16);
    for (var i = 0; i < text.length; i += 1) push(text[i], 8);
    push(0, Math.min(4, room * 8 - bits.length));
    while (bits.length % 8) bits.push(0);
    for (var pad = 236; bits.length < room * 8; pad ^= 253) push(pad, 8);
    var words = [];
    for (i = 0; i < bits.length; i += 8) words.push(parseInt(bits.slice(i, i + 8).join(''), 2));
    return words;
  }

  // Interleaved data and error correction blocks. Short blocks come first.
  function weave(words, shape) {
    var short = Math.floor(shape[2] / shape[1]);
    var blocks = [];
    var woven = [];
    var from = 0;
    var i, j;
    for (i = 0; i < shape[1]; i += 1) {
      var length = short + (i >= shape[1] - shape[2] % shape[1] ? 1 : 0);
      blocks.push(words.slice(from, from + length));
      from += length;
    }
    for (i = 0; i <= short; i += 1) {
      for (j = 0; j < blocks.length; j += 1) if (i < blocks[j].length) woven.push(blocks[j][i]);
    }
    for (i = 0; i < blocks.length; i += 1) blocks[i] = correction(blocks[i], shape[0]);
    for (i = 0; i < shape[0]; i += 1) for (j = 0; j < blocks.length; j += 1) woven.push(blocks[j][i]);
    return woven;
  }

  // Value with its BCH code: format by 1335, version by 7973.
  function coded(value, by, degree) {
    var rest = value << degree;
    for (var i = 17; i >= degree; i -= 1) if (rest >> i & 1) rest ^= by << i - degree;
    return value << degree | rest;
  }

  function grid(size) {
    var rows = [];
    for (var i = 0; i < size; i += 1) rows.push(new Array(size));
    return rows;
  }

  // Function patterns. Format modules are reserved, and drawn later.
  function patterns(version) {
    var size = version * 4 + 17;
    var rows = grid(size);
    var i, j;
    function finder(x, y) {
      for (var b = -1; b < 8; b += 1) {
        for (var a = -1; a < 8; a += 1) {
          if (rows[y + b] && x + a >= 0 && x + a < size) {
            var ring = Math.max(Math.abs(a - 3), Math.abs(b - 3));
            rows[y + b][x + a] = ring !== 2 && ring !== 4;
          }
        }
      }
    }
    finder(0, 0);
    finder(size - 7, 0);
    finder(0, size - 7);
    for (i = 8; i < size - 8; i += 1) rows[6][i] = rows[i][6] = i % 2 === 0;
    ALIGNED[version - 1].forEach(function (y, row, all) {
      all.forEach(function (x, column) {
        var last = all.length - 1;
        if (!row && !column || !row && column === last || row === last && !column) return;
        for (j = -2; j < 3; j += 1) {
          for (i = -2; i < 3; i += 1) rows[y + j][x + i] = Math.max(Math.abs(i), Math.abs(j)) !== 1;
        }
      });
    });
    format(rows, 0);
    if (version > 6) {
      var code = coded(version, 7973, 12);
      for (i = 0; i < 18; i += 1) {
        j = size - 11 + i % 3;
        rows[j][Math.floor(i / 3)] = rows[Math.floor(i / 3)][j] = (code >> i & 1) === 1;
      }
    }
    return rows;
  }

  // Draws the format, level M (bits 00) and the mask, twice.
  function format(rows, mask) {
    var size = rows.length;
    var code = coded(mask, 1335, 10) ^ 21522;
    for (var i = 0; i < 15; i += 1) {
      var on = (code >> i & 1) === 1;
      if (i < 8) rows[8][size - 1 - i] = on; else rows[size - 15 + i][8] = on;
      if (i < 8) rows[i < 6 ? i : i + 1][8] = on; else rows[8][i < 9 ? 7 : 14 - i] = on;
    }
    rows[size - 8][8] = true;
  }

  // Places the bits in a zigzag from the right, two columns wide.
  function lay(rows, words, mask) {
    var size = rows.length;
    var free = [];
    for (var x = size - 1; x > 0; x -= 2) {
      if (x === 6) x = 5;
      for (var step = 0; step < size; step += 1) {
        var y = (x + 1 & 2) === 0 ? size - 1 - step : step;
        for (var a = x; a > x - 2; a -= 1) if (rows[y][a] === undefined) free.push([a, y]);
      }
    }
    free.forEach(function (at, i) {
      var bit = i >> 3 < words.length ? words[i >> 3] >> 7 - i % 8 & 1 : 0;
      rows[at[1]][at[0]] = (bit === 1) !== (MASKS[mask](at[0], at[1]) === 0);
    });
    format(rows, mask);
    return rows;
  }

  // Penalty score: long runs and finder-like patterns. Blocks and imbalance of colours, which it leaves out, mislead no
  // reader: any mask can be read.
  function penalty(rows) {
    var size = rows.length;
    var sum = 0;
    function line(at) {
      var text = '';
      for (var i = 0; i < size; i += 1) text += at(i) ? 1 : 0;
      (text.match(/0{5,}|1{5,}/g) || []).forEach(function (run) { sum += run.length - 2; });
      sum += 40 * (text.match(/(?=10111010000|00001011101)/g) || []).length;
    }
    for (var y = 0; y < size; y += 1) {
      line(function (i) { return rows[y][i]; });
      line(function (i) { return rows[i][y]; });
    }
    return sum;
  }

  /** Rows of modules, true for dark; null when the text is too long. */
  tv.qr = function (text) {
    var raw = bytes(text);
    var version = 1;
    while (version < 11 && raw.length + (version < 10 ? 2 : 3) > SHAPES[version - 1][2]) version += 1;
    if (version > 10) return null;
    var shape = SHAPES[version - 1];
    var words = weave(data(raw, version, shape[2]), shape);
    var best = null;
    var least = Infinity;
    for (var mask = 0; mask < 4; mask += 1) {
      var rows = lay(patterns(version), words, mask);
      var worth = penalty(rows);
      if (worth < least) {
        least = worth;
        best = rows;
      }
    }
    return best;
  };
}(window.marqueeTv = window.marqueeTv || {}));
