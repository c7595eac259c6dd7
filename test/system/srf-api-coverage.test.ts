import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { coverage, SrfClass } from './srf-api.js';

/** Public names of drachtio-srf without a test of their own, each with its reason. */
const elsewhere: Readonly<Record<string, string>> = {
  'Srf#listen': 'sip-server-outbound.test.ts',
  'Srf#endSession': 'sip-server-outbound.test.ts',
  'Srf#proxyRequest': 'sip-server-proxy.test.ts',
  'Request#proxy': 'sip-server-proxy.test.ts, through proxyRequest',
};

/** Shortcuts of Dialog, one code for all: the test of `Dialog#info` shows that they throw in drachtio-srf 5.0.29. */
const dialogShortcuts = [
  ...['invite', 'bye', 'register', 'subscribe', 'options', 'message', 'notify', 'cancel', 'update', 'prack', 'ack'],
  ...['refer', 'publish'],
].map((name) => `Dialog#${name}`);

/** Static members of Srf that touch no wire: one check below. */
const statics = [
  ...['Dialog', 'SipError', 'SipMessage', 'SipRequest', 'SipResponse', 'DialogState', 'DialogDirection'],
  ...['parseUri', 'stringifyUri'],
].map((name) => `Srf.${name}`);

/** What the tests say that they cover. */
async function covered(): Promise<Set<string>> {
  const folder = dirname(fileURLToPath(import.meta.url));
  const files = readdirSync(folder).filter((f) => /^srf-api-.*\.test\.js$/.test(f) && !f.includes('coverage'));
  assert.ok(files.length >= 3);
  coverage.only = true;
  for (const file of files) await import(pathToFileURL(join(folder, file)).href);
  return new Set(coverage.names);
}

function publicNames(of: string, prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => !name.startsWith('_'))
    .map((name) => `${of}#${name}`);
}

test('every public function of drachtio-srf has a test on the wire, or a reason why not', async () => {
  const names = await covered();
  for (const name of [...Object.keys(elsewhere), ...dialogShortcuts, ...statics]) names.add(name);
  const exported = [
    ...publicNames('Srf', SrfClass.prototype),
    ...publicNames('Dialog', SrfClass.Dialog.prototype),
    ...publicNames('Request', SrfClass.SipRequest.prototype),
    ...publicNames('Response', SrfClass.SipResponse.prototype),
    ...Object.getOwnPropertyNames(SrfClass)
      .filter((name) => !['length', 'name', 'prototype'].includes(name))
      .map((name) => `Srf.${name}`),
  ];
  assert.ok(exported.length > 100, 'the package still looks as it did');
  assert.deepEqual(
    exported.filter((name) => !names.has(name)),
    [],
  );
});

test('what drachtio-srf offers beside the wire', () => {
  assert.equal(SrfClass.parseUri('sip:ann@host:5080').user, 'ann');
  assert.equal(SrfClass.parseUri(SrfClass.stringifyUri(SrfClass.parseUri('sip:ann@host'))).host, 'host');
  assert.match(new SrfClass.SipError(486, 'Busy').message, /Busy|486/);
  assert.equal(new SrfClass.SipMessage('OPTIONS sip:a@b SIP/2.0\r\nCall-ID: x\r\n\r\n').get('Call-ID'), 'x');
  assert.equal(SrfClass.DialogState.Confirmed, 'confirmed');
  assert.equal(SrfClass.DialogDirection.Initiator, 'initiator');
});
