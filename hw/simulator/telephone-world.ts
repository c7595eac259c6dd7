import type { Clock, Random } from '../../src/base/index.js';
import type { HardwareEvent, LineHardware, SpanDescription } from '../../src/tdm/index.js';
import { CentralOfficeLine, type CentralOfficeSettings } from './central-office-line.js';
import { EmergencyTandem } from './emergency-tandem.js';
import type { NetworkOutcome } from './network-plan.js';
import { PrivateExchange } from './private-exchange.js';
import { SimulatedChannel } from './simulated-channel.js';
import { SimulatedSpan } from './simulated-span.js';
import { Telephone } from './telephone.js';

/** What is plugged into one card. */
export type CardPlan =
  /** Jacks: telephones first, then lines of the central office. */
  | {
      readonly kind: 'analog';
      readonly id: string;
      readonly telephones: number;
      /** What the card tells of a telephone's hook. */
      readonly hook: 'raw' | 'decoded';
      readonly officeLines: readonly CentralOfficeSettings[];
    }
  /** A T1 of 24 trunks: E&M with wink start to a PBX, or CAMA to the tandem of the emergency services. */
  | { readonly kind: 't1'; readonly id: string; readonly to: 'exchange' | 'emergency' };

export interface TelephoneWorldOptions {
  readonly clock: Clock;
  /** Everything that varies here comes from it. */
  readonly random: Random;
  readonly cards: readonly CardPlan[];
  /** What the network and the PBX do with a number. */
  readonly plan?: (number: string) => NetworkOutcome;
}

const t1Trunks = 24;
const analogAbilities = {
  hook: 'raw',
  pulses: true,
  polarity: true,
  current: true,
  neon: true,
  echoTailMs: 128,
} as const;

/** Simulated cards, and the telephones, exchanges and people at the other end of their wires. */
export class TelephoneWorld implements LineHardware {
  readonly #options: TelephoneWorldOptions;
  readonly #plans = new Map<string, CardPlan>();
  readonly #spans = new Map<string, SimulatedSpan>();
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];

  constructor(options: TelephoneWorldOptions) {
    this.#options = options;
    for (const card of options.cards) {
      this.#plans.set(card.id, card);
      this.#spans.set(card.id, this.#make(card));
    }
  }

  get spans(): readonly SimulatedSpan[] {
    return [...this.#spans.values()];
  }

  on(listener: (event: HardwareEvent) => void): void {
    this.#listeners.push(listener);
    for (const span of this.#spans.values()) listener({ kind: 'plugged', span });
  }

  /** Undefined for a card that is not there (any more). */
  span(id: string): SimulatedSpan | undefined {
    return this.#spans.get(id);
  }

  /** Whoever is at the other end of a channel. */
  telephone(channel: string): Telephone | undefined {
    const end = this.#channel(channel)?.end;
    return end instanceof Telephone ? end : undefined;
  }

  officeLine(channel: string): CentralOfficeLine | undefined {
    const end = this.#channel(channel)?.end;
    return end instanceof CentralOfficeLine ? end : undefined;
  }

  exchangeTrunk(channel: string): PrivateExchange | undefined {
    const end = this.#channel(channel)?.end;
    return end instanceof PrivateExchange ? end : undefined;
  }

  tandemTrunk(channel: string): EmergencyTandem | undefined {
    const end = this.#channel(channel)?.end;
    return end instanceof EmergencyTandem ? end : undefined;
  }

  /** Takes a card out while everything runs. */
  unplug(id: string): void {
    const span = this.#spans.get(id);
    if (span === undefined) return;
    this.#spans.delete(id);
    span.unplug();
    this.#tell({ kind: 'unplugged', id });
  }

  /** Puts it back, with everybody on hook. */
  plug(id: string): void {
    const plan = this.#plans.get(id);
    if (plan === undefined || this.#spans.has(id)) return;
    const span = this.#make(plan);
    this.#spans.set(id, span);
    this.#tell({ kind: 'plugged', span });
  }

  #channel(id: string): SimulatedChannel | undefined {
    for (const span of this.#spans.values()) {
      const found = span.channels.find((channel) => channel.id === id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #tell(event: HardwareEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #make(card: CardPlan): SimulatedSpan {
    const { clock, random, plan } = this.#options;
    const description: SpanDescription = {
      id: card.id,
      kind: card.kind,
      name: card.kind === 't1' ? 'simulated T1' : 'simulated analog card',
      location: 'simulator',
      kinds: [],
    };
    const behind = plan === undefined ? {} : { plan };
    return new SimulatedSpan(description, (spanAlarms) => {
      const channel = (number: number, end: ConstructorParameters<typeof SimulatedChannel>[0]['end']) =>
        new SimulatedChannel({
          clock,
          id: `${card.id}:${number}`,
          number,
          abilities:
            card.kind === 't1'
              ? { ...analogAbilities, pulses: false, polarity: false, neon: false }
              : { ...analogAbilities, hook: number <= card.telephones ? card.hook : 'raw' },
          end,
          spanAlarms,
        });
      if (card.kind === 't1')
        return Array.from({ length: t1Trunks }, (_, at) =>
          channel(at + 1, (outlet) =>
            card.to === 'emergency'
              ? new EmergencyTandem({ clock, outlet })
              : new PrivateExchange({ clock, random, outlet, ...behind }),
          ),
        );
      const telephones = Array.from({ length: card.telephones }, (_, at) =>
        channel(at + 1, (outlet) => new Telephone({ clock, random, outlet, hook: card.hook })),
      );
      const lines = card.officeLines.map((settings, at) =>
        channel(
          card.telephones + at + 1,
          (outlet) => new CentralOfficeLine({ clock, random, outlet, settings, ...behind }),
        ),
      );
      return [...telephones, ...lines];
    });
  }
}
