import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import { heardText, openSimulator, type Telephone } from '../../hw/simulator/index.js';
import { Secret, silentLog } from '../../src/base/index.js';
import { Branch } from '../../src/branch/index.js';
import type { CallRecord } from '../../src/call/index.js';
import { LiveDirectory, type User } from '../../src/directory/index.js';
import { MediaAnchors } from '../../src/legs/index.js';
import { mediaNegotiations } from '../../src/media/index.js';
import { configurationOf, least } from '../unit/config/sample.js';
import { until } from './branch/patience.js';
import { MediaController, MediaProcess } from './media-process.js';

const site = least.replace('{ name: Test }', '{ name: Test, countryCode: "1", extensionDigits: 4 }');
const lines = `
lines:
  cards: simulator
  telephones:
    - { channel: "sim/0:1", user: kitchen, signalling: fxs-loop }
    - { channel: "sim/0:2", user: hall, signalling: fxs-loop }
`;

function user(username: string, extension: string): User {
  const md5 = new Secret('00112233445566778899aabbccddeeff');
  return { username, extension, realm: 'example.com', ha1: { md5 }, classOfRestriction: 'internal' };
}

describe('analog telephones, by their samples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hl-'));
  const media = new MediaProcess();
  const closed: CallRecord[] = [];
  let controller: MediaController;
  let simulator: ReturnType<typeof openSimulator>;
  let branch: Branch;
  let directory: LiveDirectory;

  function telephone(number: number): Telephone {
    const found = simulator.world.telephone(`sim/0:${number}`);
    assert.ok(found !== undefined);
    return found;
  }

  let calls = 0;
  const idle = (): boolean => branch.status().telephones.every(({ line }) => line === 'idle');
  const shows = (): boolean => telephone(2).shown?.number === '2001';
  const hears = (number: number): string => heardText(telephone(number).earpiece);
  const heard = (number: number, what: string) =>
    until(`${number} hears ${what}`, 20_000, () => hears(number) === what);

  before(async () => {
    controller = await MediaController.start(media.socket, '127.0.0.1', 42_000);
    const [clock, random, log] = [systemClock, systemRandom, silentLog];
    simulator = openSimulator({
      ...{ clock, random, log, folder },
      cards: [{ kind: 'analog', id: 'sim/0', telephones: 2, hook: 'decoded', officeLines: [] }],
    });
    const configuration = configurationOf(lines, site);
    directory = new LiveDirectory({ clock });
    directory.replace([user('kitchen', '2001'), user('hall', '2002')]);
    const anchors = new MediaAnchors({
      ...{ clock, log, engine: controller.ports, negotiations: mediaNegotiations(random) },
      settings: () => configuration.media,
      network: () => 'inside',
      announcements: { music: () => undefined, ringing: () => ({ steps: [] }), preempted: () => ({ steps: [] }) },
    });
    branch = new Branch(
      {
        ...{ clock, random, log, directory, anchors, gruuKey: new Uint8Array(32) },
        bindings: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
        records: {
          open: () => Promise.resolve(),
          close: (record) => {
            closed.push(record);
            return Promise.resolve();
          },
        },
        timeline: { append: () => undefined, recent: () => [] },
        upstream: { register: () => Promise.resolve({ kind: 'silent' }) },
        prober: { probe: () => Promise.resolve({ kind: 'silent' }) },
        legs: {
          toPhone: () => assert.fail('there is no IP telephone'),
          toCentre: () => assert.fail('nothing goes to the centre'),
          toTrunk: () => assert.fail('there is no trunk'),
        },
        lines: {
          hardware: simulator.world,
          dChannels: { open: () => assert.fail('there is no D-channel') },
          engine: controller.ports,
        },
      },
      { configuration, contactAddress: { host: '127.0.0.1', port: 5060, transport: 'udp' } },
    );
    await branch.start();
    branch.force('survivable', 'test');
  });

  after(async () => {
    branch.stop();
    directory.stop();
    simulator.close();
    controller.vanish();
    controller.ports.stop();
    await media.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('hear tones, dial by keys, show who calls, and talk', async () => {
    // A machine that is held up for a moment spoils a modem's data; a caller who is not shown calls again.
    for (let tries = 1; telephone(2).shown?.number !== '2001' && tries <= 4; tries++) {
      telephone(1).hangUp();
      await until('the lines are idle', 20_000, idle);
      telephone(1).lift();
      await heard(1, 'dial tone');
      telephone(1).press('2002');
      await heard(1, 'ringing tone');
      const { rings } = telephone(2);
      await until('it has rung for a while', 20_000, () => shows() || telephone(2).rings > rings + 1);
      calls += 1;
    }
    assert.ok(shows(), 'the caller is shown');
    telephone(2).lift();
    telephone(1).speak('hello');
    await heard(2, '“hello”');
    telephone(2).speak('good day');
    await heard(1, '“good day”');
    assert.equal(branch.status().telephones[0]?.state, 'talking');
  });

  it('hold by the flash, and come back', async () => {
    telephone(1).flash();
    await heard(1, 'dial tone');
    await heard(2, '');
    telephone(1).flash();
    telephone(1).speak('hello again');
    await heard(2, '“hello again”');
  });

  it('hear that the other one hung up, and leave nothing', async () => {
    telephone(2).hangUp();
    await heard(1, 'busy tone');
    telephone(1).hangUp();
    await until('all is quiet', 20_000, () => branch.carried.length === 0 && closed.length === calls);
    await until('the lines are idle', 20_000, idle);
    assert.deepEqual(
      closed.at(-1)?.quality?.map(({ codec }) => codec),
      ['PCMU', 'PCMU'],
    );
  });
});
