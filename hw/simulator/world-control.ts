import type { Clock } from '../../src/base/index.js';
import type { RedirectionReason } from '../../src/isdn/index.js';
import type { Alarm } from '../../src/tdm/index.js';
import { Errands } from './errands.js';
import type { SlotView } from './public-network.js';
import { heardText, isProgressTone } from './sound.js';
import type { Telephone } from './telephone.js';
import type { TelephoneWorld } from './telephone-world.js';

/** What can be seen of the world. */
export interface WorldState {
  readonly telephones: readonly TelephoneView[];
  readonly spans: readonly SpanView[];
}

export interface TelephoneView {
  /** `sim/0:1` */
  readonly channel: string;
  /** False: its card is pulled out. */
  readonly plugged: boolean;
  readonly lifted: boolean;
  readonly ringing: boolean;
  /** In words; '' for silence. */
  readonly hears: string;
  /** Messages wait. */
  readonly lamp: boolean;
  /** What the screen shows: of the last caller. */
  readonly shown: { readonly number: string; readonly name: string };
}

/** A T1 to the public network. */
export interface SpanView {
  readonly span: string;
  readonly plugged: boolean;
  readonly alarms: readonly Alarm[];
  readonly dChannel: { readonly up: boolean; readonly lost: boolean };
  readonly slots: readonly SlotView[];
}

export const shownAlarms = ['red', 'yellow', 'blue'] as const;

/** What a person may do in the world. */
export type WorldCommand =
  /** `says`: what the person at this telephone says, once somebody is heard. */
  | { readonly kind: 'lift'; readonly channel: string; readonly says?: string }
  | { readonly kind: 'hangUp'; readonly channel: string }
  | { readonly kind: 'dial'; readonly channel: string; readonly digits: string; readonly by: 'tone' | 'pulse' }
  | { readonly kind: 'flash'; readonly channel: string }
  /** A subscriber's line of the central office rings; undefined: the caller withholds. */
  | { readonly kind: 'ringLine'; readonly channel: string; readonly number?: string; readonly name?: string }
  /** Its caller gives up, or hangs up. */
  | { readonly kind: 'endLine'; readonly channel: string }
  | {
      readonly kind: 'callIn';
      readonly span: string;
      readonly called: string;
      readonly number?: string;
      readonly name?: string;
      readonly restricted: boolean;
      readonly redirectedFrom?: { readonly number: string; readonly reason: RedirectionReason };
    }
  /** Whoever is out there on a B-channel hangs up. */
  | { readonly kind: 'networkHangUp'; readonly span: string; readonly slot: number }
  | {
      readonly kind: 'alarm';
      readonly span: string;
      readonly alarm: (typeof shownAlarms)[number];
      readonly stands: boolean;
    }
  /** Frames of the D-channel are lost, or come again. */
  | { readonly kind: 'dChannel'; readonly span: string; readonly lost: boolean }
  | { readonly kind: 'plug'; readonly span: string; readonly plugged: boolean };

/** A person is not quicker than this when they have answered or are answered, ms. */
const beginsToSpeakMs = 300;

/** The people in the world: does what they are told, and speaks for those who are in a call. */
export class WorldControl {
  readonly #world: TelephoneWorld;
  readonly #errands: Errands;
  readonly #says = new Map<Telephone, string>();
  readonly #speaking = new Set<Telephone>();
  /** Seen once: a card that is pulled out still has its telephones. */
  readonly #channels = new Set<string>();

  constructor(world: TelephoneWorld, clock: Clock) {
    this.#world = world;
    this.#errands = new Errands(clock);
    world.watch(() => this.#attend());
    for (const span of world.spans)
      for (const { id } of span.channels) if (world.telephone(id) !== undefined) this.#channels.add(id);
  }

  state(): WorldState {
    return {
      telephones: [...this.#channels].map((channel) => telephoneView(channel, this.#world.telephone(channel))),
      spans: this.#world.cards.flatMap(({ id, plugged }) => {
        const network = this.#world.publicNetwork(id);
        if (network === undefined) return [];
        const { up, slots } = network;
        const alarms = this.#world.span(id)?.alarms ?? [];
        return [{ span: id, plugged, alarms, dChannel: { up, lost: network.dChannel.lost }, slots }];
      }),
    };
  }

