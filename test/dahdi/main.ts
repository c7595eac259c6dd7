import { VirtualMachine } from './virtual-machine.js';
import { vmImage } from './vm-image.js';

/**
 * Holdfast's lines against the kernel's own driver, in a virtual machine.
 *   main.js                all checks of guest/main.ts, against the independent network on the second span
 *   main.js --only isdn,sound,cards,hostile,nfas,dialects,lines,analog --minutes 30 --trace    some, sound for so long, the D-channel's frames in words
 *   main.js run COMMAND…   boots, makes two T1 spans that are wired to each other, runs a shell command, ends with its status
 */

const words = process.argv.slice(2);
/** Two T1 spans, wired to each other inside the driver; neither gives a clock, so that the driver's own timer does. */
const wire = 'dynamic-span create loc 1:0 24 0 && dynamic-span create loc 1:1 24 0';

/**
 * What runs is in the machine's memory before it does: while something is read from the host nothing is computed, and emulated time,
 * which does not wait, would go by in seconds.
 */
const load = [
  'cat "$(command -v node)" $(ldd "$(command -v node)" | grep -o "/[^ ]*") /usr/lib/*/libpri.so.1.4 > /dev/null',
  'find build/src build/hw build/appliance build/test/dahdi build/test/system node_modules/koffi -type f | grep -E "[.](js|json|node)$" | xargs cat > /dev/null',
].join('; ');

const say = (line: string) => process.stderr.write(`dahdi: ${line}\n`);

/** Emulated time may take as long again. */
const slowness = 3;

async function runCommand(command: string, seconds: number): Promise<number> {
  const machine = await bootWired(seconds);
  try {
    const { status } = await machine.run(command, seconds * slowness, (line) => process.stdout.write(`${line}\n`));
    return status;
  } finally {
    await machine.stop();
  }
}

async function bootWired(seconds: number): Promise<VirtualMachine> {
  const image = vmImage(say);
  const started = Date.now();
  const machine = await VirtualMachine.boot({ image, lifeSeconds: seconds + 300 });
  say(`booted in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const wired = await machine.run(`${load}; ${wire}`, 180);
  say(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (wired.status === 0) return machine;
  await machine.stop();
  throw new Error(`the spans were not made:\n${wired.output}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main(): Promise<number> {
  if (words[0] === 'run' && words.length > 1) return runCommand(words.slice(1).join(' '), 600);
  const at = words.indexOf('--minutes');
  const minutes = at < 0 ? 0 : Number(words[at + 1]);
  const fit = words.every((word) => /^(?:--only|--minutes|--trace|[a-z,]+|\d{1,3})$/.test(word));
  if (fit && minutes >= 0) {
    return runCommand(`exec node build/test/dahdi/guest/main.js ${words.join(' ')}`, 600 + minutes * 60);
  }
  process.stderr.write('usage: main.js [--only PART,…] [--minutes N] [--trace] | run COMMAND…\n');
  return 2;
}
