import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FileSysfs, readCards } from '../../../hw/dahdi/index.js';
import { AnalogCard } from './analog-card.js';
import { AnalogChecks } from './analog-checks.js';
import { BrokenLineChecks } from './broken-line-checks.js';
import { CardChecks } from './card-checks.js';
import { CheckList } from './check-list.js';
import { DialectChecks } from './dialect-checks.js';
import { dChannel, HoldfastLines, spanId } from './holdfast-lines.js';
import { HostileChecks } from './hostile-checks.js';
import { IsdnChecks } from './isdn-checks.js';
import { LineChecks } from './line-checks.js';
import { NfasChecks } from './nfas-checks.js';
import { SoundBench } from './sound-bench.js';
import { SoundChecks } from './sound-checks.js';
import { TelephoneNetwork } from './telephone-network.js';

/** Inside the virtual machine: Holdfast's lines on one span, the independent network on the other. `--minutes`: sound for so long; `--trace`: the D-channel's frames in words. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0' },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const wanted = (part: string) => values.only === undefined || values.only.split(',').includes(part);

const list = new CheckList();
const lines = new HoldfastLines('/run/samples');
const network = new TelephoneNetwork();
let sound: SoundBench | undefined;

const plugged = async (id: string) =>
  lines.reports.expect(`plugged ${id}`, 60, (report) =>
    report.kind === 'plugged' && report.span.id === id ? report : undefined,
  );

await list.check('cards: both spans are found, numbered and described', async () => {
  const span = await plugged(spanId);
  await plugged('dahdi/DYN-loc-1-1/1');
  if (span.span.kind !== 't1' || span.channels.length !== 24) throw new Error(JSON.stringify(span.span));
});
const far = readCards(new FileSysfs('/')).find(({ key }) => key === 'DYN-loc-1-1')?.spans[0];
const first = far?.channels[0]?.number;
if (far === undefined || first === undefined) throw new Error('there is no second span');

if (['isdn', 'sound', 'cards', 'dialects', 'hostile', 'nfas'].some(wanted) || minutes > 0) {
  lines.configureSpan();
  await network.do(`span ${far.number} ccs`);
  for (let slot = 0; slot < 23; slot++) await network.do(`set ${first + slot} bearer`);
  await network.all(`set ${first + 23} dchan`, `start ${far.number}`, `isdn open ${first + 23} ni2 network`);
  lines.openDChannel();
  if (values.trace) lines.do({ kind: 'trace', dChannel, on: true });
  const isdn = new IsdnChecks(lines, network);
  if (wanted('isdn')) await isdn.run(list);
  else await isdn.up();
  if (wanted('sound') || minutes > 0) {
    await list.check('the media engine starts', async () => {
      sound = await SoundBench.start(lines, '/tmp/engine');
    });
    await new SoundChecks(lines, network, sound, first).run(list, minutes);
  }
  if (wanted('cards')) await new CardChecks(lines, network).run(list);
  if (wanted('hostile')) {
    sound ??= await SoundBench.start(lines, '/tmp/engine');
    await new HostileChecks(lines, network, sound, first).run(list);
  }
  lines.do({ kind: 'closeDChannel', dChannel });
  await network.do('isdn close');
  await pause(500);
}
if (wanted('dialects')) await new DialectChecks(lines, network).run(list);
if (wanted('nfas')) await new NfasChecks(lines, network).run(list);
if (wanted('lines')) {
  sound ??= await SoundBench.start(lines, '/tmp/engine');
  lines.configureSpan();
  await network.all(`span ${far.number} cas`, `start ${far.number}`);
  await new LineChecks(lines, network, sound, first).run(list);
}
if (wanted('analog')) {
  sound ??= await SoundBench.start(lines, '/tmp/engine');
  const bench = { lines, sound, card: new AnalogCard() };
  await new AnalogChecks(bench).run(list);
  lines.configureSpan();
  await network.all(`span ${far.number} cas`, `start ${far.number}`);
  await new BrokenLineChecks(bench, network, first).run(list);
}
await sound?.stop();
network.stop();
await lines.stop();
process.stdout.write(`\n${list.table()}\n`);
process.exit(list.failed === 0 ? 0 : 1);
