import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countOf, parseForce, parseLabCommand } from '../../../appliance/web/requests.js';

describe('requests', () => {
  it('force only modes that can be forced', () => {
    assert.deepEqual(parseForce({ mode: 'inline' }), { ok: true, value: 'inline' });
    for (const body of [{ mode: 'starting' }, {}, null, 'inline', [], { mode: ['inline'] }]) {
      assert.equal(parseForce(body).ok, false);
    }
  });

  it('read every command of the lab, and nothing else', () => {
    for (const [name, body] of [
      ['wan', { up: true }],
      ['call', { from: '1001', to: '911' }],
      ['hangup', {}],
      ['hangup', { id: 'a' }],
      ['hold', { id: 'a', on: true }],
      ['transfer', { id: 'a', to: '1003' }],
    ] as const) {
      assert.deepEqual(parseLabCommand(name, body), { ok: true, value: { name, ...body } });
    }
    assert.equal(parseLabCommand('call', { from: '1001' }).ok, false);
    assert.equal(parseLabCommand('call', { from: '1001', to: '1'.repeat(65) }).ok, false);
    assert.equal(parseLabCommand('constructor', {}).ok, false);
  });

  it('bound a count', () => {
    assert.equal(countOf(undefined, 50, 500), 50);
    assert.equal(countOf('7', 50, 500), 7);
    assert.equal(countOf('-7', 50, 500), 1);
    assert.equal(countOf('99999', 50, 500), 500);
    assert.equal(countOf(['1'], 50, 500), 50);
  });
});
