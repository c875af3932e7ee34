// A service that answers as captcha-service does, only knows the right answers in advance and fails as told. It is as strict
// with what it is sent as the real one. Each story has its own.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { picture } from './tv-picture.mjs';

const ACTIONS = ['log_in', 'sign_up', 'reset_password', 'send_code', 'other'];
const FIELDS = {
  challenges: ['action', 'assess_id', 'sitekey', 'device_token', 'lang', 'contrast', 'modality'],
  answer: ['picture_id', 'answer'],
  refresh: ['picture_id', 'modality'],
  extend: ['picture_id'],
};
const KINDS = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

/** The files of the page as they are served: the script in the order of mod.rs, and all without indents and comments. */
export async function assets(folder) {
  const read = (name) => readFile(`${folder}/${name}`, 'utf8');
  const parts = [...(await read('mod.rs')).matchAll(/include_str!\("(\w+\.js)"\)/g)].map(([, name]) => name);
  const script = (await Promise.all(parts.map(read))).join('');
  return { html: lean(await read('tv.html')), css: lean(await read('tv.css')), js: lean(script) };
}

/** As `minify` of mod.rs. */
export function lean(text) {
  let comment = false;
  return text.split('\n').map((line) => line.trim()).filter((line) => {
    comment ||= line.startsWith('/*');
    const kept = !comment && line && !line.startsWith('//');
    comment &&= !line.endsWith('*/');
    return kept;
  }).map((line) => `${line.split(' // ')[0]}\n`).join('');
}

export class Mock {
  /**
   * Opens it. `answers` are right one after another, the last for all that follow; `fails` says by the last word of a path
   * what becomes of its next requests: a status, 'drop' (no answer, and the line is cut), 'hang', or null for nothing. `spent` are
   * the seconds until its network gets sums again.
   */
  static async open(files, settings = {}) {
    const mock = new Mock(files, settings);
    mock.server = createServer((request, answer) => mock.serve(request, answer));
    await new Promise((resolve) => mock.server.listen(0, '127.0.0.1', resolve));
    mock.origin = `http://127.0.0.1:${mock.server.address().port}`;
    return mock;
  }

