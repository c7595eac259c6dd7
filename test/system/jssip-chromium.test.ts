import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { until as eventually } from './branch/patience.js';
import { browserBundle } from './browser-bundle.js';
import { Authority } from './certificates.js';
import { type JsSip, type JsSipPhone, startJsSipPhone } from './jssip-phone.js';
import { scene, test } from './sip-server-bench.js';
import { SmallExchange } from './small-exchange.js';
import { TcpRelay } from './tcp-relay.js';

declare global {
  // What the page has: the library, and the telephone made of it.
  var JsSIP: JsSip;
  var phone: JsSipPhone;
}

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--ignore-certificate-errors'],
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
];

test('jssip in Chromium over WSS: register, call, hold, transfer, and back after the socket has died', () =>
  scene(async (s) => {
    const authority = new Authority();
    s.onClose(() => authority.close());
    const own = authority.issue(['IP:127.0.0.1']);
    const server = await s.server({
      listen: [{ protocol: 'wss', address: '127.0.0.1', port: 0 }],
      tls: { ...own, verify: 'none', checkPeer: true },
    });
    const exchange = new SmallExchange();
    exchange.run(await s.app(server, exchange.routes));

    const bundle = browserBundle('jssip', 'JsSIP');
    const site = createServer((request, response) => {
      const script = request.url === '/jssip.js';
      response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
      response.end(script ? bundle : '<!doctype html><title>phone</title><script src="/jssip.js"></script>');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    s.onClose(() => void site.close());
    const at = site.address();
    assert.ok(at !== null && typeof at === 'object');

    const profile = mkdtempSync(join(tmpdir(), 'holdfast-jssip-'));
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      args: flags,
    });
    s.onClose(async () => {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    });
    const relay = await TcpRelay.to(server.listener('wss').port);
    s.onClose(() => relay.close());
    const url = `wss://127.0.0.1:${relay.port}`;
    const open = async (user: string): Promise<Page> => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${at.port}/`);
      const words = [url, user].map((word) => JSON.stringify(word)).join();
      await page.evaluate(`void (window.phone = (${startJsSipPhone.toString()})(JsSIP, ${words}, undefined))`);
      return page;
    };
    const told = (page: Page) => page.evaluate(() => globalThis.phone.events);
    const tells = async (page: Page, event: string, times = 1) => {
      let last: readonly string[] = [];
      await eventually(event, 15_000, async () => {
        last = await told(page);
        return last.filter((one) => one.startsWith(event)).length >= times;
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; it told ${last.join(', ')}`);
      });
    };

    const [alice, bob, carol] = [await open('alice'), await open('bob'), await open('carol')];
    for (const page of [alice, bob, carol]) await tells(page, 'registered');
    assert.deepEqual(exchange.registered.toSorted(), ['wss alice', 'wss bob', 'wss carol']);

    await alice.evaluate(() => globalThis.phone.call('bob'));
    await tells(bob, 'incoming');
    await bob.evaluate(() => globalThis.phone.answer());
    await tells(alice, 'confirmed');
    await tells(bob, 'confirmed');
    assert.equal(await alice.evaluate(() => globalThis.phone.hold()), true);
    await tells(bob, 'hold');
    assert.equal(await alice.evaluate(() => globalThis.phone.unhold()), true);
    await tells(bob, 'unhold');

    await bob.evaluate(() => globalThis.phone.refer('carol'));
    await tells(carol, 'incoming');
    await carol.evaluate(() => globalThis.phone.answer());
    await tells(carol, 'confirmed');
    await tells(bob, 'ended');
    await tells(alice, 'reinvite');
    await carol.evaluate(() => globalThis.phone.hangUp());
    await tells(alice, 'ended');

    relay.cut();
    await tells(alice, 'disconnected');
    await tells(alice, 'registered', 2);
    await tells(bob, 'registered', 2);
    await bob.evaluate(() => globalThis.phone.call('alice'));
    await tells(alice, 'incoming');
    await alice.evaluate(() => globalThis.phone.answer());
    await tells(bob, 'confirmed', 2);
    await bob.evaluate(() => globalThis.phone.hangUp());
    await tells(alice, 'ended', 2);
  }));
