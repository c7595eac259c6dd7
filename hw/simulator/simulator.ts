import { join } from 'node:path';
import type { Clock, Log, Random } from '../../src/base/index.js';
import { openControlDoor } from './control-door.js';
import { SampleBridge } from './sample-bridge.js';
import { type CardPlan, TelephoneWorld } from './telephone-world.js';
import { unixDoors } from './unix-doors.js';

export interface SimulatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly cards: readonly CardPlan[];
  /** Where the sockets are; it exists, belongs to us alone, and is short enough for `sim-1-24` (unix(7): 108 bytes in all). */
  readonly folder: string;
  /** Where people play in the world; absent: nobody can. */
  readonly control?: string;
}

/** What is in the box when there is no card: two telephones, a subscriber's line, and a T1 to the public network. */
export const simulatedCards: readonly CardPlan[] = [
  {
    ...({ kind: 'analog', id: 'sim/0', telephones: 2, hook: 'decoded' } as const),
    officeLines: [
      {
        ...({ start: 'loop', disconnect: 'openLoop', answerByPolarity: false, callerId: 'dataAfterRing' } as const),
        numberLength: 10,
      },
    ],
  },
  { kind: 't1', id: 'sim/1', to: 'pstn' },
];

/** What leaves sound the least to wait for; twice as long would save a third of the work. */
const blockMs = 10;

/** A simulated world with samples and control at Unix sockets, for a process that has no card. */
export function openSimulator(options: SimulatorOptions): { readonly world: TelephoneWorld; close(): void } {
  const { clock, random, log, cards, folder, control } = options;
  const pathOf = (channel: string) => join(folder, channel.replace(/[/:]/g, '-'));
  const samples = new SampleBridge({ clock, doors: unixDoors(log), blockMs, pathOf });
  const world = new TelephoneWorld({ clock, random, cards, samples });
  const door = control === undefined ? undefined : openControlDoor({ world, clock, log, path: control });
  return {
    world,
    close() {
      door?.close();
      world.close();
    },
  };
}
