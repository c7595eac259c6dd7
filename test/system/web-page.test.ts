import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { systemClock } from '../../appliance/io/index.js';
import { startWeb, type WebServer } from '../../appliance/web/index.js';
import { silentLog } from '../../src/base/index.js';
import { busyLines, busyMedia, FakeBranch } from '../unit/web/fake-branch.js';
import { outageScene } from '../unit/web/outage-scene.js';
import { faintTexts } from './web-contrast.js';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The page in a real browser, on a branch that the test moves by hand. */
describe('the page', { timeout: 120_000 }, () => {
  let profile: string;
  let branch: FakeBranch;
  let web: WebServer;
  let context: BrowserContext | undefined;
  let complaints: string[];

  before(() => {
    profile = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  });
  after(() => rmSync(profile, { recursive: true, force: true }));
  beforeEach(() => {
    complaints = [];
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
    await web.close();
  });

  async function open(shown: FakeBranch, options: BrowserContextOptions = {}): Promise<Page> {
    branch = shown;
    const started = await startWeb({ address: '127.0.0.1', port: 0, ports: shown, clock: systemClock, log: silentLog });
    assert.ok(started.ok);
    web = started.value;
    context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      args: flags,
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const [page] = context.pages();
    assert.ok(page !== undefined);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(web.url)) complaints.push(`asked elsewhere: ${request.url()}`);
    });
    await page.goto(web.url);
    await page.locator('#entries li').first().waitFor();
    return page;
  }

  it('shows mode, fault, phones, calls, lines and history, and complains of nothing', async () => {
    const scene = outageScene(Date.now());
    scene.media = busyMedia;
    scene.lines = busyLines;
    const page = await open(scene);
    assert.equal(await page.locator('h1').textContent(), 'Limited service');
    assert.match((await page.locator('#fault').textContent()) ?? '', /nothing comes back from the centre/);
    assert.match((await page.locator('#sound').textContent()) ?? '', /Sound4\.24 ports, load 25 %, 1\.0 % lost/);
    assert.equal(await page.locator('#phones tr').count(), 3);
    assert.equal(await page.locator('#calls tr').count(), 3);
    assert.match((await page.locator('#calls tr').first().textContent()) ?? '', /911 Emergency/);
    assert.match((await page.locator('#trunks').textContent()) ?? '', /spareOut of order/);
    const spans = await page.locator('#spans tr').allTextContents();
    assert.match(spans[0] ?? '', /^dahdi\/1T1 ESF, B8ZSIn orderUp .*Their clock2 of 23 2 out1 slip, 3 s$/);
    assert.match(spans[1] ?? '', /^dahdi\/2E1 CCS, HDB3, CRC-4Red: no frameDown .*Our clock0 of 30No errors$/);
    assert.match(spans[2] ?? '', /^dahdi\/3Analog In order––1 of 2–$/);
    assert.match(spans[3] ?? '', /No firmware sudo apt-get install/);
    assert.equal(await page.locator('#records tr').count(), 3);
    // The lab begins with two minutes: of the four answered calls, one was over before.
    assert.equal(await page.locator('#picture .talk').count(), 3);
    await page.getByText('15 min').click();
    await page.locator('#picture .talk').nth(3).waitFor();
    assert.equal(await page.locator('#picture .stretch').count(), 2);
    assert.match((await page.locator('#topology').textContent()) ?? '', /WAN cut/);
    assert.deepEqual(complaints, []);
  });

  it('follows the branch without reload, announces the mode, and ticks', async () => {
    const page = await open(new FakeBranch(Date.now()));
    assert.equal(await page.locator('h1').textContent(), 'Normal');
    const next = outageScene(Date.now(), 'returning').present;
    branch.become(next);
    await page.locator('h1', { hasText: 'Returning in 1:' }).waitFor({ timeout: 2000 });
    assert.match((await page.locator('#announcement').textContent()) ?? '', /^Returning\./);
    const first = await page.locator('h1').textContent();
    await page
      .locator('h1')
      .filter({ hasNotText: first ?? '' })
      .waitFor({ timeout: 5000 });
    assert.deepEqual(complaints, []);
  });

  it('says so when Holdfast is gone, and comes back by itself', async () => {
    const page = await open(new FakeBranch(Date.now()));
    const { port } = web;
    await web.close();
    await page.locator('#connection[data-state=lost]').waitFor({ timeout: 8000 });
    const started = await startWeb({ address: '127.0.0.1', port, ports: branch, clock: systemClock, log: silentLog });
    assert.ok(started.ok);
    web = started.value;
    await page.locator('#connection[data-state=live]').waitFor({ timeout: 10_000 });
  });

  it('forces a mode by keyboard alone, after a question', async () => {
    const page = await open(new FakeBranch(Date.now()));
    await page.keyboard.press('Shift+L');
    await page.locator('dialog[open]').waitFor();
    assert.match((await page.locator('#confirm-text').textContent()) ?? '', /Calls in progress are not touched/);
    await page.keyboard.press('Escape');
    assert.deepEqual(branch.forced, []);
    await page.keyboard.press('Shift+L');
    await page.locator('#confirm-yes').focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    for (let i = 0; i < 40 && branch.forced.length === 0; i++) await page.waitForTimeout(25);
    assert.deepEqual(branch.forced, ['survivable by web']);
  });

  it('drives the lab by keys and by buttons, unless the keys are switched off', async () => {
    const page = await open(outageScene(Date.now()));
    const { lab } = branch;
    assert.ok(lab !== undefined);
    await page.keyboard.press('r');
    await page.getByRole('button', { name: /Dial 911/ }).click();
    await page.getByRole('button', { name: 'Hold' }).first().click();
    for (let i = 0; i < 40 && lab.commands.length < 3; i++) await page.waitForTimeout(25);
    assert.deepEqual(lab.commands, [
      { name: 'wan', up: true },
      { name: 'call', from: '1003', to: '911' },
      { name: 'hold', id: '1', on: true },
    ]);
    await page.getByRole('checkbox', { name: 'Keyboard shortcuts' }).uncheck();
    await page.locator('body').press('c');
    await page.waitForTimeout(200);
    assert.equal(lab.commands.length, 3);
    await page.getByRole('checkbox', { name: 'Keyboard shortcuts' }).check();
    lab.refusal = 'Phone 1001 is in a call; hang up first.';
    await page.getByRole('button', { name: /Call 1001 → 1002/ }).click();
    await page.locator('#toast', { hasText: 'hang up first' }).waitFor();
  });

  it('has no lab where there is none', async () => {
    const page = await open(new FakeBranch(Date.now()));
    assert.ok(await page.locator('#lab').isHidden());
    assert.ok(await page.locator('[data-lab-only]').isHidden());
  });

  it('keeps the focus on a button while the rows around it change', async () => {
    const page = await open(outageScene(Date.now()));
    const { lab } = branch;
    assert.ok(lab !== undefined);
    await page.getByRole('button', { name: 'Hang up', exact: true }).first().focus();
    const calls = lab.present.calls.map((call) => ({ ...call, receivedPackets: call.receivedPackets + 50 }));
    lab.become({ calls });
    await page.locator('#lab-rows', { hasText: '4747' }).waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Hang up');
  });

  for (const [width, colorScheme] of [
    [320, 'light'],
    [360, 'dark'],
    [900, 'light'],
    [1920, 'dark'],
  ] as const) {
    it(`needs no sideways scrolling at ${width} px, and is legible in ${colorScheme}`, async () => {
      const scene = outageScene(Date.now());
      scene.lines = busyLines;
      const page = await open(scene, { viewport: { width, height: 800 }, colorScheme });
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      assert.deepEqual(await page.evaluate(faintTexts), []);
      assert.deepEqual(complaints, []);
    });
  }
});