  /** Why it cannot be done, in words for people. */
  command(command: WorldCommand): string | undefined {
    switch (command.kind) {
      case 'lift':
      case 'hangUp':
      case 'dial':
      case 'flash': {
        const telephone = this.#world.telephone(command.channel);
        if (telephone === undefined) return `There is no telephone on ${command.channel}.`;
        return this.#hands(telephone, command);
      }
      case 'ringLine':
      case 'endLine': {
        const line = this.#world.officeLine(command.channel);
        if (line === undefined) return `There is no line of an exchange on ${command.channel}.`;
        if (command.kind === 'endLine') line.farHangUp();
        else if (!line.ring(command.number, command.name)) return 'The line is in use.';
        return undefined;
      }
      case 'plug':
        return this.#plug(command.span, command.plugged);
      case 'alarm': {
        const span = this.#world.span(command.span);
        if (span === undefined) return `${command.span} is not plugged in.`;
        span.alarm(command.alarm, command.stands);
        return undefined;
      }
      default: {
        const network = this.#world.publicNetwork(command.span);
        if (network === undefined) return `There is no network behind ${command.span}.`;
        if (command.kind === 'dChannel') {
          network.lose(command.lost);
          return undefined;
        }
        if (command.kind === 'networkHangUp')
          return network.hangUp(command.slot) ? undefined : `Nobody is on channel ${command.slot}.`;
        const { called, number, name, restricted, redirectedFrom } = command;
        const made = network.call(called, {
          presentation: restricted ? 'restricted' : number === undefined ? 'unavailable' : 'allowed',
          ...(number === undefined ? {} : { number }),
          ...(name === undefined ? {} : { name }),
          ...(redirectedFrom === undefined ? {} : { redirectedFrom }),
        });
        return 'refused' in made ? made.refused : undefined;
      }
    }
  }

  close(): void {
    this.#errands.cancel();
  }

  #hands(
    telephone: Telephone,
    command: Extract<WorldCommand, { readonly kind: 'lift' | 'hangUp' | 'dial' | 'flash' }>,
  ): string | undefined {
    if (command.kind === 'lift') {
      const answers = telephone.alerted;
      if (command.says !== undefined) this.#says.set(telephone, command.says);
      telephone.lift();
      if (answers) this.#speak(telephone);
    } else if (command.kind === 'hangUp') {
      telephone.hangUp();
      // Afterwards: while it is put down it still hears the other side.
      this.#speaking.delete(telephone);
    } else if (!telephone.lifted) return 'Lift the handset first.';
    else if (command.kind === 'flash') telephone.flash();
    else if (command.by === 'tone') telephone.press(command.digits);
    else telephone.dial(command.digits);
    return undefined;
  }

  #plug(card: string, plugged: boolean): string | undefined {
    if (!this.#world.cards.some(({ id }) => id === card)) return `There is no card ${card}.`;
    if (plugged) this.#world.plug(card);
    else this.#world.unplug(card);
    return undefined;
  }

  /** Whoever hears somebody speaks; whoever hears a tone of the exchange is quiet. */
  #attend(): void {
    for (const channel of this.#channels) {
      const telephone = this.#world.telephone(channel);
      if (telephone === undefined || !telephone.lifted) continue;
      const { earpiece } = telephone;
      if (isProgressTone(earpiece)) {
        if (this.#speaking.delete(telephone)) telephone.quiet();
      } else if (earpiece.kind === 'voice' || earpiece.kind === 'tone') this.#speak(telephone);
    }
  }

  #speak(telephone: Telephone): void {
    const says = this.#says.get(telephone);
    if (says === undefined || this.#speaking.has(telephone)) return;
    this.#speaking.add(telephone);
    this.#errands.after(beginsToSpeakMs, () => {
      if (this.#speaking.has(telephone)) telephone.speak(says);
    });
  }
}

function telephoneView(channel: string, telephone: Telephone | undefined): TelephoneView {
  return {
    channel,
    plugged: telephone !== undefined,
    lifted: telephone?.lifted === true,
    ringing: telephone?.ringing === true,
    hears: telephone === undefined ? '' : heardText(telephone.earpiece),
    lamp: telephone !== undefined && (telephone.lamp.neon || telephone.lamp.data),
    shown: { number: telephone?.shown?.number ?? '', name: telephone?.shown?.name ?? '' },
  };
}
