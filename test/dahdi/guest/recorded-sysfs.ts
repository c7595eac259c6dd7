import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../appliance/io/index.js';
import { DahdiHardware, FileSysfs, LinuxKernel } from '../../../hw/dahdi/index.js';
import { silentLog } from '../../../src/base/index.js';
import { AnalogCard } from './analog-card.js';

/**
 * Inside the virtual machine: prints what the driver's core shows of the analog card and of a T1 span, once Holdfast numbered them, as
 * `path = text`, the way test/unit/dahdi/recorded-tree.ts keeps it. The channels of the T1 are left out.
 */

/** What does not say what a card is, or is of the kernel's own. */
const leftOut = /^(?:power|uevent|driver|driver_override|subsystem|dev)$/;

function record(from: string, as: string): readonly string[] {
  return readdirSync(from)
    .sort()
    .flatMap((name) => {
      // A span is in its card's folder, too, and has a place of its own on its bus.
      if (leftOut.test(name) || /^span-\d+$/.test(name)) return [];
      if (name.startsWith('dahdi!chan!001!')) return [];
      const [path, at] = [`${from}/${name}`, `${as}/${name}`];
      const found = lstatSync(path);
      if (found.isSymbolicLink()) return [`${at} = -> ${readlinkSync(path)}`];
      return found.isDirectory() ? record(path, at) : [`${at} = ${textOf(path)}`];
    });
}

/** Those for writing alone are ''. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '').replaceAll('\n', '\\n');
  } catch {
    return '';
  }
}

if (readdirSync('/sys/bus/dahdi_devices/devices').every((name) => !name.startsWith('platform:')))
  await new AnalogCard().insert();
const hardware = new DahdiHardware({
  ...{ clock: systemClock, log: silentLog, kernel: new LinuxKernel(), sysfs: new FileSysfs('/') },
});
while (hardware.spans.length < 3) await pause(50);
hardware.stop();
for (const [bus, names] of [
  ['dahdi_devices', ['dynamic:loc:0', 'platform:holdfast-analog.0']],
  ['dahdi_spans', ['span-1', 'span-3']],
] as const) {
  const folder = `sys/bus/${bus}`;
  process.stdout.write(`${folder}/drivers_autoprobe = ${textOf(`/${folder}/drivers_autoprobe`)}\n`);
  for (const name of names)
    process.stdout.write(
      record(`/${folder}/devices/${name}`, `${folder}/devices/${name}`)
        .map((line) => `${line}\n`)
        .join(''),
    );
}
process.exit(0);
