import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { systemClock, type TracedFrame } from '../../appliance/io/index.js';
import { type LinesView, startWeb, type WebServer } from '../../appliance/web/index.js';
import { err, ok, silentLog } from '../../src/base/index.js';
import type { ServiceOrder } from '../../src/trunks/index.js';
import { busyLines, FakeBranch } from '../unit/web/fake-branch.js';
import { until } from './branch/patience.js';
import { faintTexts } from './web-contrast.js';

const setup: TracedFrame = {
  atWall: Date.UTC(2026, 0, 1, 12),
  channel: 'dahdi/1:24',
  sent: true,
  lines: ['I SAPI 0 TEI 0 N(S)=1 N(R)=1', '  SETUP call 1', '    called party number 3125550123'],
};

/** Spans, their channels and D-channels on the page, in a real browser. */
describe('the page of the lines', { timeout: 120_000 }, () => {
  const profile = mkdtempSync(join(tmpdir(), 'holdfast-lines-desk-'));
  let branch: FakeBranch;
  let web: WebServer;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let orders: ServiceOrder[];
  let refusal: string | undefined;
  let watchers: Set<(frame: TracedFrame) => void>;

  before(async () => {
    context = await chromium.launchPersistentContext(profile, {
      ...{ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] },
      viewport: { width: 1280, height: 900 },
    });
  });
  after(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  });
  beforeEach(() => {
    complaints = [];
    orders = [];
    refusal = undefined;
    watchers = new Set();
  });
  afterEach(async () => {
    await page.close();
    await web.close();
  });

  async function open(width = 1280, colorScheme: 'light' | 'dark' = 'light', path = 'lines.html'): Promise<Page> {
    branch = new FakeBranch(Date.now());
    const lines: LinesView = {
      ...busyLines,
      serve: async (order) => {
        orders.push(order);
        return refusal === undefined ? ok({ channels: [], ended: [], busy: [] }) : err(refusal);
      },
      traces: {
        watch: (dChannel, hear) => {
          assert.equal(dChannel, 'pstn');
          hear(setup);
          watchers.add(hear);
          return () => watchers.delete(hear);
        },
      },
    };
    branch.lines = lines;
    const started = await startWeb({
      address: '127.0.0.1',
      port: 0,
      ports: branch,
      clock: systemClock,
      log: silentLog,
    });
    assert.ok(started.ok);
    web = started.value;
    page = await context.newPage();
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${web.url}${path}`);
    return page;
  }

  it('shows each span with its state, and each channel by number, word and colour', async () => {
    const page = await open();
    const first = page.locator('section[id="dahdi/1"]');
    await first.waitFor();
    assert.equal(await first.locator('.slots li').count(), 24);
    const words = await first.locator('.slots .unseen').allTextContents();
    assert.equal(words[0], 'Channel 1 of pstn: free');
    assert.match(words[2] ?? '', /^Channel 3 of pstn: in use; out of service after its call, since /);
    assert.match(words[4] ?? '', /^Channel 5 of pstn: out of service here, since /);
    assert.equal(words[23], 'Channel 24: D-channel, up');
    assert.match(
      (await page.locator('section[id="dahdi/2"] .span-state').textContent()) ?? '',
      /Red: no frame.*D-channel dahdi\/2 down/,
    );
    assert.match((await first.locator('.counts').textContent()) ?? '', /Slips1Line code violations7.*Errored seconds3/);
    assert.deepEqual(complaints, []);
  });

  it('takes channels out of service by keyboard alone, after a question that says what becomes of calls', async () => {
    const page = await open();
    const first = page.locator('section[id="dahdi/1"]');
    await first.waitFor();
    const out = first.getByRole('button', { name: 'Take out of service' });
    assert.equal(await out.getAttribute('aria-disabled'), 'true');
    await first.locator('[data-channel="dahdi/1:22"]').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await first.getByText('2 channels chosen').waitFor();
    // What is focused stays so while the page is drawn again.
    branch.become({});
    assert.equal(await page.evaluate('document.activeElement.dataset.channel'), 'dahdi/1:23');
    await out.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    assert.match((await dialog.textContent()) ?? '', /Take 2 channels out of service\?\s*One has a call: it goes on/);
    await page.keyboard.press('Escape');
    assert.equal(orders.length, 0);
    await first.getByRole('button', { name: 'Take out at once' }).click();
    assert.match((await dialog.textContent()) ?? '', /it ends now, unless it is for help/);
    await dialog.getByRole('button', { name: 'Take out at once' }).click();
    await until('an order', 10_000, () => (orders.length === 1 ? true : undefined));
    await first.getByRole('button', { name: 'All', exact: true }).click();
    await first.getByText('23 channels chosen').waitFor();
    await first.getByRole('button', { name: 'Put back in service' }).click();
    refusal = 'it cannot be kept: the disk is full';
    await dialog.getByRole('button', { name: 'Put back in service' }).click();
    await page.locator('#toast', { hasText: 'the disk is full' }).waitFor();
    const said = orders.map(({ channels, out, now }) => [channels.split(' ').length, out, now]);
    assert.deepEqual(said, [
      [2, true, true],
      [23, false, false],
    ]);
  });

  it('shows a D-channel live from the start to the stop, and nothing is traced otherwise', async () => {
    const page = await open();
    await page.locator('#trace-card').waitFor();
    assert.equal(watchers.size, 0);
    const toggle = page.locator('#trace-toggle');
    await toggle.click();
    await page.locator('#trace li').first().waitFor();
    assert.match(
      (await page.locator('#trace').textContent()) ?? '',
      /→.*Sent: SETUP call 1.*called party number 3125550123/,
    );
    for (const hear of watchers) {
      hear({ ...setup, sent: false, lines: ['RR SAPI 0 TEI 0 N(R)=2'] });
      hear({ ...setup, sent: false, lines: ['I SAPI 0 TEI 0', '  DISCONNECT call 1', '    cause 16 <img src=x>'] });
    }
    await page.locator('#trace li', { hasText: 'Received: DISCONNECT call 1' }).waitFor();
    assert.equal(await page.locator('#trace li').count(), 2);
    assert.equal(await page.locator('#trace img').count(), 0);
    await page.getByLabel('Frames of the link too').check();
    assert.equal(await page.locator('#trace li').count(), 3);
    await toggle.click();
    await until('nobody watches', 10_000, () => (watchers.size === 0 ? true : undefined));
    assert.equal(await page.locator('#trace li').count(), 3, 'what was seen stays');
    assert.deepEqual(complaints, []);
  });

  for (const [width, colorScheme] of [
    [320, 'dark'],
    [320, 'light'],
    [1280, 'light'],
  ] as const) {
    it(`needs no sideways scrolling at ${width} px, and is legible in ${colorScheme}`, async () => {
      const page = await open(width, colorScheme);
      await page.locator('#trace-toggle').click();
      await page.locator('#trace li').first().waitFor();
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      assert.deepEqual(await page.evaluate(faintTexts), []);
      if (process.env.HOLDFAST_SHOTS !== undefined)
        await page.screenshot({
          path: `${process.env.HOLDFAST_SHOTS}/lines-${width}-${colorScheme}.png`,
          fullPage: true,
        });
    });
  }
});
