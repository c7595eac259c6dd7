import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../appliance/io/index.js';
import { SerialLine } from '../../../hw/serial/index.js';
import { type Clock, silentLog } from '../../../src/base/index.js';
import { PseudoTerminal } from './pseudo-terminal.js';

/** Ten times as fast: the line waits for seconds. */
const clock: Clock = { ...systemClock, after: (delayMs, fire) => systemClock.after(delayMs / 10, fire) };

function lineTo(path: string): SerialLine {
  const settings = { path, speed: 9600, dataBits: 8, parity: 'none', flowControl: false } as const;
  const line = new SerialLine({ ...settings, clock, log: silentLog });
  line.start();
  return line;
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (holds()) return;
    await sleep(20);
  }
  assert.fail(what);
}

describe('a serial line', { skip: existsSync('/dev/ptmx') ? false : 'no pseudo-terminals here' }, () => {
  it('carries octets both ways as they are', async () => {
    const wire = new PseudoTerminal();
    const line = lineTo(wire.path);
    try {
      let heard = '';
      line.onText((text) => {
        heard += text;
      });
      await until(() => line.isUp, 'open');
      const said = '\r\nMD0010007D 3500 \r\n\x19\x03\x04\x11\x13\xff';
      assert.equal(await line.write(said), true);
      assert.equal(await wire.until('\xff'), said);
      wire.say('OP:MWI 2001!\x04\r\n\x03');
      await until(() => heard.endsWith('\x03'), 'heard');
      assert.equal(heard, 'OP:MWI 2001!\x04\r\n\x03');
    } finally {
      line.stop();
      wire.hangUp();
    }
  });

  it('says what was sent only when it was: nobody reads, nothing is told', async () => {
    const wire = new PseudoTerminal();
    const line = lineTo(wire.path);
    try {
      await until(() => line.isUp, 'open');
      const much = `${'x'.repeat(40_000)}\n`;
      let sent: boolean | undefined;
      const writing = line.write(much).then((done) => {
        sent = done;
      });
      await sleep(300);
      assert.equal(sent, undefined);
      assert.equal(await line.write('meanwhile'), false, 'one at a time');
      assert.equal((await wire.until('\n')).length, much.length);
      await writing;
      assert.equal(sent, true);
    } finally {
      line.stop();
      wire.hangUp();
    }
  });

  it('gives up what hung up, and opens again when there is a device', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-serial-'));
    const path = join(folder, 'tty');
    const wire = new PseudoTerminal();
    symlinkSync(wire.path, path);
    const line = lineTo(path);
    let ups = 0;
    line.onUp(() => {
      ups++;
    });
    let second: PseudoTerminal | undefined;
    try {
      await until(() => line.isUp, 'open');
      const writing = line.write('x'.repeat(40_000));
      await sleep(100);
      unlinkSync(path);
      wire.hangUp();
      assert.equal(await writing, false);
      await until(() => !line.isUp, 'gone');
      assert.equal(await line.write('nobody'), false);
      second = new PseudoTerminal();
      symlinkSync(second.path, path);
      await until(() => line.isUp, 'open again');
      assert.equal(ups, 2);
      assert.equal(await line.write('again\n'), true);
      assert.equal(await second.until('\n'), 'again\n');
    } finally {
      line.stop();
      wire.hangUp();
      second?.hangUp();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('waits for a device that is missing, and for none once it is stopped', async () => {
    const line = lineTo('/dev/holdfast-no-such-port');
    await sleep(100);
    assert.equal(line.isUp, false);
    assert.equal(await line.write('nobody'), false);
    line.stop();
  });
});
