import type { Signalling } from '../../src/tdm/index.js';
import { signallingBits } from './kernel-codes.js';

interface Named {
  /** As sysfs has it. */
  readonly name: string;
  readonly bits: number;
}

/** DAHDI names a channel by its far end: what signals as an FXO would, feeds a telephone. */
const analog: { readonly [name in Exclude<Signalling, 'dChannel'>]: Named } = {
  'fxs-loop': { name: 'FXOLS', bits: signallingBits.fxols },
  'fxs-ground': { name: 'FXOGS', bits: signallingBits.fxogs },
  'fxs-kewl': { name: 'FXOKS', bits: signallingBits.fxoks },
  'fxo-loop': { name: 'FXSLS', bits: signallingBits.fxsls },
  'fxo-ground': { name: 'FXSGS', bits: signallingBits.fxsgs },
  'fxo-kewl': { name: 'FXSKS', bits: signallingBits.fxsks },
  'em-immediate': { name: 'E&M', bits: signallingBits.em },
  'em-wink': { name: 'E&M', bits: signallingBits.em },
  'em-fgd': { name: 'E&M', bits: signallingBits.em },
  cama: { name: 'E&M', bits: signallingBits.em },
  bearer: { name: 'Clear', bits: signallingBits.clear },
  clear: { name: 'Clear', bits: signallingBits.clear },
};

const all: readonly Exclude<Signalling, 'dChannel'>[] = [
  'fxs-loop',
  'fxs-ground',
  'fxs-kewl',
  'fxo-loop',
  'fxo-ground',
  'fxo-kewl',
  'em-immediate',
  'em-wink',
  'em-fgd',
  'cama',
  'bearer',
  'clear',
];

/** E1's E&M has other bits. */
const emOfE1: Named = { name: 'E&M-E1', bits: signallingBits.emE1 };

/** A D-channel: the card's own HDLC, where it has nothing else, or the kernel's with its check sequence. */
const frames: readonly (Named & { readonly over: string })[] = [
  { name: 'HDLCFCS', bits: signallingBits.hdlcFcs, over: 'Clear' },
  { name: 'HARDHDLC', bits: signallingBits.hardHdlc, over: 'HARDHDLC' },
];

/** What a channel can be set to, of what its driver lists; analog cards list a clear channel that means nothing on a pair of wires. */
export function signallingOf(choices: readonly string[], digital: boolean): readonly Signalling[] {
  const found: Signalling[] = all.filter((each) => {
    if (!digital && analog[each].name === 'Clear') return false;
    return bitsOf(each, choices) !== undefined;
  });
  return digital && bitsOf('dChannel', choices) !== undefined ? [...found, 'dChannel'] : found;
}

/** What the kernel is told for it; undefined: the channel cannot. */
export function bitsOf(signalling: Signalling, choices: readonly string[]): number | undefined {
  if (signalling === 'dChannel') return frames.find(({ over }) => choices.includes(over))?.bits;
  const { name, bits } = analog[signalling];
  if (choices.includes(name)) return bits;
  return name === 'E&M' && choices.includes(emOfE1.name) ? emOfE1.bits : undefined;
}
