import type { Clock, Random } from '../../src/base/index.js';
import type { HardwareEvent, LineHardware, SpanDescription } from '../../src/tdm/index.js';
import { CentralOfficeLine, type CentralOfficeSettings } from './central-office-line.js';
import { EmergencyTandem } from './emergency-tandem.js';
import type { NetworkOutcome } from './network-plan.js';
import { PrivateExchange } from './private-exchange.js';
import { bearerSlots, PublicNetwork } from './public-network.js';
import type { SampleBridge } from './sample-bridge.js';
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
  /**
   * A T1 of 24 trunks: E&M with wink start to a PBX, or CAMA to the tandem of the emergency services; or primary rate ISDN to the
   * public network, 23 B-channels and a D-channel.
   */
  | { readonly kind: 't1'; readonly id: string; readonly to: 'exchange' | 'emergency' | 'pstn' };

export interface TelephoneWorldOptions {
  readonly clock: Clock;
  /** Everything that varies here comes from it. */
  readonly random: Random;
  readonly cards: readonly CardPlan[];
  /** What the network and the PBX do with a number. */
  readonly plan?: (number: string) => NetworkOutcome;
  /** Gives channels their samples. Without it sound is events (`play` and `onSound` of each channel). */
  readonly samples?: SampleBridge;
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
  readonly #networks = new Map<string, PublicNetwork>();
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(options: TelephoneWorldOptions) {
    this.#options = options;
    for (const card of options.cards) {
      this.#plans.set(card.id, card);
      if (card.kind === 't1' && card.to === 'pstn') this.#networks.set(card.id, this.#network(card.id));
      this.#spans.set(card.id, this.#make(card));
    }
  }

  /** Calls `watcher` after anything that can be seen of this world; returns the way to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
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

  /** The public network behind a card, plugged in or not. */
  publicNetwork(card: string): PublicNetwork | undefined {
    return this.#networks.get(card);
  }

  /** Whether a card that there once was is in its place. */
  get cards(): readonly { readonly id: string; readonly kind: CardPlan['kind']; readonly plugged: boolean }[] {
    return [...this.#plans.values()].map(({ id, kind }) => ({ id, kind, plugged: this.#spans.has(id) }));
  }

  /** Takes a card out while everything runs. */
  unplug(id: string): void {
    const span = this.#spans.get(id);
    if (span === undefined) return;
    this.#spans.delete(id);
    for (const channel of span.channels) this.#options.samples?.detach(channel);
    span.unplug();
    this.#networks.get(id)?.unplugged();
    this.#tell({ kind: 'unplugged', id });
    this.#changed();
  }

  /** Puts it back, with everybody on hook. */
  plug(id: string): void {
    const plan = this.#plans.get(id);
    if (plan === undefined || this.#spans.has(id)) return;
    const span = this.#make(plan);
    this.#spans.set(id, span);
    this.#tell({ kind: 'plugged', span });
    this.#changed();
  }

  /** No socket of a channel is left. */
  close(): void {
    this.#options.samples?.close();
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

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #network(card: string): PublicNetwork {
    const { clock, random, plan } = this.#options;
    return new PublicNetwork({
      ...{ clock, random, id: `${card}:${bearerSlots + 1}` },
      ...(plan === undefined ? {} : { plan }),
      changed: () => this.#changed(),
    });
  }

  #make(card: CardPlan): SimulatedSpan {
    const span = this.#makeSpan(card);
    const { samples } = this.#options;
    for (const channel of span.channels) if (channel.samples !== undefined) samples?.attach(channel);
    return span;
  }

  #makeSpan(card: CardPlan): SimulatedSpan {
    const { clock, random, plan, samples } = this.#options;
    const network = this.#networks.get(card.id);
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
          // Frames of a D-channel go by themselves.
          samples: network !== undefined && number > bearerSlots ? undefined : samples?.placeOf(`${card.id}:${number}`),
          changed: () => this.#changed(),
        });
      if (card.kind === 't1')
        return Array.from({ length: t1Trunks }, (_, at) =>
          channel(at + 1, (outlet) => {
            if (network !== undefined)
              return at < bearerSlots ? network.bearer(at + 1, outlet) : network.dChannel.plug(outlet);
            return card.to === 'emergency'
              ? new EmergencyTandem({ clock, outlet })
              : new PrivateExchange({ clock, random, outlet, ...behind });
          }),
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
