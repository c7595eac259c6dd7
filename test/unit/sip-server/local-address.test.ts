import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalAddresses } from '../../../appliance/sip-server/local-address.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

describe('LocalAddresses', () => {
  it('tells peers beyond the translator the external address, and those inside our own', () => {
    const locals = new LocalAddresses(new VirtualClock(), { address: '203.0.113.7', inside: ['192.168.0.0/16'] });
    assert.equal(locals.shownTo('198.51.100.1', '192.168.1.2'), '203.0.113.7');
    assert.equal(locals.shownTo('192.168.1.9', '192.168.1.2'), '192.168.1.2');
    assert.equal(locals.shownTo('2001:db8::9', '2001:db8::2'), '2001:db8::2', 'another family needs no translation');
  });

  it('tells everybody our own address where there is no translator', () => {
    assert.equal(new LocalAddresses(new VirtualClock()).shownTo('198.51.100.1', '192.168.1.2'), '192.168.1.2');
  });
});
