import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineTimes } from '../../../src/analog/index.js';
import { type Office, type Station, worldBench } from './world-bench.js';

/** The least of a switch: what a telephone dials goes out on the exchange's line, and what comes in there rings the telephone. */
function join(station: Station, office: Office): void {
  station.driver.onNotice = (notice) => {
    if (notice.kind === 'dialled' && !office.line.setup(notice.number).ok) station.line.release();
    if (notice.kind === 'answered') office.line.answer();
    if (notice.kind === 'flash') office.line.flash();
    if (notice.kind === 'released') office.line.release();
  };
  let caller: { readonly number?: string } = {};
  office.driver.onNotice = (notice) => {
    if (notice.kind === 'callerId' && typeof notice.callerId.number === 'string')
      caller = { number: notice.callerId.number };
    // Caller ID follows the first ring: the telephone rings from the second one.
    if (notice.kind === 'callerId') station.line.setup({ kind: 'call', callerId: caller });
    if (notice.kind === 'answered') station.line.answer();
    if (notice.kind === 'released') station.line.release();
  };
}

test('a telephone calls out over the exchange’s line, flashes, and hangs up', () => {
  const { clock, station, office } = worldBench();
  const [phone, line] = [station(), office()];
  join(phone, line);
  phone.telephone.lift();
  clock.advance(500);
  phone.telephone.press('5551234');
  clock.advance(lineTimes.interDigitMs + 12_000);
  assert.equal(line.exchange.dialled, '5551234');
  assert.equal(phone.line.state, 'talking');
  phone.telephone.flash();
  clock.advance(2000);
  assert.equal(line.exchange.flashes, 1);
  phone.telephone.hangUp();
  clock.advance(5000);
  assert.deepEqual([phone.line.idle, line.line.idle, line.exchange.phase], [true, true, 'idle']);
  assert.equal(clock.pending, 0);
});

test('a busy number is reorder in the earpiece, and the line is free at once', () => {
  const { clock, station, office } = worldBench();
  const [phone, line] = [station(), office()];
  join(phone, line);
  phone.telephone.lift();
  clock.advance(500);
  phone.telephone.press('5551200');
  clock.advance(lineTimes.interDigitMs + 12_000);
  assert.equal(phone.line.state, 'reorder');
  assert.equal(line.line.idle, true);
});

test('a call from the exchange rings the telephone with its number; the caller hangs up first', () => {
  const { clock, station, office } = worldBench();
  const [phone, line] = [station(), office()];
  join(phone, line);
  line.exchange.ring('2125550100');
  clock.advance(12_000);
  assert.deepEqual(phone.telephone.shown, { number: '2125550100' });
  phone.telephone.lift();
  clock.advance(2000);
  assert.equal(line.exchange.phase, 'talking');
  line.exchange.farHangUp();
  clock.advance(5000);
  assert.equal(line.line.idle, true);
  assert.equal(phone.line.state, 'reorder');
  phone.telephone.hangUp();
  clock.advance(5000);
  assert.equal(phone.line.idle, true);
});

test('a caller who gives up stops the telephone’s ringing', () => {
  const { clock, station, office } = worldBench();
  const [phone, line] = [station(), office()];
  join(phone, line);
  line.exchange.ring('2125550100');
  clock.advance(8000);
  assert.ok(phone.telephone.rings > 0);
  line.exchange.farHangUp();
  clock.advance(lineTimes.ringGapMs + 2000);
  assert.deepEqual([phone.line.idle, line.line.idle, phone.telephone.ringing], [true, true, false]);
});
