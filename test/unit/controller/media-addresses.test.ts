import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LocalNetwork, MediaAddresses } from '../../../appliance/controller/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { configurationOf } from '../config/sample.js';

const lan: LocalNetwork = { address: '10.10.0.1', cidr: '10.10.0.1/24' };
const wan: LocalNetwork = { address: '10.20.0.2', cidr: '10.20.0.2/30' };
const six: LocalNetwork = { address: 'fd00::1', cidr: 'fd00::1/64' };

function bench(media = '') {
  const asked: string[] = [];
  let local = [lan, wan, six];
  const clock = new VirtualClock();
  const configuration = configurationOf(media);
  const addresses = new MediaAddresses({
    configuration: () => configuration,
    clock,
    local: () => local,
    ask: (host) => {
      asked.push(host);
      return Promise.resolve(host.startsWith('172.') ? lan.address : host.includes(':') ? undefined : wan.address);
    },
  });
  const move = (to: LocalNetwork[]) => {
    local = to;
  };
  return { addresses, asked, clock, move };
}

describe('MediaAddresses', () => {
  it('knows the address in the peer’s own network, and the way to others by what the routing table says', async () => {
    const { addresses, asked, clock } = bench();
    await addresses.start(() => undefined);
    assert.ok(asked.includes('centre.example.com'));
    assert.equal(addresses.towards('phones', '10.10.0.77'), '10.10.0.1');
    assert.equal(addresses.towards('phones', 'fd00::77'), 'fd00::1');
    assert.equal(addresses.towards('centre', 'centre.example.com'), '10.20.0.2');
    assert.equal(addresses.towards('phones', '172.16.0.9'), '10.20.0.2', 'the default route until it is known better');
    await clock.run(0);
    assert.equal(addresses.towards('phones', '172.16.0.9'), '10.10.0.1');
    assert.equal(addresses.towards('phones', '2001:db8::9'), undefined, 'no way there');
    addresses.stop();
    assert.equal(clock.pending, 0);
  });

  it('goes by the configuration where that says it', async () => {
    const { addresses } = bench('media: { trunks: { address: 192.0.2.77 }, ports: 30000-30009 }\n');
    assert.equal(addresses.towards('trunks', '10.10.0.77'), '192.0.2.77');
    assert.deepEqual(addresses.networks.at(-1), {
      name: '192.0.2.77',
      address: '192.0.2.77',
      ports: { first: 30_000, last: 30_009 },
    });
  });

  it('follows addresses that come and go', async () => {
    const { addresses, clock, move } = bench();
    let changes = 0;
    await addresses.start(() => changes++);
    move([{ address: '10.10.0.5', cidr: '10.10.0.5/24' }]);
    await clock.run(30_000);
    assert.equal(changes, 2);
    assert.equal(addresses.towards('phones', '10.10.0.77'), '10.10.0.5');
    addresses.stop();
  });
});
