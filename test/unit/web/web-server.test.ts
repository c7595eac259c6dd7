import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import { startWeb, type WebServer } from '../../../appliance/web/index.js';
import { silentLog } from '../../../src/base/index.js';
import { busyMedia, FakeBranch, FakeLab } from './fake-branch.js';

const now = Date.UTC(2026, 0, 1);

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

describe('web server', () => {
  const branch = new FakeBranch(now);
  const lab = new FakeLab(now);
  let web: WebServer;

  before(async () => {
    branch.lab = lab;
    const ground = { clock: systemClock, log: silentLog };
    const started = await startWeb({ address: '127.0.0.1', port: 0, ports: branch, ...ground });
    assert.ok(started.ok);
    web = started.value;
  });
  after(() => web.close());

  function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: web.port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  const json = { 'content-type': 'application/json' };
  const force = (headers: Record<string, string>, body = '{"mode":"survivable"}'): Promise<Answer> =>
    ask('POST', '/api/force', headers, body);

  it('serves the page and its parts with a policy that lets nothing else in', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/style.css', 'text/css'],
      ['/main.js', 'text/javascript'],
    ] as const) {
      const { status, headers } = await ask('GET', path);
      assert.equal(status, 200);
      assert.match(String(headers['content-type']), new RegExp(type));
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['x-powered-by'], undefined);
    }
  });

  it('tells the status, the table, records and the timeline', async () => {
    assert.deepEqual(JSON.parse((await ask('GET', '/api/status')).body), branch.present);
    assert.ok(JSON.parse((await ask('GET', '/api/table')).body).rows.length > 5);
    assert.deepEqual(JSON.parse((await ask('GET', '/api/records')).body), []);
    assert.equal(JSON.parse((await ask('GET', '/api/timeline?minutes=30')).body).stretches.length, 1);
    assert.equal((await ask('GET', '/healthz')).status, 200);
    assert.match((await ask('GET', '/metrics')).body, /^holdfast_users 4$/m);
  });

  it('answers what is not there, and what cannot be read, without a stack trace', async () => {
    assert.deepEqual(await ask('GET', '/nowhere').then(({ status }) => status), 404);
    assert.equal((await ask('GET', '/..%2f..%2fpackage.json')).status, 404);
    const { status, body } = await force(json, '{"mode":');
    assert.equal(status, 400);
    assert.equal(body, '{"error":"The request cannot be read."}');
    assert.equal((await force(json, `{"mode":"${'x'.repeat(5000)}"}`)).status, 413);
  });

  it('forces a mode for the page itself and for programs', async () => {
    branch.forced.length = 0;
    const own = { ...json, origin: `http://127.0.0.1:${web.port}`, 'sec-fetch-site': 'same-origin' };
    assert.equal((await force(own)).status, 200);
    assert.equal((await force(json, '{"mode":"none"}')).status, 200);
    assert.deepEqual(branch.forced, ['survivable by web', 'none by web']);
    assert.equal((await force(json, '{"mode":"sideways"}')).status, 400);
  });

  it('refuses what a foreign page could send', async () => {
    branch.forced.length = 0;
    assert.equal((await force({ ...json, origin: 'http://evil.example' })).status, 403);
    assert.equal((await force({ ...json, origin: 'null' })).status, 403);
    assert.equal((await force({ ...json, 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await force({ 'content-type': 'text/plain' })).status, 415);
    assert.equal((await force({ ...json, host: 'evil.example' })).status, 421);
    assert.equal((await ask('GET', '/api/status', { host: 'evil.example:80' })).status, 421);
    assert.equal((await ask('GET', '/api/status', { host: 'localhost:80' })).status, 200);
    assert.deepEqual(branch.forced, []);
  });

  it('hands the lab’s commands on, and its refusals back', async () => {
    const { status } = await ask('POST', '/api/lab/wan', json, '{"up":false}');
    assert.equal(status, 200);
    assert.deepEqual(lab.commands, [{ name: 'wan', up: false }]);
    assert.equal((await ask('POST', '/api/lab/wan', json, '{"up":"no"}')).status, 400);
    assert.equal((await ask('POST', '/api/lab/explode', json, '{}')).status, 400);
    lab.refusal = 'Phone 1001 is in a call.';
    const refused = await ask('POST', '/api/lab/call', json, '{"from":"1001","to":"1002"}');
    assert.equal(refused.status, 409);
    assert.deepEqual(JSON.parse(refused.body), { error: 'Phone 1001 is in a call.' });
    lab.refusal = undefined;
  });

  it('tells how the media engine is, where sound passes here', async () => {
    assert.equal((await ask('GET', '/api/media')).status, 404);
    assert.doesNotMatch((await ask('GET', '/metrics')).body, /holdfast_media_/);
    branch.media = busyMedia;
    assert.deepEqual(JSON.parse((await ask('GET', '/api/media')).body), {
      up: true,
      ports: 4,
      load: 0.25,
      packetsPerSecond: 400,
      replaced: 1,
      lossFraction: 0.01,
      refused: 6,
      mos: { mean: 4.2, least: 3.1 },
      realTime: true,
    });
    assert.match((await ask('GET', '/metrics')).body, /^holdfast_media_up 1$/m);
    delete branch.media;
  });

  it('pushes the status at once, and again when it changes', { timeout: 5000 }, async () => {
    const response = await fetch(`${web.url}api/events`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.ok(response.body !== null);
    let text = '';
    let told = false;
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (!told && text.includes('event: lab')) {
        told = true;
        branch.become({ mode: 'survivable' });
      }
      if (text.includes('"mode":"survivable"')) break;
    }
    assert.match(text, /^retry: 1000\n\nevent: status\nid: 1\ndata: \{/);
  });

  it('says what is wrong when its port is taken', async () => {
    const ground = { clock: systemClock, log: silentLog };
    const second = await startWeb({ address: '127.0.0.1', port: web.port, ports: branch, ...ground });
    assert.ok(!second.ok);
    assert.match(second.error.what, /already uses/);
    assert.match(second.error.where, new RegExp(`127.0.0.1:${web.port}`));
    assert.match(second.error.remedy, /--web/);
  });

  it('listens to the branch no longer once it is closed', async () => {
    const other = new FakeBranch(now);
    const ground = { clock: systemClock, log: silentLog };
    const started = await startWeb({ address: '127.0.0.1', port: 0, ports: other, ...ground });
    assert.ok(started.ok);
    assert.equal(other.listeners, 1);
    await started.value.close();
    assert.equal(other.listeners, 0);
  });
});
