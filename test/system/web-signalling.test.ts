import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { systemClock } from '../../appliance/io/index.js';
import { metricFamilies, ServerView } from '../../appliance/sip-server/index.js';
import { startWeb, type WebServer } from '../../appliance/web/index.js';
import { Secret, silentLog } from '../../src/base/index.js';
import { FakeBranch } from '../unit/web/fake-branch.js';
import { Scene, sdp, secret } from './sip-server-bench.js';
import { faintTexts } from './web-contrast.js';

/** The signalling page in a real browser, of a SIP server through which a call went. */
describe('the signalling page', { timeout: 120_000 }, () => {
  const scene = new Scene();
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-signalling-'));
  const complaints: string[] = [];
  let web: WebServer;
  let context: BrowserContext;
  let page: Page;
  let callId: string;

  before(async () => {
    const server = await scene.server();
    const callee = await scene.udpPeer('127.0.0.3');
    const app = await scene.app(server, {
      invite: (request, reply) => void app.createB2BUA(request, reply, `sip:${callee.hostPort}`).catch(() => undefined),
    });
    const caller = await scene.udpPeer('127.0.0.2');
    const half = 'f81d4fae7dec11d0a76500a0c91e6bf6';
    const headers = { 'Session-ID': `${half};remote=${'0'.repeat(32)}` };
    const invite = caller.request('INVITE', 'sip:100@branch.test', headers, sdp());
    callId = invite.headers.get('Call-ID') ?? '';
    caller.send(invite, server.listener());
    const second = await callee.nextRequest('INVITE');
    const answer = callee.response(second, 200, { 'Session-ID': `${'1'.repeat(32)};remote=${half}` }, sdp());
    callee.send(answer, server.listener());
    const ok = await caller.nextResponse(200);
    caller.send(caller.inDialog('ACK', invite, ok, 1), server.listener());
    await callee.nextRequest('ACK');
    const { controlPort: port } = server.handle;
    const view = new ServerView({ host: '127.0.0.1', port, secret: new Secret(secret), clock: systemClock }, silentLog);
    scene.onClose(() => view.close());
    const ports = Object.assign(new FakeBranch(Date.now()), {
      signalling: view,
      metrics: async () => {
        const statistics = await view.statistics();
        return statistics === undefined ? [] : metricFamilies(statistics);
      },
    });
    const started = await startWeb({ address: '127.0.0.1', port: 0, ports, clock: systemClock, log: silentLog });
    assert.ok(started.ok);
    web = started.value;
    context = await chromium.launchPersistentContext(folder, {
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
      viewport: { width: 1280, height: 900 },
    });
    page = context.pages()[0] ?? (await context.newPage());
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  after(async () => {
    await context.close();
    await web.close();
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ladder(): Promise<void> {
    await page.goto(`${web.url}signalling.html?call-id=${encodeURIComponent(callId)}`);
    await page.locator('.step').first().waitFor();
    await page.locator('#figures dd').first().waitFor();
  }

  it('lists what the trace holds, and leads from there to the ladder of both legs', async () => {
    await page.goto(`${web.url}signalling.html`);
    await page.locator('#traced tr').first().waitFor();
    assert.equal(await page.locator('#traced tr').count(), 2);
    await page.getByRole('link', { name: callId }).click();
    await page.locator('.step').first().waitFor();
    assert.ok((await page.locator('.step').count()) >= 7);
    assert.equal(await page.locator('#ladder-calls li').count(), 2);
    assert.equal(await page.locator('.ladder .life').count(), 3);
    assert.match((await page.locator('#server-state').textContent()) ?? '', /Nothing is turned away/);
    assert.deepEqual(complaints, []);
  });

  it('is used with the keyboard alone', async () => {
    await ladder();
    await page.locator('.step').first().focus();
    assert.match((await page.locator('#ladder-detail').textContent()) ?? '', /INVITE \(SDP\).*Call-ID/);
    await page.keyboard.press('Tab');
    assert.match((await page.locator('#ladder-detail').textContent()) ?? '', /100 Trying/);
    const label = await page.locator('.step[aria-current]').getAttribute('aria-label');
    assert.match(label ?? '', /^\d+ ms: .*100 Trying.*, from .* to /);
  });

  it('is readable in light and dark, and fits a narrow window', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 900 });
        await ladder();
        assert.deepEqual(await page.evaluate(faintTexts), []);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, `${width}`);
        const shots = process.env.HOLDFAST_SCREENSHOTS;
        if (shots !== undefined)
          await page.screenshot({ path: `${shots}/signalling-${colorScheme}-${width}.png`, fullPage: true });
      }
    }
  });

  it('has the counts for Prometheus, and says what it does not have', async () => {
    const text = await (await fetch(`${web.url}metrics`)).text();
    assert.match(text, /^holdfast_sip_messages_total\{direction="received",transport="udp",message="INVITE"\} 1$/m);
    assert.match(text, /^holdfast_sip_overload_level 0$/m);
    const status = async (path: string) => (await fetch(web.url + path)).status;
    assert.equal(await status('api/calls/ladder?call-id=nobody'), 404);
    assert.equal(await status('api/calls/ladder'), 400);
    assert.equal(await status(`api/calls/ladder?${'call-id=x&'.repeat(11)}`), 400);
    assert.equal(await status('api/sip'), 200);
  });
});
