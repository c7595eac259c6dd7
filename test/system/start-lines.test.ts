import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../appliance/supervisor/preflight.js';
import { sleep, until } from './branch/patience.js';
import { PeerProcess } from './branch/peer-process.js';

const main = resolve(import.meta.dirname, '../../appliance/supervisor/main.js');
/** Answers after four seconds (`networkOutcome`). */
const outside = '3125551234';

interface World {
  readonly telephones: readonly { readonly channel: string; readonly hears: string; readonly ringing: boolean }[];
  readonly spans: readonly { readonly slots: readonly { readonly state: string; readonly hears: string }[] }[];
}

interface Row {
  readonly ending: string;
}

interface Status {
  readonly calls: readonly { readonly state: string }[];
  readonly trunks: readonly { readonly state: string }[];
  readonly telephones: readonly { readonly line: string }[];
  readonly lines: { readonly up: boolean; readonly dChannels: readonly { readonly up: boolean }[] };
}

/** The whole product on a machine without a card: two analog telephones and a PRI, in a branch whose centre is not there. */
describe('a branch with lines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-branch-'));
  let branch: PeerProcess;
  let world: Socket | undefined;
  let page = '';
  let shown: World | undefined;
  /** How often the telephone was seen to hear something else than who answers. */
  let silences = 0;
  /** Records that were there before. */
  let endings = 0;

  before(async () => {
    const [sip, control, web] = [await freePort('127.0.0.1'), await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    page = `http://127.0.0.1:${web}/api/status`;
    writeFileSync(
      join(folder, 'branch.yaml'),
      `site: { name: Lines, countryCode: '1', areaCode: '312', mainNumber: '+13125550200' }
sip: { listen: [udp/127.0.0.1:${sip}], control: 127.0.0.1:${control} }
centre: { domain: example.com, targets: ['sip:127.0.0.1:9'] }
users: { file: users.yaml }
media: { ports: 41000-41099 }
dialPlan: { defaultExtension: '1001' }
lines:
  cards: simulator
  spans: [{ span: sim/1 }]
  telephones: [{ channel: sim/0:1, user: ada }]
trunks: [{ name: pstn, channels: ['sim/1:1-23'], numberFormat: national }]
web: { port: ${web} }
`,
    );
    const ha1 = `{ md5: ${'0'.repeat(32)} }`;
    const ada = `{ username: ada, extension: '1001', displayName: Ada, classOfRestriction: international, ha1: ${ha1} }`;
    writeFileSync(join(folder, 'users.yaml'), `realm: example.com\nusers: [${ada}]\n`);
    const words = ['--config', join(folder, 'branch.yaml'), '--state', join(folder, 'state'), '--no-terminal'];
    branch = new PeerProcess(process.execPath, [main, ...words], { logFile: join(folder, 'branch.log') });
    await settled();
  });

  after(async () => {
    world?.destroy();
    await branch.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function status(): Promise<Status> {
    return (await (await fetch(page)).json()) as Status;
  }

  /** The line process, its D-channel and the trunk are there, and the world can be played in. */
  async function settled(): Promise<void> {
    await until('the trunk over lines is up', 60_000, async () => {
      const { lines, trunks } = await status();
      return lines.up && lines.dChannels[0]?.up === true && trunks[0]?.state === 'up';
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${branch.output()}`);
    });
    world?.destroy();
    shown = undefined;
    let text = '';
    const socket = createConnection(join(folder, 'state', 'run', 'world'));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const { state, refused }: { readonly state?: World; readonly refused?: string } = JSON.parse(line);
        assert.equal(refused, undefined);
        shown = state ?? shown;
        if (hears() !== `“this is ${outside}”`) silences++;
      }
    });
    world = socket;
    await until('the world shows itself', 10_000, () => shown !== undefined);
  }

  function play(command: object): void {
    world?.write(`${JSON.stringify({ id: 1, command })}\n`);
  }

  const hears = (): string => shown?.telephones[0]?.hears ?? '';
  const channel = 'sim/0:1';

  /** Ada lifts, dials, and both hear one another. */
  async function talk(): Promise<void> {
    play({ kind: 'lift', channel, says: 'hello from ada' });
    await until(`dial tone (${hears()})`, 20_000, () => hears() === 'dial tone');
    play({ kind: 'dial', channel, digits: `9${outside}`, by: 'tone' });
    await until('the other end is heard', 30_000, () => hears() === `“this is ${outside}”`).catch((error: unknown) => {
      throw new Error(`${String(error)}; heard: ${hears()}\n${branch.output()}`);
    });
    await until('the other end hears us', 20_000, () =>
      shown?.spans[0]?.slots.some((slot) => slot.state === 'talking' && slot.hears === '“hello from ada”'),
    );
  }

  /** What the two ends of the call hear, once each hears something. */
  async function talks(): Promise<readonly string[]> {
    const slot = () => shown?.spans[0]?.slots.find(({ state }) => state === 'talking');
    await until('both hear', 20_000, () => hears() !== '' && (slot()?.hears ?? '') !== '');
    return [hears(), slot()?.hears ?? ''];
  }

  async function nothingIsLeft(): Promise<void> {
    await until('the network has no call', 20_000, () => shown?.spans[0]?.slots.every((slot) => slot.state === 'idle'));
    await settled();
    await until('the branch has no call', 20_000, async () => {
      const { calls, telephones } = await status();
      return calls.length === 0 && telephones[0]?.line === 'idle';
    });
  }

  /** Of the last call; a record is closed a moment after its call, and once. */
  async function ending(): Promise<string> {
    const wanted = endings + 1;
    let rows: readonly Row[] = [];
    await until(`${wanted} records`, 20_000, async () => {
      rows = (await (await fetch(page.replace('status', 'records'))).json()) as readonly Row[];
      return rows.length >= wanted;
    });
    assert.equal(rows.length, wanted);
    endings = wanted;
    return rows[0]?.ending ?? '';
  }

  /** Resolves once the process is gone. */
  async function ended(script: string, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const found = readdirSync('/proc').find((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return words.includes(script) && words.includes(folder);
      } catch {
        return false;
      }
    });
    assert.ok(found !== undefined, script);
    process.kill(Number(found), signal);
    await until(`${script} is gone`, 20_000, () => !existsSync(`/proc/${found}`));
  }

  it('lets an analog telephone call the network over a PRI, with sound both ways', async () => {
    await talk();
    assert.equal((await status()).calls[0]?.state, 'talking');
  });

  it('goes on with that call when the controller is killed, and when it is restarted', async () => {
    silences = 0;
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await ended('appliance/main.js', signal);
      await until('the next one has the call', 20_000, async () => (await status()).calls[0]?.state === 'talking');
      assert.deepEqual(await talks(), [`“this is ${outside}”`, '“hello from ada”']);
    }
    assert.equal(silences, 0, 'somebody heard something else meanwhile');
    await settled();
    play({ kind: 'flash', channel });
    await until('the recall dial tone', 20_000, () => hears() === 'dial tone');
    await sleep(1500);
    play({ kind: 'flash', channel });
    await until('the other end is heard again', 20_000, () => hears() === `“this is ${outside}”`);
  });

  it('ends that call when the line process is killed, and carries the next one when it is back', async () => {
    await ended('line-server/main.js');
    await until('the call has ended', 20_000, async () => (await status()).calls.length === 0);
    assert.match(await ending(), /by called/);
    await settled();
    await talk();
  });

  it('ends that one when the network hangs up while no controller is there', async () => {
    const ends = ended('appliance/main.js');
    const slot = shown?.spans[0]?.slots.findIndex(({ state }) => state === 'talking') ?? -1;
    play({ kind: 'networkHangUp', span: 'sim/1', slot: slot + 1 });
    await ends;
    await until('the channel is free', 20_000, () => shown?.spans[0]?.slots.every((each) => each.state === 'idle'));
    await settled();
    await until('the telephone hears that it is over', 20_000, () => hears() === 'busy tone');
    play({ kind: 'hangUp', channel });
    await nothingIsLeft();
    assert.match(await ending(), /by called/);
  });
});
