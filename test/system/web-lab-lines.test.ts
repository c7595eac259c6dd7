import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { systemClock } from '../../appliance/io/index.js';
import { type LabLines, startWeb, type WebServer } from '../../appliance/web/index.js';
import { silentLog } from '../../src/base/index.js';
import { FakeBranch, FakeLab } from '../unit/web/fake-branch.js';
import { busyLabLines, quietLabLines } from '../unit/web/fake-lab-lines.js';
import { until } from './branch/patience.js';
import { faintTexts } from './web-contrast.js';

/** An expression for the browser: the controls that reach beyond the card that they are on. */
const cutOff = `[...document.querySelectorAll('.handset :is(button, input, p), .t1 :is(button, select, li)')]
  .filter((part) => part.getBoundingClientRect().right > part.closest('.handset, .t1').getBoundingClientRect().right)
  .map((part) => part.textContent || part.tagName)`;

/** The lab's telephones and T1 on the page, in a real browser. */
describe('the lines on the page', { timeout: 120_000 }, () => {
  let profile: string;
  let lab: FakeLab;
  let web: WebServer;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  before(async () => {
    profile = mkdtempSync(join(tmpdir(), 'holdfast-lines-page-'));
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
  });
  afterEach(async () => {
    await page.close();
    await web.close();
  });

  async function open(
    lines: LabLines | undefined,
    width = 1280,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<Page> {
    const branch = new FakeBranch(Date.now());
    lab = new FakeLab(Date.now());
    if (lines !== undefined) lab.become({ lines });
    branch.lab = lab;
    const ports = branch;
    const started = await startWeb({ address: '127.0.0.1', port: 0, ports, clock: systemClock, log: silentLog });
    assert.ok(started.ok);
    web = started.value;
    page = await context.newPage();
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(web.url);
    await page.locator('#lab-rows tr').first().waitFor();
    return page;
  }

  const commands = (count: number) =>
    until(`${count} commands`, 10_000, () => (lab.commands.length >= count ? lab.commands : undefined));

  it('shows each telephone: its lamp, its screen, what it hears', async () => {
    const page = await open(busyLabLines());
    const [porter, archive] = [page.locator('.handset').nth(0), page.locator('.handset').nth(1)];
    assert.match((await porter.locator('.hears').textContent()) ?? '', /^Hears “this is 3125550123”$/);
    assert.equal(await porter.locator('.hook').textContent(), 'Hang up');
    assert.equal(await porter.getByRole('img', { name: 'Lamp: messages wait' }).count(), 1);
    assert.equal(await archive.locator('.hears').textContent(), 'Rings');
    assert.equal(await archive.locator('.display').textContent(), 'LAB OUTSIDE CALLER · 3125550199');
    assert.equal(await archive.locator('.hook').textContent(), 'Answer');
    assert.deepEqual(complaints, []);
  });

  it('shows the T1: its lamps, alarm, D-channel and calls, and follows it', async () => {
    const page = await open(busyLabLines());
    assert.equal(await page.locator('#t1-lamps li').count(), 24);
    assert.match((await page.locator('#t1-title').textContent()) ?? '', /2 of 23 channels in use/);
    assert.match((await page.locator('#t1-state').textContent()) ?? '', /YELLOW alarm.*D-channel up/);
    assert.match(
      (await page.locator('#t1-lamps li').nth(22).getAttribute('title')) ?? '',
      /Channel 23: talking, 3125550123, hears “Porter speaking”/,
    );
    assert.equal(await page.locator('#t1-calls li').count(), 2);
    const { telephones, spans } = quietLabLines();
    const [span] = spans;
    assert.ok(span !== undefined);
    lab.become({ lines: { telephones, spans: [{ ...span, dChannel: { up: false, lost: true } }] } });
    await page.locator('#t1-state', { hasText: 'D-channel down' }).waitFor();
    assert.equal(await page.locator('#t1-calls li').count(), 0);
    const lost = page.getByRole('button', { name: 'Lose the D-channel' });
    assert.equal(await lost.getAttribute('aria-pressed'), 'true');
    const call = page.getByRole('button', { name: 'Call from the PSTN' });
    assert.equal(await call.getAttribute('aria-disabled'), 'true');
    lab.become({ lines: { telephones, spans: [{ ...span, plugged: false }] } });
    await page.locator('#t1-state', { hasText: 'card pulled out' }).waitFor();
    await page.getByRole('button', { name: 'Put the card in' }).click();
    assert.deepEqual(await commands(1), [{ name: 'line-plug', card: 't1', plugged: true }]);
  });

  it('lifts, dials by tone and by pulse, flashes and hangs up, by mouse and by keyboard alone', async () => {
    const page = await open(quietLabLines());
    const porter = page.locator('.handset').first();
    // On hook a key does nothing.
    await porter.getByRole('button', { name: 'Key 5' }).click({ force: true });
    await porter.locator('.hook').focus();
    await page.keyboard.press('Enter');
    await commands(1);
    const { telephones, spans } = quietLabLines();
    lab.become({
      lines: { telephones: telephones.map((each) => ({ ...each, lifted: true, hears: 'dial tone' })), spans },
    });
    await porter.locator('.hears', { hasText: 'Hears dial tone' }).waitFor();
    // What is focused stays so while the telephone is drawn again.
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Hang up');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await porter.getByRole('button', { name: 'Key star' }).click();
    await porter.getByText('Pulse').click();
    await porter.getByRole('button', { name: 'Key 9' }).click();
    await porter.getByText('Tone', { exact: true }).click();
    await porter.getByLabel('Number to dial on 1005').fill('9 1 (312) 555-0123');
    await page.keyboard.press('Enter');
    await porter.locator('.hook').click();
    assert.deepEqual(await commands(6), [
      { name: 'line-lift', extension: '1005' },
      { name: 'line-flash', extension: '1005' },
      { name: 'line-dial', extension: '1005', digits: '*', by: 'tone' },
      { name: 'line-dial', extension: '1005', digits: '9', by: 'pulse' },
      { name: 'line-dial', extension: '1005', digits: '913125550123', by: 'tone' },
      { name: 'line-hang-up', extension: '1005' },
    ]);
    assert.deepEqual(complaints, []);
  });

  it('raises alarms, loses the D-channel, calls from the PSTN and hangs up there; keys do it too', async () => {
    const page = await open(busyLabLines());
    await page.getByRole('button', { name: 'RED' }).click();
    await page.getByRole('button', { name: 'YELLOW' }).click();
    await page.getByRole('button', { name: 'Lose the D-channel' }).click();
    await page.getByLabel('Who is called').selectOption('1006');
    await page.getByLabel('Who calls').selectOption('withheld');
    await page.getByRole('button', { name: 'Call from the PSTN' }).click();
    await page.getByRole('button', { name: 'Far end hangs up' }).last().click();
    await commands(5);
    for (const key of ['4', '5', '6', '7', 'a']) await page.locator('body').press(key);
    assert.deepEqual(await commands(10), [
      { name: 'line-alarm', alarm: 'red', on: true },
      { name: 'line-alarm', alarm: 'yellow', on: false },
      { name: 'line-d-channel', lost: true },
      { name: 'line-call-in', to: '1006', caller: 'withheld' },
      { name: 'line-far-hang-up', slot: 23 },
      { name: 'line-call-in', to: '1005', caller: 'shown' },
      { name: 'line-hang-up', extension: '1005' },
      { name: 'line-lift', extension: '1006' },
      { name: 'line-dial', extension: '1005', digits: '913125550123', by: 'tone' },
      { name: 'line-alarm', alarm: 'red', on: true },
    ]);
  });

  it('has no lines where there are none', async () => {
    const page = await open(undefined);
    assert.ok(await page.locator('#lab-lines').isHidden());
    assert.ok(await page.locator('[data-lines-only]').isHidden());
  });

  for (const [width, colorScheme] of [
    [320, 'dark'],
    [900, 'dark'],
    [1280, 'light'],
  ] as const) {
    it(`needs no sideways scrolling at ${width} px, and is legible in ${colorScheme}`, async () => {
      const page = await open(busyLabLines(), width, colorScheme);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      assert.deepEqual(await page.evaluate(cutOff), []);
      assert.deepEqual(await page.evaluate(faintTexts), []);
      assert.deepEqual(complaints, []);
    });
  }
});
