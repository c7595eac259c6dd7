import type { Clock, Log } from '../../src/base/index.js';
import type { WorldCommand } from '../../src/tdm/index.js';
import type { LabCommand, LabLines } from '../io/index.js';
import { outsideName, outsideNumber, type Person, people, telephones } from './account.js';
import { WorldLink } from './world-link.js';

/** How many digits of a direct number the network sends. */
const nationalDigits = 10;
/** Of the card that the telephones are on, and of the T1. */
const [analogCard, networkSpan] = ['sim/0', 'sim/1'];

export interface LabLinesOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  /** Whose a tone is that the SIP telephones speak with. */
  readonly speakerOf: (toneHz: number) => string | undefined;
}

type LineCommand = Extract<LabCommand, { readonly name: `line-${string}` }>;

/** The analog telephones and the T1 of the lab. */
export class LabLinesView {
  readonly #link: WorldLink;
  readonly #speakerOf: LabLinesOptions['speakerOf'];

  constructor(options: LabLinesOptions) {
    this.#link = new WorldLink(options);
    this.#speakerOf = options.speakerOf;
  }

  /** Undefined while the line process is away. */
  state(): LabLines | undefined {
    const world = this.#link.state;
    if (world === undefined) return undefined;
    return {
      telephones: telephones.flatMap(({ channel, person }) => {
        const found = world.telephones.find((telephone) => telephone.channel === channel);
        if (found === undefined) return [];
        const { extension, name, did } = person;
        return [{ ...found, extension, name, did, hears: this.#named(found.hears) }];
      }),
      spans: world.spans.map((span) => ({
        ...span,
        slots: span.slots.map((slot) => ({ ...slot, hears: this.#named(slot.hears) })),
      })),
    };
  }

  /** Resolves with the reason when it cannot be done. */
  async command(command: LineCommand): Promise<string | undefined> {
    const asked = wordsOf(command);
    return 'refused' in asked ? asked.refused : this.#link.command(asked);
  }

  close(): void {
    this.#link.close();
  }

  /** A SIP telephone of the lab has a tone for a voice. */
  #named(hears: string): string {
    const hz = Number(/^a tone of (\d+) Hz$/.exec(hears)?.[1]);
    const speaker = Number.isNaN(hz) ? undefined : this.#speakerOf(hz);
    return speaker === undefined ? hears : `“${speaker} speaking”`;
  }
}

function wordsOf(command: LineCommand): WorldCommand | { readonly refused: string } {
  switch (command.name) {
    case 'line-lift':
    case 'line-hang-up':
    case 'line-flash':
    case 'line-dial': {
      const found = telephones.find(({ person }) => person.extension === command.extension);
      return found === undefined ? { refused: `There is no telephone ${command.extension}.` } : hand(command, found);
    }
    case 'line-call-in': {
      const person = people.find(({ extension }) => extension === command.to);
      return person === undefined
        ? { refused: `Nobody has the extension ${command.to}.` }
        : callIn(person, command.caller);
    }
    case 'line-far-hang-up':
      return { kind: 'networkHangUp', span: networkSpan, slot: command.slot };
    case 'line-alarm':
      return { kind: 'alarm', span: networkSpan, alarm: command.alarm, stands: command.on };
    case 'line-d-channel':
      return { kind: 'dChannel', span: networkSpan, lost: command.lost };
    case 'line-plug':
      return { kind: 'plug', span: command.card === 'analog' ? analogCard : networkSpan, plugged: command.plugged };
  }
}

function hand(
  command: Extract<LineCommand, { readonly extension: string }>,
  { channel, person }: (typeof telephones)[number],
): WorldCommand {
  switch (command.name) {
    case 'line-lift':
      return { kind: 'lift', channel, says: `${person.name} speaking` };
    case 'line-hang-up':
      return { kind: 'hangUp', channel };
    case 'line-flash':
      return { kind: 'flash', channel };
    case 'line-dial':
      return { kind: 'dial', channel, digits: command.digits, by: command.by };
  }
}

function callIn(person: Person, caller: 'shown' | 'withheld' | 'redirected'): WorldCommand {
  const national = (number: string) => number.slice(-nationalDigits);
  const [reception] = people;
  return {
    ...{ kind: 'callIn', span: networkSpan, called: national(person.did), number: national(outsideNumber) },
    ...(caller === 'withheld' ? {} : { name: outsideName }),
    restricted: caller === 'withheld',
    ...(caller === 'redirected' && reception !== undefined
      ? { redirectedFrom: { number: national(reception.did), reason: 'busy' } }
      : {}),
  };
}
