import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import koffi, { type TypeObject } from 'koffi';
import * as layout from '../../../hw/pri/libpri-layout.js';

/** Structures by their C names, and the members whose places matter. */
const structures: readonly (readonly [name: string, type: TypeObject, members: readonly string[]])[] = [
  ['struct pri_party_name', layout.partyName, ['presentation', 'str']],
  ['struct pri_party_number', layout.partyNumber, ['presentation', 'plan', 'str']],
  ['struct pri_party_id', layout.partyId, ['name', 'number', 'subaddress']],
  ['struct pri_party_redirecting', layout.redirecting, ['from', 'orig_called', 'count', 'orig_reason', 'reason']],
  ['struct pri_subcommand', layout.subcommand, ['cmd', 'u']],
  ['pri_event_error', layout.configurationError, ['err']],
  ['pri_event_restart', layout.restart, ['channel']],
  ['pri_event_ringing', layout.ringing, ['channel', 'progressmask', 'call', 'subcmds']],
  ['pri_event_answer', layout.ringing, ['channel', 'progressmask', 'call', 'subcmds']],
  [
    'pri_event_ring',
    layout.ring,
    ['calledplan', 'callednum', 'flexible', 'ctype', 'complete', 'call', 'subcmds', 'calling'],
  ],
  ['pri_event_hangup', layout.hangup, ['channel', 'cause', 'call']],
  ['pri_event_proceeding', layout.proceeding, ['channel', 'progressmask', 'cause', 'call']],
  ['pri_event_setup_ack', layout.setupAck, ['channel', 'call', 'progressmask']],
  ['pri_event_keypad_digit', layout.keypadDigit, ['call', 'digits']],
  ['pri_event_service', layout.service, ['channel', 'changestatus']],
];

test('the structures are those of libpri.h, by the C compiler', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-libpri-'));
  try {
    const wanted = structures.flatMap(([name, type, members]) => [
      `${name} ${koffi.sizeof(type)}`,
      ...members.map((member) => `${name}.${member} ${koffi.offsetof(type, member)}`),
    ]);
    const prints = structures.flatMap(([name, , members]) => [
      `printf("${name} %zu\\n", sizeof(${name}));`,
      ...members.map((member) => `printf("${name}.${member} %zu\\n", offsetof(${name}, ${member}));`),
    ]);
    const source = ['#include <libpri.h>', '#include <stddef.h>', '#include <stdio.h>', 'int main() {', ...prints, '}'];
    writeFileSync(join(folder, 'layout.c'), source.join('\n'));
    execFileSync('g++', ['-x', 'c++', '-o', join(folder, 'layout'), join(folder, 'layout.c')]);
    const found = execFileSync(join(folder, 'layout'), { encoding: 'utf8' }).trim().split('\n');
    assert.deepEqual(wanted, found);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
