import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseArguments, parseWebAddress } from '../../../appliance/supervisor/arguments.js';

describe('arguments', () => {
  it('are all optional', () => {
    assert.deepEqual(parseArguments([], '/home'), { ok: true, value: { terminal: true, help: false } });
  });

  it('read files from the folder of the call, and both ways of writing a value', () => {
    assert.deepEqual(
      parseArguments(['--config', 'a.yaml', '--state=/var/x', '--web=[::1]:80', '--no-terminal'], '/home'),
      {
        ok: true,
        value: {
          config: '/home/a.yaml',
          state: '/var/x',
          web: { address: '::1', port: 80 },
          terminal: false,
          help: false,
        },
      },
    );
  });

  it('refuse what they do not know, with words', () => {
    for (const [words, error] of [
      [['--confg', 'x'], /unknown argument --confg/],
      [['--config'], /--config needs a value/],
      [['--config', '--state'], /--config needs a value/],
      [['--web', 'localhost:80'], /write ADDRESS:PORT/],
      [['--web', '127.0.0.1:70000'], /write ADDRESS:PORT/],
    ] as const) {
      const read = parseArguments(words, '/');
      assert.ok(!read.ok);
      assert.match(read.error, error);
    }
  });

  it('know addresses', () => {
    assert.deepEqual(parseWebAddress('127.0.0.1:0'), { address: '127.0.0.1', port: 0 });
    assert.equal(parseWebAddress('::1:80'), undefined);
  });
});
