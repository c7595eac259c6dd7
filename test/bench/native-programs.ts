import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./native/', import.meta.url));
const sources = fileURLToPath(new URL('../../../test/bench/native/', import.meta.url));
let built = false;

/** The load generator: native/voice-load.cc says what it does. */
export function voiceLoadProgram(): string {
  build();
  return `${folder}voice-load`;
}

/** A line card without a card: native/tdm-load.cc. */
export function tdmLoadProgram(): string {
  build();
  return `${folder}tdm-load`;
}

/** The least that lines can cost: native/tdm-floor.cc. */
export function tdmFloorProgram(): string {
  build();
  return `${folder}tdm-floor`;
}

/** For LD_PRELOAD: native/opus-complexity.cc. */
export function complexityLibrary(): string {
  build();
  return `${folder}opus-complexity.so`;
}

/** Compiled when first needed, and when a source has changed. */
function build(): void {
  if (built) return;
  const made = spawnSync('make', ['--silent', '--directory', sources, `OUT=${folder.replace(/\/$/, '')}`], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`the programs of the benchmark do not compile: ${made.stderr}`);
  built = true;
}
