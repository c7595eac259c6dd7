import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loopbackNetworks } from '../../../appliance/sip-server/guard.js';
import { GuardArguments } from '../../../appliance/sip-server/guard-arguments.js';
import { silentLog } from '../../../src/base/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

test('addresses, networks and numbers are taken, and loopback is always trusted', () => {
  const given = new GuardArguments();
  for (const value of ['192.0.2.7', '[2001:db8::7]', '198.51.100.0/24', 'centre.example.com']) {
    assert.equal(given.take('--trusted', value), true, value);
  }
  assert.equal(given.take('--branch', '10.0.0.0/8'), true);
  assert.equal(given.take('--emergency', '911'), true);
  assert.equal(given.take('--emergency', '+1911'), true);
  assert.equal(given.take('--listen', 'udp/127.0.0.1:5060'), false);
  assert.deepEqual(given.options, {
    networks: {
      trusted: [...loopbackNetworks, '192.0.2.7/32', '2001:db8::7/128', '198.51.100.0/24'],
      branch: ['10.0.0.0/8'],
    },
    emergencyNumbers: ['911', '+1911'],
  });
});

test('without networks of the branch the private ones hold', () => {
  assert.equal('branch' in new GuardArguments().options.networks, false);
});

test('what is wrong is said in words', () => {
  const given = new GuardArguments();
  assert.match(String(given.take('--trusted', '10.0.0.0/33')), /no address, network or name/);
  assert.match(String(given.take('--trusted', '')), /no address, network or name/);
  assert.match(String(given.take('--branch', '10.0.0.0')), /NETWORK\/LENGTH/);
  assert.match(String(given.take('--emergency', 'help')), /not a number/);
});

test('a name is asked for, and what it means is trusted beside the rest', async () => {
  const given = new GuardArguments();
  given.take('--trusted', '192.0.2.7');
  given.take('--trusted', 'localhost');
  const told = await new Promise<readonly string[]>((resolve) => given.follow(new VirtualClock(), silentLog, resolve));
  assert.ok(told.includes('192.0.2.7/32'));
  assert.ok(told.includes('127.0.0.1/32') || told.includes('::1/128'), told.join());
});
