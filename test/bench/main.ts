// npm run bench -- [failover] [registrations] [calls] [proxying] [memory] [parse] [safety] [secure] [media] [voice-quality] [tdm] [lines]
//   [soak --minutes N] [--write] [--rounds N] [--connections N]
// Measures Holdfast beside Kamailio 5.6 (media: rtpengine 10.5) in one run and prints both sides; --write puts them into RESULTS.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calls } from './calls.js';
import { failover } from './failover.js';
import { lines } from './lines.js';
import { media } from './media.js';
import { memory } from './memory.js';
import { parse } from './parse.js';
import { proxying } from './proxying.js';
import { registrations } from './registrations.js';
import { markdown, type Section } from './rows.js';
import { safety } from './safety.js';
import { secure } from './secure.js';
import { soak } from './soak.js';
import { tdm } from './tdm.js';
import { voiceQuality } from './voice-quality.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '60' },
  },
});

const parts: Readonly<Record<string, () => Promise<Section>>> = {
  failover: () => failover(Number(values.rounds)),
  registrations,
  calls,
  proxying,
  memory,
  parse,
  safety: () => safety(Number(values.connections)),
  secure,
  media: () => media(4),
  'voice-quality': voiceQuality,
  tdm,
  lines,
  soak: () => soak(Number(values.minutes)),
};
/** Only when asked for: it takes an hour. */
const usual = Object.keys(parts).filter((name) => name !== 'soak');

const unknown = positionals.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`bench: no such part: ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}

const chosen = positionals.length > 0 ? positionals : usual;
const results = fileURLToPath(new URL('../../../test/bench/RESULTS.md', import.meta.url));

for (const name of chosen) {
  const measure = parts[name];
  if (measure === undefined) continue;
  const section = await measure();
  const text = markdown(section);
  process.stdout.write(`${text}\n`);
  if (values.write) writeSection(section.title, `${text}\n${circumstances(name)}\n`);
}
process.exit();

function circumstances(name: string): string {
  const [processor] = cpus();
  const kernel = release().split('-')[0];
  return (
    `Command: \`npm run bench -- ${name} --write\`. Machine: ${cpus().length} × ${processor?.model.trim() ?? 'unknown processor'}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GB, Linux ${kernel}, Node ${process.version}. Date: ${new Date().toISOString().slice(0, 10)}.\n`
  );
}

/** Replaces the part of that title, or puts it at the end. */
function writeSection(title: string, text: string): void {
  const before = readFileSync(results, 'utf8');
  const all = before.split(/^(?=## )/m);
  const at = all.findIndex((part) => part.startsWith(`## ${title}\n`));
  if (at >= 0) all[at] = text;
  else all.push(text);
  writeFileSync(results, `${all.map((part) => part.trimEnd()).join('\n\n')}\n`);
}
