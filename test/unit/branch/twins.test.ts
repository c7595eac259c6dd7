import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outerHalves } from '../../../src/branch/index.js';

describe('outerHalves', () => {
  it('leaves out the half that came back from the centre, and nothing else', () => {
    const out = { sessionId: 'a', via: 'centre' };
    const back = { sessionId: 'a', via: 'extension 1002' };
    const local = { sessionId: 'b', via: 'extension 1003' };
    const fromCentre = { sessionId: 'c', via: 'extension 1002' };
    const failed = { sessionId: 'a', via: undefined };
    const trunk = { sessionId: 'd', via: 'trunk pri-1' };
    assert.deepEqual(
      outerHalves([out, back, local, fromCentre, failed, trunk], (half) => half),
      [out, local, fromCentre, failed, trunk],
    );
  });
});
