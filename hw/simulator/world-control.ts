import type { Clock } from '../../src/base/index.js';
import type { WorldCommand, WorldState, WorldTelephone } from '../../src/tdm/index.js';
import { Errands } from './errands.js';
import { heardText, isProgressTone } from './sound.js';
import type { Telephone } from './telephone.js';
import type { TelephoneWorld } from './telephone-world.js';

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

function telephoneView(channel: string, telephone: Telephone | undefined): WorldTelephone {
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