  constructor(files, settings) {
    Object.assign(this, { files, requests: [], complaints: [], drawn: 0, refreshes: 3, extensions: 1, round: 1, over: false });
    Object.assign(this, {
      answers: [42], fails: {}, hosts: [], modalities: ['image', 'audio'], needed: 1, right: 0, wait: 30, expires: 180, spent: 0, broken: 0, pages: {},
      phone: { url: 'https://kino.example/tv?code=KQ7-4MX', code: 'KQ7-4MX' }, ...settings,
    });
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The requests to a path that ends so. */
  asked(word) {
    return this.requests.filter(({ name }) => name === word);
  }

  serve(request, answer) {
    answer.shouldKeepAlive = false; // browsers ask again by themselves when a line is cut that was used before
    const url = new URL(request.url, this.origin);
    const send = (kind, text) => answer.writeHead(200, { 'content-type': kind, 'x-content-type-options': 'nosniff' }).end(text);
    if (this.pages[url.pathname]) return send('text/html; charset=utf-8', this.pages[url.pathname]);
    if (url.pathname === '/tv') return this.page(answer);
    const asset = url.pathname.match(/^\/tv\/tv\.(js|css)$/);
    if (asset) return send(KINDS[asset[1]], this.files[asset[1]]);
    const path = url.pathname.match(/^\/api\/v1\/captcha\/(challenges)(?:\/([\w-]+)\/(answer|refresh|extend))?$/);
    if (!path || request.method !== 'POST') return answer.writeHead(404).end();
    let text = '';
    request.on('data', (part) => { text += part; });
    request.on('end', () => this.call(path[3] ?? path[1], JSON.parse(text), answer));
  }

  page(answer) {
    const ancestors = this.hosts.filter((host) => host.includes('://')).map((host) => (host === 'file://' ? 'file:' : host));
    answer.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        + `media-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors.join(' ') || "'none'"}`,
    });
    const { html } = this.files;
    answer.end(html.replace('{{hosts}}', this.hosts.join(' ')).replace('{{style}}', 'tv/tv.css').replace('{{script}}', 'tv/tv.js'));
  }

  call(name, body, answer) {
    this.requests.push({ name, body });
    const strange = Object.keys(body).filter((field) => !FIELDS[name].includes(field));
    if (strange.length) this.complaints.push(`${name} has fields that nobody knows: ${strange}`);
    if (name === 'challenges' && this.spent) return problem(answer, 429, 'captcha.refused', { wait: this.spent, phone: this.phone });
    const fate = this.fails[name]?.shift();
    if (fate === 'hang') return;
    if (fate === 'drop') return answer.destroy();
    if (fate) return problem(answer, fate, fate === 409 ? 'captcha.used_up' : 'captcha.unavailable');
    if (name !== 'challenges' && this.over) return problem(answer, 404, 'captcha.session_over');
    this[name](body, (status, value) => {
      answer.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(value));
    }, answer);
  }

  get due() {
    return this.answers[Math.min(this.drawn - 1, this.answers.length - 1)];
  }

  draw(modality) {
    this.drawn += 1;
    this.id = `picture-${this.drawn}`;
    const broken = this.broken > 0;
    if (broken) this.broken -= 1;
    const seen = modality === 'audio' ? { audio: silence() } : { image: broken ? 'data:image/png;base64,AAAA' : picture(this.due) };
    return {
      picture_id: this.id, ...seen, prompt_key: modality === 'audio' ? 'sum_in_audio' : 'sum_in_picture', digits: 2,
      round: this.round, rounds: 3, expires_in: this.expires,
    };
  }

  challenges(body, reply) {
    if (!ACTIONS.includes(body.action)) this.complaints.push(`there is no action ${body.action}`);
    Object.assign(this, { round: 1, refreshes: 3, extensions: 1, right: 0, over: false });
    reply(201, {
      session: 'session-1', ...this.draw(body.modality), needed: this.needed, refreshes: 3, extension: this.expires,
      device_token: body.device_token ?? 'device-1', alternatives: { phone: this.phone, modalities: this.modalities },
    });
  }

  answer({ picture_id: id, answer }, reply) {
    const right = id === this.id && answer === String(this.due);
    if (right) this.right += 1;
    if (right && this.right === this.needed) {
      this.over = true;
      return reply(200, { status: 'passed', token: 'pass.token-1', expires_in: 120 });
    }
    this.round += 1;
    if (this.round <= 3) return reply(200, { status: 'again', ...this.draw('image') });
    this.over = true;
    reply(200, { status: 'closed', wait_s: this.wait });
  }

  refresh({ modality }, reply, answer) {
    if (!this.refreshes) return problem(answer, 409, 'captcha.used_up');
    this.refreshes -= 1;
    reply(200, { ...this.draw(modality ?? 'image'), refreshes: this.refreshes });
  }

  extend(body, reply, answer) {
    if (!this.extensions) return problem(answer, 409, 'captcha.used_up');
    this.extensions -= 1;
    this.id += '-longer';
    reply(200, { picture_id: this.id, expires_in: 180 });
  }
}

function problem(answer, status, code, { wait = 7, phone } = {}) {
  const headers = { 'content-type': 'application/problem+json', ...(status === 429 ? { 'retry-after': String(wait) } : {}) };
  answer.writeHead(status, headers).end(JSON.stringify({ type: 'about:blank', title: code, status, code, phone }));
}

// A tenth of a second of nothing: WAV, 8 kHz, 8 bits.
function silence() {
  const wav = Buffer.alloc(844, 128);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(836, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(8000, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(800, 40);
  return `data:audio/wav;base64,${wav.toString('base64')}`;
}
