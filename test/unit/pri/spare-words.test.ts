import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SpareWords } from '../../../hw/pri/spare-words.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

it('libpri’s complaints of a hostile line are passed on until they are many; then their number is, once a minute', () => {
  const clock = new VirtualClock();
  const said: string[] = [];
  const words = new SpareWords(
    clock,
    (line) => said.push(line),
    (lines) => said.push(`and ${lines} more`),
  );
  for (let line = 1; line <= 300; line++) words.hear(`line ${line}`);
  assert.deepEqual(said, ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'line 6', 'line 7', 'line 8']);
  clock.advance(60_000);
  assert.deepEqual(said.slice(8), ['and 292 more']);
  words.hear('another');
  clock.advance(60_000);
  assert.deepEqual(said.slice(9), ['another'], 'one line is said, and no number');
});
