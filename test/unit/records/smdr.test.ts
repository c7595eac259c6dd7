import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../../../src/base/index.js';
import type { CallRecord } from '../../../src/call/index.js';
import { formatSmdr, RecordPrinter } from '../../../src/records/index.js';
import { FakeLine } from './fake-line.js';

const place = { offsetMinutes: () => -360, isOutside: (step: string) => step === 'pstn' };
const started = Date.UTC(2026, 0, 15, 20, 3, 5);
const outgoing: CallRecord = {
  id: '00000010-2222-4333-8444-555555555555',
  sessionId: '',
  from: { number: '2001', displayName: 'Ada' },
  to: '+13125550142',
  dialled: '95550142',
  user: 'ada',
  steps: [{ name: 'pstn', outcome: 'answered' }],
  via: 'pstn',
  emergency: false,
  startedWall: started,
  answeredWall: started + 4200,
  endedWall: started + 4200 + 3_725_000,
};
const { user, via, answeredWall, ...rest } = outgoing;
const incoming: CallRecord = {
  ...rest,
  from: { number: '+13125550199' },
  to: '2001',
  dialled: '2001',
  steps: [{ name: 'ada', outcome: 'noAnswer' }],
  endedWall: started + 30_000,
};

describe('SMDR', () => {
  it('is what Avaya IP Office writes: thirty fields', () => {
    const line = formatSmdr(outgoing, 'ipOffice', place);
    assert.equal(
      line,
      '2026/01/15 14:03:05,01:02:05,5,2001,O,+13125550142,95550142,,0,16,0,E2001,Ada,Tpstn,pstn,0,0,1,ada,,,,,,,,,,,',
    );
    assert.equal(line.split(',').length, 30);
    const missed = formatSmdr(incoming, 'ipOffice', place).split(',');
    assert.deepEqual(missed.slice(1, 9), ['00:00:00', '30', '+13125550199', 'I', '2001', '2001', '', '0']);
  });

  it('is 80 columns as Panasonic prints them', () => {
    assert.equal(
      formatSmdr(outgoing, 'columns', place),
      "01/15/26 02:03PM 2001  pstn  95550142                       01:02'05            ",
    );
    const missed = formatSmdr(incoming, 'columns', place);
    assert.equal(missed, "01/15/26 02:03PM 2001  ada   <I>+13125550199           0'30 00:00'00          NA");
    const internal = formatSmdr({ ...outgoing, to: '2002', dialled: '2002', via: 'grace' }, 'columns', place);
    assert.equal(internal.slice(23, 37), '      EXT2002 ');
  });

  it('is one line of its width, whatever names and numbers strangers bring', () => {
    const any = fc.string({ unit: 'binary', maxLength: 90 });
    fc.assert(
      fc.property(any, any, any, fc.integer({ min: 0, max: 9e12 }), (number, displayName, dialled, startedWall) => {
        const record = { ...outgoing, from: { number, displayName }, dialled, startedWall };
        const [csv, columns] = [formatSmdr(record, 'ipOffice', place), formatSmdr(record, 'columns', place)];
        assert.match(csv, /^[\x20-\x7e]*$/);
        assert.equal(csv.split(',').length, 30);
        assert.match(columns, /^[\x20-\x7e]{80}$/);
      }),
    );
  });
});

/** Lines on a disk that is slow. */
class Queue {
  readonly lines: { readonly key: string; readonly text: string }[] = [];
  #next = 0;

  append(text: string): void {
    this.lines.push({ key: String(this.#next++), text });
  }

  async first(): Promise<{ readonly key: string; readonly text: string } | undefined> {
    return this.lines[0];
  }

  async remove(key: string): Promise<void> {
    const at = this.lines.findIndex((each) => each.key === key);
    assert.equal(at, 0, 'what is removed was the first');
    this.lines.shift();
  }
}

describe('the record printer', () => {
  it('prints each line once and in order, and keeps what nobody reads', async () => {
    const [queue, line] = [new Queue(), new FakeLine()];
    const printer = new RecordPrinter(queue, line, silentLog);
    line.stuck = true;
    for (let i = 0; i < 10; i++) {
      queue.append(`call ${i}`);
      printer.wake();
    }
    await line.settle();
    assert.equal(queue.lines.length, 10);
    line.stuck = false;
    await line.settle();
    assert.deepEqual(
      line.written,
      Array.from({ length: 10 }, (_, i) => `call ${i}\r\n`),
    );
    assert.equal(queue.lines.length, 0);
  });

  it('prints again what a line broke off in, once it is back', async () => {
    const [queue, line] = [new Queue(), new FakeLine()];
    const printer = new RecordPrinter(queue, line, silentLog);
    line.up = false;
    queue.append('one');
    printer.wake();
    await line.settle();
    assert.deepEqual([line.written, queue.lines.length], [[], 1]);
    queue.append('two');
    line.comeUp();
    await line.settle();
    assert.deepEqual([line.written, queue.lines.length], [['one\r\n', 'two\r\n'], 0]);
    printer.stop();
    queue.append('three');
    printer.wake();
    await line.settle();
    assert.equal(line.written.length, 2);
  });
});
