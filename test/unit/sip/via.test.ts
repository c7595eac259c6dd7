import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatVia, parseVia, parseViaList } from '../../../src/sip/index.js';

describe('parseVia', () => {
  it('reads and formats a hop', () => {
    const via = parseVia('SIP / 2.0 / tcp  [2001:db8::1] : 5070 ; rport ;branch=z9hG4bK.a;received=2001:db8::2');
    assert.ok(via.ok);
    assert.equal(via.value.transport, 'TCP');
    assert.equal(via.value.host, '[2001:db8::1]');
    assert.equal(via.value.port, 5070);
    assert.equal(formatVia(via.value), 'SIP/2.0/TCP [2001:db8::1]:5070;rport;branch=z9hG4bK.a;received=2001:db8::2');
  });

  it('reads lists', () => {
    const vias = parseViaList('SIP/2.0/UDP a;branch=1, SIP/2.0/TLS b');
    assert.ok(vias.ok);
    assert.deepEqual(
      vias.value.map(({ host }) => host),
      ['a', 'b'],
    );
    assert.equal(parseViaList('SIP/2.0/UDP a,').ok, false);
  });

  it('refuses what is malformed', () => {
    for (const bad of [
      ...['', 'SIP/2.0', 'SIP/2.0/UDP', 'SIP/2.0/UDP ', 'SIP/2.0/UDPa', 'SIP/2.0/ a', '/2.0/UDP a', 'SIP//UDP a'],
      ...[
        'SIP/2.0/UDP a:',
        'SIP/2.0/UDP a:b',
        'SIP/2.0/UDP a:99999',
        'SIP/2.0/UDP a;',
        'SIP/2.0/UDP a b',
        'SIP/2.0/UDP [a',
      ],
      ...['SIP/2.0/UDP a, SIP/2.0/UDP b', 'SIP/2.0/UDP 192.0.2.15;;,;,,'],
    ]) {
      assert.equal(parseVia(bad).ok, false, bad);
    }
  });
});
