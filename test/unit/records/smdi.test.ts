import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../../../src/base/index.js';
import type { CallRecord } from '../../../src/call/index.js';
import {
  deskCallOf,
  formatDeskCall,
  formatFailure,
  MessageDesk,
  OrderReader,
  type ReadOrder,
  type WaitingVerdict,
} from '../../../src/records/index.js';
import { FakeLine } from './fake-line.js';

const call: CallRecord = {
  id: '11111111-2222-4333-8444-555555555555',
  sessionId: '',
  from: { number: '+13125550142' },
  to: '8000',
  dialled: '8000',
  steps: [{ name: 'voicemail', outcome: 'answered' }],
  via: 'voicemail',
  emergency: false,
  startedWall: 0,
};
const places = {
  desk: 1,
  terminals: [{ number: '8000', terminal: 7 }],
  numberOf: (step: string) => (step === 'voicemail' ? '8000' : undefined),
};

describe('SMDI', () => {
  it('tells calls as the published example does', () => {
    assert.equal(
      formatDeskCall({ desk: 1, terminal: 7, reason: 'direct', caller: '3500' }),
      '\r\nMD0010007D 3500 \r\n\x19',
    );
    assert.equal(
      formatDeskCall({ desk: 12, terminal: 345, reason: 'busy', forwardedFrom: '5551234', caller: '+13125550142' }),
      '\r\nMD0120345B5551234 3125550142 \r\n\x19',
    );
    assert.equal(
      formatDeskCall({ desk: 1, terminal: 1, reason: 'always', forwardedFrom: '2001' }),
      '\r\nMD0010001A2001  \r\n\x19',
    );
    assert.equal(formatFailure('5551234', 'invalid'), '\r\nMWI 5551234 INV \r\n\x19');
    assert.equal(formatFailure('5551234', 'blocked'), '\r\nMWI 5551234 BLK \r\n\x19');
  });

  it('finds out why a call came to the desk', () => {
    const forwarded = (...outcomes: readonly string[]) =>
      deskCallOf(
        {
          ...call,
          to: '2001',
          dialled: '2001',
          steps: [...outcomes.map((outcome) => ({ name: 'ada', outcome })), ...call.steps],
        },
        places,
      );
    assert.deepEqual(deskCallOf(call, places), { desk: 1, terminal: 7, reason: 'direct', caller: '13125550142' });
    assert.deepEqual(forwarded('cause 17'), {
      ...{ desk: 1, terminal: 7, reason: 'busy', forwardedFrom: '2001', caller: '13125550142' },
    });
    assert.equal(forwarded('noAnswer')?.reason, 'noAnswer');
    assert.equal(forwarded('cause 21')?.reason, 'unknown');
    assert.equal(forwarded()?.reason, 'always');
    assert.equal(deskCallOf({ ...call, to: '2001', dialled: '2001', via: 'ada' }, places), undefined);
    assert.equal(deskCallOf({ ...call, from: { number: '' } }, places)?.caller, undefined);
  });

  it('reads orders in whatever pieces they come', () => {
    const text = 'OP:MWI 5551234!\x04RMV:MWI 2001!\x04\r\nOP:MWI 2002!';
    const expected: readonly ReadOrder[] = [
      { kind: 'waiting', number: '5551234', on: true },
      { kind: 'waiting', number: '2001', on: false },
      { kind: 'waiting', number: '2002', on: true },
    ];
    for (let size = 1; size <= text.length; size++) {
      const reader = new OrderReader();
      const found: ReadOrder[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...reader.read(text.slice(at, at + size)));
      assert.deepEqual(found, expected, `pieces of ${size}`);
    }
  });

  it('refuses what is no order, keeps little of it, and reads the next', () => {
    const reader = new OrderReader();
    for (const wrong of [
      'OP:MWI !',
      'OP:MWI 12345678901!',
      'OP:MWI 20x1!',
      'op:mwi 2001!',
      'OP:MWI  2001!',
      `OP:MWI ${'9'.repeat(5000)}!`,
      '\xff\x00!',
    ])
      assert.deepEqual(
        reader.read(`${wrong}\x04`).map(({ kind }) => kind),
        ['malformed'],
        wrong.slice(0, 20),
      );
    assert.deepEqual(reader.read('OP:MWI 2001!\x04'), [{ kind: 'waiting', number: '2001', on: true }]);
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 90 }), { maxLength: 20 }), (pieces) => {
        const any = new OrderReader();
        for (const order of pieces.flatMap((piece) => any.read(piece)))
          if (order.kind === 'malformed') assert.match(order.text, /^[\x20-\x7e]{1,40}$/);
        any.read('\x04');
        assert.deepEqual(any.read('RMV:MWI 1!'), [{ kind: 'waiting', number: '1', on: false }]);
      }),
    );
  });
});

describe('the message desk', () => {
  const ordered: [string, boolean][] = [];
  const verdicts: Readonly<Record<string, WaitingVerdict>> = { 2001: 'done', 2002: 'blocked' };
  const started = () => {
    ordered.length = 0;
    const line = new FakeLine();
    const desk = new MessageDesk({
      line,
      log: silentLog,
      showWaiting(number, on) {
        ordered.push([number, on]);
        return verdicts[number] ?? 'invalid';
      },
    });
    return { line, desk };
  };

  it('shows what waits, and says what it cannot', async () => {
    const { line } = started();
    line.hear('OP:MWI 2001!\x04OP:MWI 2002!\x04RMV:MWI 9!\x04');
    assert.deepEqual(ordered, [
      ['2001', true],
      ['2002', true],
      ['9', false],
    ]);
    await line.settle();
    assert.deepEqual(line.written, [formatFailure('2002', 'blocked'), formatFailure('9', 'invalid')]);
  });

  it('keeps the last hundred calls for a desk that does not read, and none over a line that broke', async () => {
    const { line, desk } = started();
    line.stuck = true;
    for (let terminal = 1; terminal <= 150; terminal++) desk.tell({ desk: 1, terminal, reason: 'direct' });
    assert.equal(desk.dropped, 49);
    line.stuck = false;
    await line.settle();
    assert.equal(line.written.length, 101);
    assert.equal(line.written.at(-1), formatDeskCall({ desk: 1, terminal: 150, reason: 'direct' }));
    line.up = false;
    for (let terminal = 1; terminal <= 3; terminal++) desk.tell({ desk: 1, terminal, reason: 'direct' });
    await line.settle();
    line.comeUp();
    desk.tell({ desk: 1, terminal: 9, reason: 'direct' });
    await line.settle();
    assert.deepEqual(line.written.slice(101), [formatDeskCall({ desk: 1, terminal: 9, reason: 'direct' })]);
  });
});
