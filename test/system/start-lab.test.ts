import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabCall, LabSlot, LabState, LabTelephone } from '../../appliance/lab/index.js';
import type { BranchStatus } from '../../src/branch/index.js';

const main = join(import.meta.dirname, '../../appliance/supervisor/main.js');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** `npm start` after set-up, without a terminal. */
class Started {
  readonly process: ChildProcess;
  output = '';
  readonly ended: Promise<Ended>;

  constructor(words: readonly string[]) {
    this.process = spawn(process.execPath, [main, '--no-terminal', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.process.once('close', (code) => resolve({ code, output: this.output })));
  }

  get url(): string | undefined {
    return /^web: (http:\/\/\S+\/)$/m.exec(this.output)?.[1];
  }
}

async function until<T>(what: string, ms: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(50);
  }
}

/** Pids below `root`, from /proc. */
function descendants(root: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === root;
      } catch {
        return false;
      }
    })
    .map(Number);
  return children.flatMap((pid) => [pid, ...descendants(pid)]);
}

/** The second word of the process's command line; '' once it is gone. */
function scriptOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    // A zombie that waits for its parent's wait is gone for our purpose.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('npm start without configuration', { timeout: 120_000 }, () => {
  const state = mkdtempSync(join(tmpdir(), 'holdfast-lab-'));
  let lab: Started;
  let url = '';

  before(async () => {
    lab = new Started(['--state', state, '--web', '127.0.0.1:0']);
    try {
      url = await until('the web: line', 20_000, () => lab.url);
    } catch (failure) {
      lab.process.kill('SIGKILL');
      throw new Error(`${String(failure)}\n${lab.output}`);
    }
  });
  after(async () => {
    if (lab.process.exitCode === null) lab.process.kill('SIGKILL');
    await lab.ended;
    rmSync(state, { recursive: true, force: true });
  });

  const read = async (path: string): Promise<string> => (await fetch(`${url}api/${path}`)).text();
  const status = async (): Promise<BranchStatus> => JSON.parse(await read('status'));
  const labState = async (): Promise<LabState> => JSON.parse(await read('lab'));
  const order = async (name: string, body: object): Promise<void> => {
    const response = await fetch(`${url}api/lab/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.text());
  };
  /** The end of `party`, once it talks. */
  const talking = (party: string, ms = 5000): Promise<LabCall> =>
    until(`${party} talks`, ms, async () =>
      (await labState()).calls.find((call) => call.party === party && call.state === 'talking'),
    );
  const telephone = async (extension: string): Promise<LabTelephone | undefined> =>
    (await labState()).lines?.telephones.find((each) => each.extension === extension);
  /** The telephone's user hears this. */
  const hears = (extension: string, sound: string, ms = 10_000): Promise<true> =>
    until(`${extension} hears ${sound}`, ms, async () =>
      (await telephone(extension))?.hears === sound ? true : undefined,
    );
  const slotOf = async (number: string): Promise<LabSlot | undefined> =>
    (await labState()).lines?.spans[0]?.slots.find((slot) => slot.number === number);
  const farEndHears = (number: string, sound: string): Promise<true> =>
    until(`whoever has ${number} hears ${sound}`, 10_000, async () =>
      (await slotOf(number))?.hears === sound ? true : undefined,
    );
  const mode = (wanted: BranchStatus['mode'], ms: number): Promise<BranchStatus> =>
    until(`mode ${wanted}`, ms, async () => {
      const present = await status();
      return present.mode === wanted ? present : undefined;
    });

  it('registers three phones at the centre, through Holdfast', async () => {
    await until('three phones', 15_000, async () => ((await status()).phones.length === 3 ? true : undefined));
    assert.ok((await status()).phones.every((phone) => phone.origin === 'relayed'));
    await until('the centre knows them, and the two whose telephones are on lines', 10_000, async () =>
      (await labState()).centre.registered === 5 ? true : undefined,
    );
    await mode('inline', 5000);
  });

  it('has two analog telephones, which call one another', async () => {
    await until('the lines', 15_000, async () => ((await labState()).lines?.spans[0]?.dChannel.up ? true : undefined));
    await order('line-lift', { extension: '1005' });
    await hears('1005', 'dial tone');
    await order('line-dial', { extension: '1005', digits: '1006', by: 'pulse' });
    await until('1006 rings', 15_000, async () => ((await telephone('1006'))?.ringing ? true : undefined));
    await until('1006 shows who calls', 15_000, async () =>
      (await telephone('1006'))?.shown.number === '1005' ? true : undefined,
    );
    await order('line-lift', { extension: '1006' });
    await hears('1005', '“Archive speaking”');
    await hears('1006', '“Porter speaking”');
    await order('line-hang-up', { extension: '1005' });
    await order('line-hang-up', { extension: '1006' });
  });

  it('rings a telephone for a caller from the PSTN, whom its screen shows, and joins them', async () => {
    await order('line-call-in', { to: '1005', caller: 'shown' });
    await until('1005 shows who calls', 15_000, async () =>
      (await telephone('1005'))?.shown.number.endsWith('3125550123') ? true : undefined,
    );
    await order('line-lift', { extension: '1005' });
    await hears('1005', '“Lab outside caller speaking”');
    await farEndHears('3125550123', '“Porter speaking”');
    await order('line-far-hang-up', { slot: 1 });
    await until('the channel is free', 10_000, async () =>
      (await slotOf('3125550123')) === undefined ? true : undefined,
    );
    await order('line-hang-up', { extension: '1005' });
  });

  it('takes a caller from the PSTN to a phone at the centre, who need not prove who he is', async () => {
    await order('line-call-in', { to: '1001', caller: 'shown' });
    await until('they talk', 15_000, async () =>
      (await slotOf('3125550123'))?.state === 'talking' ? true : undefined,
    );
    const slot = await slotOf('3125550123');
    await order('line-far-hang-up', { slot: slot?.slot ?? 0 });
    await until('the channel is free', 10_000, async () =>
      (await slotOf('3125550123')) === undefined ? true : undefined,
    );
  });

  it('keeps a call talking through a cut, and places new ones and 911 meanwhile', async () => {
    await order('call', { from: '1001', to: '1002' });
    const before = await talking('1001');
    await talking('1002');

    await order('wan', { up: false });
    const outage = await mode('survivable', 8000);
    assert.equal(outage.path.fault, 'wan-path');
    assert.equal(outage.posture.registrar, 'serve');

    await order('call', { from: '1003', to: '911' });
    const help = await talking('1003');
    assert.ok(help.emergency);
    const emergency = (await status()).calls.find((call) => call.emergency);
    assert.equal(emergency?.via, 'trunk t1');
    await farEndHears('911', '“1003 speaking”');

    // Both directions of the call, and what the operator says: fifty packets a second each.
    for (const party of ['1001', '1002', '1003']) {
      const heard = (await talking(party)).receivedPackets;
      await until(`${party} hears on`, 5000, async () =>
        (await talking(party)).receivedPackets > heard + 50 ? true : undefined,
      );
    }
    const same = (await labState()).calls.find((call) => call.id === before.id);
    assert.equal(same?.state, 'talking', 'it is the same call as before the cut');

    await order('hangup', { id: help.id });
    await order('hangup', { id: before.id });
    await until('no call is left', 5000, async () => ((await labState()).calls.length === 0 ? true : undefined));

    await order('call', { from: '1002', to: '1003' });
    await talking('1003');
    assert.ok((await status()).calls.some((call) => call.via === 'extension 1003'));
    await order('hangup', {});
  });

  it('dials out over the T1 while the WAN is cut: set-up, ringing tone, voices both ways', async () => {
    await order('line-lift', { extension: '1006' });
    await hears('1006', 'dial tone');
    await order('line-dial', { extension: '1006', digits: '913125550124', by: 'tone' });
    await hears('1006', 'ringing tone');
    assert.equal((await slotOf('3125550124'))?.state, 'ringing');
    await hears('1006', '“this is 3125550124”');
    await farEndHears('3125550124', '“Archive speaking”');
    assert.ok((await status()).calls.some((call) => call.via === 'trunk t1' && call.state === 'talking'));
    await order('line-hang-up', { extension: '1006' });
    await until('the channel is free', 10_000, async () =>
      (await slotOf('3125550124')) === undefined ? true : undefined,
    );
  });

  it('registers a phone that restarts in the outage, but not with a wrong password', async () => {
    const registration = async (): Promise<string | undefined> =>
      (await labState()).phones.find((phone) => phone.extension === '1002')?.registration;
    await order('restart-phone', { extension: '1002', wrongPassword: true });
    await until('the wrong password is refused', 5000, async () =>
      (await registration()) === 'refused' ? true : undefined,
    );
    await order('restart-phone', { extension: '1002' });
    await until('the right one is taken', 5000, async () =>
      (await registration()) === 'registered' ? true : undefined,
    );
    const phone = (await status()).phones.find(({ extension }) => extension === '1002');
    assert.equal(phone?.origin, 'served');
  });

  it('hands back after the hold-down, with a call up all the while', async () => {
    await order('call', { from: 'pstn', to: '1001' });
    const before = await talking('1001');
    await order('wan', { up: true });
    const returning = await mode('returning', 5000);
    assert.ok((returning.holdDown?.totalMs ?? 0) >= 20_000);
    await mode('inline', 40_000);
    const same = (await labState()).calls.find((call) => call.id === before.id);
    assert.equal(same?.state, 'talking');
    assert.ok((same?.receivedPackets ?? 0) > before.receivedPackets + 500);
    await order('hangup', {});
    const modes = (await status()).timeline.map((entry) => entry.fields.mode).filter((name) => name !== undefined);
    assert.deepEqual(modes.slice(0, 3), ['inline', 'returning', 'survivable']);
  });

  it('starts again what is killed, with the same page', async () => {
    const pidOf = (script: string): number | undefined =>
      descendants(lab.process.pid ?? 0).find((pid) => scriptOf(pid).endsWith(script));
    for (const script of ['appliance/main.js', 'sip-server/main.js', 'media-engine/main.js', 'line-server/main.js']) {
      const pid = pidOf(script);
      assert.ok(pid !== undefined, script);
      process.kill(pid, 'SIGKILL');
      await until(`another ${script}`, 3000, () => {
        const next = pidOf(script);
        return next !== undefined && next !== pid ? true : undefined;
      });
    }
    const back = await until('the page is back', 10_000, () => status().catch(() => undefined));
    assert.equal(back.phones.length, 3, 'registrations outlive the controller');
    await order('call', { from: '1001', to: '1002' }).catch(() => undefined);
    await until('a call succeeds again', 15_000, async () => {
      if ((await labState().catch(() => undefined))?.calls.some(({ state }) => state === 'talking')) return true;
      await order('call', { from: '1001', to: '1002' }).catch(() => undefined);
      return undefined;
    });
  });

  it('takes its children with it when it is killed, and leaves no port behind', async () => {
    const pids = await until('all children run', 5000, () => {
      const found = descendants(lab.process.pid ?? 0);
      return found.length >= 3 ? found : undefined;
    });
    lab.process.kill('SIGKILL');
    await until('every child is gone', 5000, () => (pids.some(isAlive) ? undefined : true));
  });
});

describe('npm start that cannot', { timeout: 60_000 }, () => {
  const state = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
  after(() => rmSync(state, { recursive: true, force: true }));

  const run = async (words: readonly string[]): Promise<Ended> => {
    const started = new Started(words);
    const timer = setTimeout(() => started.process.kill('SIGKILL'), 15_000);
    const ended = await started.ended;
    clearTimeout(timer);
    return ended;
  };

  it('says which port is taken, and what to do', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const { code, output } = await run(['--state', state, '--web', `127.0.0.1:${port}`]);
    server.close();
    assert.equal(code, 1);
    assert.match(output, /Another program already uses the port of the web page/);
    assert.match(output, new RegExp(`where: tcp 127\\.0\\.0\\.1:${port}`));
    assert.match(output, /to do: /);
  });

  it('says which folder cannot be written', async () => {
    const { code, output } = await run(['--state', '/proc/nowhere']);
    assert.equal(code, 1);
    assert.match(output, /The state folder cannot be written/);
  });

  it('names the lines of a bad configuration', async () => {
    const { code, output } = await run(['--state', state, '--config', join(state, 'none.yaml')]);
    assert.equal(code, 2);
    assert.match(output, /there is no such file or folder/);
  });

  it('explains its arguments', async () => {
    const { code, output } = await run(['--confg']);
    assert.equal(code, 2);
    assert.match(output, /unknown argument --confg[\s\S]*Usage: npm start/);
  });

  it('ends cleanly when it is asked to, with its children', async () => {
    const started = new Started(['--state', state, '--web', '127.0.0.1:0']);
    await until('the web: line', 20_000, () => started.url);
    const pids = descendants(started.process.pid ?? 0);
    started.process.kill('SIGTERM');
    const { code } = await started.ended;
    assert.equal(code, 0);
    assert.deepEqual(pids.filter(isAlive), []);
  });
});
