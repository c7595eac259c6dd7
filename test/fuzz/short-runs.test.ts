import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';

const main = resolve(import.meta.dirname, 'main.js');
/** Enough for the whole corpus and some thousand new inputs. */
const seconds = 2;

describe('fuzzing by coverage, in short', () => {
  for (const target of [
    'sip-parser',
    'sdp',
    'negotiation',
    'control-frames',
    'control-session',
    'websocket',
    'stun',
    'dtls',
  ]) {
    it(`finds nothing in ${target}`, () => {
      const words = [main, target, '--seconds', String(seconds), '--seed', '1'];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 120_000 });
      assert.equal(status, 0, `${stdout}${stderr}`);
    });
  }
});
