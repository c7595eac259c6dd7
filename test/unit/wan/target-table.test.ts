import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetTable } from '../../../src/wan/index.js';

/** Columns: unknown, up, suspect, silent, refusing, failing, unresolved, cut, mending. `-` stays, `!` never. */
const expected: { readonly [event: string]: string } = {
  probeDue: '- - ! - - - - - !',
  retryDue: '! ! - ! ! ! ! ! -',
  silenceDue: '! ! - ! ! ! ! ! -',
  verdictDue: '! ! - ! ! ! ! ! -',
  answered: 'up - up up up up up up up',
  faltered: '- - up failing failing - failing failing failing',
  failed: 'failing failing failing failing failing - failing failing failing',
  heard: '- - up up - - up - up',
  missed: 'suspect suspect - - - - - - -',
  dead: '! ! silent - silent silent silent ! silent',
  nameless: '! ! unresolved unresolved unresolved unresolved - ! unresolved',
  refused: 'refusing refusing refusing refusing - refusing refusing - refusing',
  cut: 'cut cut cut cut cut cut cut - cut',
  mended: '- - - - - - - mending -',
  nudge: '- - - - - - - - -',
  callSilent: '- suspect - - - - - - -',
};

test('every cell of the target table', () => {
  for (const [state, { on }] of Object.entries(targetTable.states)) {
    const column = Object.keys(targetTable.states).indexOf(state);
    for (const [event, cell] of Object.entries(on)) {
      const go = cell === 'never' ? '!' : cell === 'ignore' || cell.go === state ? '-' : cell.go;
      assert.equal(go, expected[event]?.split(' ')[column], `${state}, ${event}`);
    }
  }
});

test('whoever doubts retries, whoever does not keeps the ordinary pace', () => {
  for (const [state, { timers }] of Object.entries(targetTable.states)) {
    const doubts = state === 'suspect' || state === 'mending';
    assert.deepEqual(
      Object.keys(timers ?? {}),
      doubts ? ['retryDue', 'silenceDue', 'verdictDue'] : ['probeDue'],
      state,
    );
  }
});
