import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import { startSerialDesks } from '../../../appliance/serial-desks/index.js';
import { Store } from '../../../appliance/store/index.js';
import { SerialLine } from '../../../hw/serial/index.js';
import { silentLog } from '../../../src/base/index.js';
import type { CallRecord } from '../../../src/call/index.js';
import type { SerialLinesSettings } from '../../../src/config/index.js';
import { PseudoTerminal } from './pseudo-terminal.js';

const record: CallRecord = {
  id: '00000010-2222-4333-8444-555555555555',
  sessionId: '',
  from: { number: '2001' },
  to: '8000',
  dialled: '8000',
  user: 'ada',
  steps: [{ name: 'voicemail', outcome: 'answered' }],
  via: 'voicemail',
  emergency: false,
  startedWall: Date.UTC(2026, 0, 15, 12),
  answeredWall: Date.UTC(2026, 0, 15, 12, 0, 2),
};
const closed: CallRecord = { ...record, endedWall: Date.UTC(2026, 0, 15, 12, 1) };

describe('serial desks', { skip: existsSync('/dev/ptmx') ? false : 'no pseudo-terminals here' }, () => {
  it('tell the desk of its calls, do what it orders, and print each call once it can be read, also after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-desks-'));
    const [printer, desk] = [new PseudoTerminal(), new PseudoTerminal()];
    const line = { speed: 9600, bits: '8N1', flowControl: false } as const;
    const settings = (smdr: string): SerialLinesSettings => ({
      smdr: { ...line, device: smdr, format: 'ipOffice' },
      smdi: { ...line, device: desk.path, desk: 1, terminals: [{ number: '8000', terminal: 7 }] },
    });
    const shown: [string, boolean][] = [];
    const start = (store: Store, smdr: string) =>
      startSerialDesks({
        settings: settings(smdr),
        records: store.callRecords,
        waiting: store.waitingLines,
        lineTo: (line, log) => new SerialLine({ ...line, clock: systemClock, log }),
        extensionOf: (username) => (username === 'voicemail' ? '8000' : undefined),
        usernameOf: (extension) => (extension === '2001' ? 'ada' : undefined),
        isOutside: () => false,
        showMessageWaiting(username, on) {
          shown.push([username, on]);
          return true;
        },
        log: silentLog,
      });
    try {
      let store = await Store.open({ directory, clock: systemClock });
      let desks = start(store, join(directory, 'no-such-port'));
      desk.say('OP:MWI 2001!\x04OP:MWI 2999!\x04');
      assert.equal(await desk.until('\x19'), '\r\nMWI 2999 INV \r\n\x19');
      assert.deepEqual(shown, [['ada', true]]);
      await desks.records.open(record);
      await desks.records.open({ ...record, transferredTo: ['2002'] });
      assert.equal(await desk.until('\x19'), '\r\nMD0010007D 2001 \r\n\x19');
      await desks.records.close(closed);
      assert.equal((await store.callRecords.recent(2)).length, 1);
      assert.equal(store.waitingLines.waiting, 1);
      desks.stop();
      await store.close();

      store = await Store.open({ directory, clock: systemClock });
      desks = start(store, printer.path);
      const text = await printer.until('\r\n');
      assert.match(text, /^2026\/01\/15 \d\d:\d\d:00,00:00:58,2,2001,O,8000,8000,,1,16,0,/);
      assert.equal(text.split('\r\n').length, 2);
      for (let turns = 0; store.waitingLines.waiting > 0 && turns < 500; turns++)
        await new Promise<void>((resolve) => systemClock.after(20, resolve));
      assert.equal(store.waitingLines.waiting, 0);
      desks.stop();
      await store.close();
    } finally {
      for (const wire of [printer, desk]) wire.hangUp();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
