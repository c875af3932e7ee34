// A picture of a sum with the answer that is wanted: 800x280, black on white, plain to read; for one answer a real one.
import { crc32, deflateSync } from 'node:zlib';

import { SAMPLE, SAMPLE_ANSWER } from './tv-sample.mjs';

const [WIDTH, HEIGHT, DOT] = [800, 280, 22];
const GLYPHS = {
  0: '01110 10001 10011 10101 11001 10001 01110', 1: '00100 01100 00100 00100 00100 00100 01110',
  2: '01110 10001 00001 00110 01000 10000 11111', 3: '01110 10001 00001 00110 00001 10001 01110',
  4: '00010 00110 01010 10010 11111 00010 00010', 5: '11111 10000 11110 00001 00001 10001 01110',
  6: '00110 01000 10000 11110 10001 10001 01110', 7: '11111 00001 00010 00100 01000 01000 01000',
  8: '01110 10001 10001 01110 10001 10001 01110', 9: '01110 10001 10001 01111 00001 00010 01100',
  '+': '00000 00100 00100 11111 00100 00100 00000', '-': '00000 00000 00000 11111 00000 00000 00000',
};

/** As a `data:` address. */
export function picture(answer) {
  if (answer === SAMPLE_ANSWER) return SAMPLE;
  const sum = answer > 60 ? `${answer - 8}+8` : `${answer + 7}-7`;
  const rows = Array.from({ length: HEIGHT }, () => new Uint8Array(1 + WIDTH / 8).fill(255));
  rows.forEach((row) => { row[0] = 0; });
  const left = Math.floor((WIDTH - (sum.length * 6 - 1) * DOT) / 2);
  [...sum].forEach((sign, at) => GLYPHS[sign].split(' ').forEach((line, y) => [...line].forEach((dot, x) => {
    if (dot === '1') fill(rows, left + (at * 6 + x) * DOT, 63 + y * DOT);
  })));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header[8] = 1; // bit for a dot, grey
  const png = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))];
  return `data:image/png;base64,${Buffer.concat(png).toString('base64')}`;
}

function fill(rows, left, top) {
  for (let y = top; y < top + DOT; y += 1) {
    for (let x = left; x < left + DOT; x += 1) rows[y][1 + (x >> 3)] &= ~(128 >> (x & 7));
  }
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
