import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import type { LabCommand } from '../../../appliance/lab/index.js';
import { parseLabCommand } from '../../../appliance/lab/lab-command.js';
import { LabLinesView } from '../../../appliance/lab/lab-lines.js';
import { parseLabCommand as parsePageCommand } from '../../../appliance/web/requests.js';
import { openSimulator, simulatedCards } from '../../../hw/simulator/index.js';
import { silentLog } from '../../../src/base/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { until } from '../../system/branch/patience.js';

type LineCommand = Parameters<LabLinesView['command']>[0];

describe('the lab and the simulated lines', { timeout: 60_000 }, () => {
  let folder: string;
  let lines: LabLinesView;
  const openWorld = () =>
    openSimulator({
      ...{ clock: systemClock, random: new SeededRandom(1), log: silentLog, cards: simulatedCards, folder },
      control: join(folder, 'world'),
    });
  let simulator: ReturnType<typeof openWorld>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hf-lab-'));
    lines = new LabLinesView({
      ...{ path: join(folder, 'world'), clock: systemClock, log: silentLog },
      onChange: () => undefined,
      speakerOf: (hz) => (hz === 700 ? '1001' : undefined),
    });
  });
  after(() => {
    lines.close();
    simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const telephone = () => lines.state()?.telephones[0];

  it('waits for the line process, and finds it again', async () => {
    assert.equal(lines.state(), undefined);
    assert.equal(await lines.command({ name: 'line-lift', extension: '1005' }), 'The lines are not there yet.');
    simulator = openWorld();
    await until('the lines', 10_000, () => lines.state());
    simulator.close();
    await until('no lines', 10_000, () => lines.state() === undefined);
    simulator = openWorld();
    await until('the lines again', 10_000, () => lines.state());
    assert.deepEqual(
      lines.state()?.telephones.map(({ extension, channel }) => [extension, channel]),
      [
        ['1005', 'sim/0:1'],
        ['1006', 'sim/0:2'],
      ],
    );
  });

  it('moves a telephone, and names who speaks by the tone of a SIP telephone', async () => {
    const channel = simulator.world.span('sim/0')?.channel(1);
    channel?.configure({ signalling: 'fxs-kewl', law: 'u' });
    assert.equal(await lines.command({ name: 'line-lift', extension: '1005' }), undefined);
    await until('lifted', 5000, () => telephone()?.lifted);
    channel?.play({ kind: 'tone', frequencies: [700] });
    await until('who speaks', 5000, () => telephone()?.hears === '“1001 speaking”');
    channel?.play({ kind: 'tone', frequencies: [350, 440] });
    await until('dial tone', 5000, () => telephone()?.hears === 'dial tone');
    assert.equal(await lines.command({ name: 'line-hang-up', extension: '1005' }), undefined);
    await until('on hook', 5000, () => telephone()?.lifted === false);
    assert.match((await lines.command({ name: 'line-lift', extension: '1001' })) ?? '', /no telephone 1001/);
    assert.match((await lines.command({ name: 'line-far-hang-up', slot: 3 })) ?? '', /Nobody is on channel 3/);
    assert.match(
      (await lines.command({ name: 'line-call-in', to: '1005', caller: 'shown' })) ?? '',
      /D-channel is down/,
    );
    assert.equal(await lines.command({ name: 'line-alarm', alarm: 'blue', on: true }), undefined);
    await until('an alarm', 5000, () => lines.state()?.spans[0]?.alarms.includes('blue'));
  });

  it('takes the same commands as the page does', () => {
    const good: readonly LineCommand[] = [
      { name: 'line-lift', extension: '1005' },
      { name: 'line-hang-up', extension: '1005' },
      { name: 'line-flash', extension: '1005' },
      { name: 'line-dial', extension: '1005', digits: '*72', by: 'tone' },
      { name: 'line-call-in', to: '1005', caller: 'redirected' },
      { name: 'line-far-hang-up', slot: 23 },
      { name: 'line-alarm', alarm: 'yellow', on: false },
      { name: 'line-d-channel', lost: true },
      { name: 'line-plug', card: 'analog', plugged: false },
    ];
    const bodyOf = ({ name: _, ...body }: LabCommand) => body;
    for (const command of good) {
      assert.deepEqual(parseLabCommand(command.name, JSON.stringify(bodyOf(command))), command);
      assert.deepEqual(parsePageCommand(command.name, bodyOf(command)), { ok: true, value: command });
      assert.equal(parseLabCommand(command.name, '{}'), undefined);
      assert.equal(parsePageCommand(command.name, {}).ok, false);
    }
    const bad: readonly (readonly [string, object])[] = [
      ['line-dial', { extension: '1005', digits: '1', by: 'shouting' }],
      ['line-call-in', { to: '1005', caller: 'nobody' }],
      ['line-alarm', { alarm: 'green', on: true }],
      ['line-plug', { card: 'other', plugged: true }],
      ['line-dance', {}],
    ];
    for (const [name, body] of bad) {
      assert.equal(parseLabCommand(name, JSON.stringify(body)), undefined);
      assert.equal(parsePageCommand(name, body).ok, false);
    }
  });
});
