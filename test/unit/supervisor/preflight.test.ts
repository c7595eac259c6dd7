import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LogFile } from '../../../appliance/supervisor/log-file.js';
import {
  checkEndpoints,
  formatStartFault,
  freePort,
  missingForLines,
  prepareState,
  readConfiguration,
} from '../../../appliance/supervisor/preflight.js';
import { configurationOf } from '../config/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-preflight-'));
after(() => rmSync(folder, { recursive: true }));

describe('preflight', () => {
  it('makes the state folder, and leaves nothing of its test in it', () => {
    assert.equal(prepareState(join(folder, 'state')), undefined);
    assert.deepEqual(readdirSync(join(folder, 'state')), ['logs']);
  });

  it('says what, where and what to do when the folder cannot be made', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const fault = prepareState(join(file, 'state'));
    assert.equal(fault?.kind, 'prevented');
    const text = fault === undefined ? '' : formatStartFault(fault);
    assert.match(text, /cannot be written: a part of the path is not a folder/);
    assert.match(text, /where: .*a-file\/state/);
    assert.match(text, /to do: .*--state/);
  });

  it('lists the faults of a configuration with their lines', () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'site:\n  nam: x\n');
    const read = readConfiguration(file);
    assert.ok(!read.ok);
    assert.equal(read.error.kind, 'wrong');
    assert.match(read.error.what, /bad\.yaml:2:3: /);
    const missing = readConfiguration(join(folder, 'none.yaml'));
    assert.ok(!missing.ok && /no such file/.test(missing.error.what));
  });

  it('names the packages that lines take and that are not there', () => {
    const lines = (text: string) => configurationOf(`lines: ${text}\n`).lines;
    const nothing = (): boolean => false;
    assert.deepEqual(missingForLines(lines('{ cards: none, spans: [{ span: a }] }'), nothing), []);
    assert.match(missingForLines(lines('{ cards: simulator, spans: [{ span: a }] }'), nothing).join(), /libpri1\.4/);
    const dahdi = lines('{ cards: dahdi, spans: [{ span: a, signalling: em-wink }] }');
    assert.match(missingForLines(dahdi, nothing).join(), /^lines\.cards: .*dahdi-dkms/);
    assert.deepEqual(
      missingForLines(dahdi, (path) => path === '/dev/dahdi/ctl'),
      [],
    );
    const pri = lines('{ cards: dahdi, spans: [{ span: a }] }');
    assert.deepEqual(
      missingForLines(pri, () => true),
      [],
    );
  });

  it('finds a taken port, by TCP and by UDP', async () => {
    const port = await freePort('127.0.0.1');
    const at = { address: '127.0.0.1', port, purpose: 'SIP', remedy: 'Move it.' };
    assert.equal(
      await checkEndpoints([
        { ...at, protocol: 'tcp' },
        { ...at, protocol: 'udp' },
      ]),
      undefined,
    );
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
    const fault = await checkEndpoints([{ ...at, protocol: 'tcp' }]);
    assert.match(fault?.what ?? '', /already uses the port of SIP/);
    assert.equal(fault?.where, `tcp 127.0.0.1:${port}`);
    assert.notEqual(await freePort('127.0.0.1', port), port);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('log file', () => {
  it('is set aside when it has grown, and keeps a bounded number of old ones', () => {
    const path = join(folder, 'x.log');
    const file = new LogFile(path, 100);
    for (let i = 0; i < 40; i++) file.write(`${'x'.repeat(39)}\n`);
    file.close();
    const names = readdirSync(folder).filter((name) => name.startsWith('x.log'));
    assert.deepEqual(names.sort(), ['x.log', 'x.log.1', 'x.log.2', 'x.log.3', 'x.log.4']);
    assert.ok(readFileSync(path).length <= 100);
  });
});
