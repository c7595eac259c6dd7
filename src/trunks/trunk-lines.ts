import type { AnalogCountry, TrunkSettings as LineTrunkSettings, OfficeSettings } from '../analog/index.js';
import { type Clock, cause, hexToken, type Log, type Random, type Timer } from '../base/index.js';
import type { CallSetup, Leg, LegContinuation, ResumedEnd } from '../call/index.js';
import type { BChannel } from '../isdn/index.js';
import { TdmLeg } from '../lines/index.js';
import type { CountryTones, LineEngine, PortId, Source } from '../media/index.js';
import type { DChannelSettings, DChannels, LineHardware, SpanSettings } from '../tdm/index.js';
import type { TrunkChannelStatus } from './channel-status.js';
import { IsdnLink, type IsdnTrunkRules } from './isdn-link.js';
import type { PlacedAs } from './isdn-setup.js';
import { LineBook } from './line-book.js';
import type { MemberArrival, MemberCall, TrunkMember } from './member-call.js';
import type { NumberRules } from './number-rules.js';
import { OfficeMember } from './office-member.js';
import { TieMember } from './tie-member.js';
import type { TrunkCall } from './trunk-call.js';
import { TrunkGroup, type TrunkGroupSettings, type TrunkGroupStatus } from './trunk-group.js';
import { type LineGains, TrunkVoice } from './trunk-voice.js';

/** One channel of a trunk. */
export type TrunkMemberSettings =
  | { readonly kind: 'isdn'; readonly channel: string; readonly dChannel: string; readonly at: BChannel }
  | {
      readonly kind: 'office';
      readonly channel: string;
      readonly line: Omit<OfficeSettings, 'country' | 'cardPulses' | 'cardCurrent'>;
      /** What its callers have called. */
      readonly called: string;
      readonly waitsForCallerId: boolean;
      readonly gains: LineGains;
    }
  | { readonly kind: 'tie'; readonly channel: string; readonly line: LineTrunkSettings };

/** A trunk over lines. */
export interface LineTrunkSettingsOf extends TrunkGroupSettings {
  readonly law: 'u' | 'a';
  readonly numbers: NumberRules;
  readonly members: readonly TrunkMemberSettings[];
  readonly isdn: Pick<
    IsdnTrunkRules,
    'presentation' | 'callerName' | 'redirecting' | 'bearer' | 'overlap' | 'hearsAnnouncements' | 'transfers'
  >;
  /** Digits of a number that arrives; undefined: the dial plan says when one is whole. */
  readonly receivedDigits?: number;
}

export interface IsdnGroupSettings {
  readonly dChannel: DChannelSettings;
  readonly restarts: boolean;
  readonly serviceMessages: boolean;
}

export interface TrunkLinesSettings {
  readonly spans: ReadonlyMap<string, SpanSettings>;
  /** Length of the echo path that cards cancel, as far as they can, ms; 0: none. */
  readonly echoTailMs: number;
  readonly groups: readonly IsdnGroupSettings[];
  readonly trunks: readonly LineTrunkSettingsOf[];
  readonly country: AnalogCountry;
  readonly tones: CountryTones;
  /** Host part of URIs in header fields that are made here. */
  readonly domain: string;
}

export interface TrunkLinesPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hardware: LineHardware;
  readonly dChannels: DChannels;
  readonly engine: LineEngine;
  /** File of the music on hold; undefined: none. */
  readonly music: () => string | undefined;
  /** Whether what arrives on that trunk needs no further digit. */
  readonly isComplete: (trunk: string, number: string) => boolean;
  readonly isEmergency: (number: string) => boolean;
  readonly arrived: (call: { readonly trunk: string; readonly leg: Leg; readonly setup: CallSetup }) => void;
  readonly onChange: (status: TrunkGroupStatus) => void;
}

/** Answered calls are left to talk for a moment before the network is asked to join them: somebody may still transfer or hold, ms. */
const transferAfterMs = 2000;

/** All trunks over lines: their groups, members and D-channels, and the legs of their calls. */
export class TrunkLines {
  readonly #settings: TrunkLinesSettings;
  readonly #ports: TrunkLinesPorts;
  readonly #book: LineBook;
  readonly #links = new Map<string, IsdnLink>();
  readonly #groups = new Map<string, TrunkGroup>();
  readonly #analog: (OfficeMember | TieMember)[] = [];
  readonly #members = new Map<string, TrunkMember>();
  /** Whose port is whose, and whom it hears. */
  readonly #sound = new Map<PortId, { readonly call: TrunkCall; source: Source }>();
  readonly #transfers = new Set<Timer>();
  /** Of calls of another process, by the legs' ids, until their calls ask for them. */
  readonly #resumed = new Map<string, TdmLeg>();
  #legs = 0;

  constructor(settings: TrunkLinesSettings, ports: TrunkLinesPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#book = new LineBook(ports.hardware, settings, ports.log);
    for (const group of settings.groups) this.#open(group);
    for (const trunk of settings.trunks) this.#group(trunk);
  }

  /** Names of the trunks that have lines. */
  has(trunk: string): boolean {
    return this.#groups.has(trunk);
  }

  status(trunk: string): TrunkGroupStatus | undefined {
    return this.#groups.get(trunk)?.status;
  }

  /** A leg for a call that is placed; undefined: there is no such trunk. */
  place(trunk: string, placed: PlacedAs): Leg | undefined {
    const settings = this.#settings.trunks.find(({ name }) => name === trunk);
    const group = this.#groups.get(trunk);
    if (settings === undefined || group === undefined) return undefined;
    const call = group.place(placed);
    const voice = this.#voice(settings.law, () => call);
    call.speaksOver(voice);
    return this.#leg(trunk, call, voice, false);
  }

  /** Those of all trunks. */
  get channels(): readonly TrunkChannelStatus[] {
    return [...this.#groups.values()].flatMap(({ channels }) => channels);
  }

  /**
   * Legs that other processes left, before their cards and D-channels are there: whatever is found as it was left goes on. Then
   * {@link resumed} has the legs, and {@link expectNoMore} ends what no call asked for.
   */
  expect(kept: readonly LegContinuation[]): void {
    for (const each of kept) if (each.line === 'trunk') this.#expect(each);
  }

  /** Undefined: its line or its call is not as it was left. */
  resumed(kept: LegContinuation): ResumedEnd | undefined {
    const leg = this.#resumed.get(kept.id ?? '');
    this.#resumed.delete(kept.id ?? '');
    const described = leg?.describe();
    return leg && { leg, ...(described?.ok === true ? { described: described.value } : {}) };
  }

  expectNoMore(): void {
    for (const member of this.#analog) member.expect(undefined);
    for (const leg of this.#resumed.values()) leg.do({ kind: 'release', cause: cause.temporaryFailure });
    this.#resumed.clear();
  }

  /** Nothing is done or timed any more. Answered calls are left as they are, for another process. */
  leave(): void {
    for (const timer of this.#transfers) timer.cancel();
    for (const link of this.#links.values()) link.leave();
    for (const member of this.#analog) member.stop();
    for (const group of this.#groups.values()) group.stop();
  }

  /** By hand: a call that is on it goes on. */
  setOutOfService(channel: string, out: boolean): void {
    for (const link of this.#links.values()) link.setOutOfService(channel, out);
    for (const member of this.#analog) if (member.channel.id === channel) member.channel.outByUs(out);
  }

  /** Ends the call on a channel, by hand. False: there is none, or it is a call for help. */
  endOn(channel: string): boolean {
    return [...this.#groups.values()].some((group) => group.endOn(channel));
  }

  stop(): void {
    for (const timer of this.#transfers) timer.cancel();
    for (const link of this.#links.values()) link.stop();
    for (const member of this.#analog) member.stop();
    for (const group of this.#groups.values()) group.stop();
  }

  #open({ dChannel, restarts, serviceMessages }: IsdnGroupSettings): void {
    const { clock, random, log, dChannels, engine } = this.#ports;
    const bearers = this.#settings.trunks.flatMap((trunk) =>
      trunk.members.flatMap((member) =>
        member.kind === 'isdn' && member.dChannel === dChannel.name
          ? [
              {
                id: member.channel,
                at: member.at,
                rules: this.#rules(trunk, dChannel),
                samples: () => this.#book.channel(member.channel)?.samples,
                leavesEcho: () => this.#book.leavesEcho(member.channel),
                passEcho: () => this.#book.passEcho(member.channel),
              },
            ]
          : [],
      ),
    );
    const port = dChannels.open(dChannel);
    const link = new IsdnLink({
      clock,
      random,
      log: log.child({ dChannel: dChannel.name }),
      port,
      bearers,
      restarts,
      serviceMessages,
      voice: { engine, clock },
      dialTone: this.#settings.tones.dial,
      arrived: (arrival) => this.#arrived(arrival),
      changed: () => this.#changed(),
    });
    this.#links.set(dChannel.name, link);
    for (const member of link.members) this.#members.set(member.channel.id, member);
    const law = dChannel.e1 ? 'a' : 'u';
    for (const { id } of bearers) {
      this.#book.claim(id, {
        settings: { signalling: 'bearer', law },
        hear: (event) => {
          if (event.kind === 'fault') log.warn('a channel reports a fault', { channel: id, why: event.why });
        },
        serves: (serving) => this.#members.get(id)?.channel.alarm(!serving),
        goesOn: () => this.#members.get(id)?.channel.state === 'inUse',
      });
    }
  }

  #rules(trunk: LineTrunkSettingsOf, { side }: DChannelSettings): IsdnTrunkRules {
    return {
      ...trunk.isdn,
      side,
      numbers: trunk.numbers,
      domain: this.#settings.domain,
      isComplete: (number) => this.#isComplete(trunk, number),
    };
  }

  #isComplete({ name, receivedDigits }: LineTrunkSettingsOf, number: string): boolean {
    return receivedDigits === undefined ? this.#ports.isComplete(name, number) : number.length >= receivedDigits;
  }

  #group(trunk: LineTrunkSettingsOf): void {
    const { clock, log, onChange } = this.#ports;
    const members = trunk.members.flatMap((member) => this.#member(trunk, member) ?? []);
    const group = new TrunkGroup({ settings: trunk, clock, log: log.child({ trunk: trunk.name }), members, onChange });
    this.#groups.set(trunk.name, group);
    group.changed();
  }

  #member(trunk: LineTrunkSettingsOf, member: TrunkMemberSettings): TrunkMember | undefined {
    const { clock, random, log, engine } = this.#ports;
    const { tones, country } = this.#settings;
    if (member.kind === 'isdn') return this.#members.get(member.channel);
    const ground = {
      ...{ clock, random, log, tones, book: this.#book, id: member.channel, numbers: trunk.numbers },
      voice: { engine, clock, law: trunk.law },
      arrived: (arrival: MemberArrival) => this.#arrived(arrival),
      changed: () => this.#changed(),
    };
    const made =
      member.kind === 'office'
        ? new OfficeMember({
            ...ground,
            country,
            line: { ...member.line, country },
            called: member.called,
            waitsForCallerId: member.waitsForCallerId,
            gains: member.gains,
          })
        : new TieMember({
            ...ground,
            line: member.line,
            isComplete: (number) => this.#isComplete(trunk, number),
          });
    this.#analog.push(made);
    this.#members.set(member.channel, made);
    return made;
  }

  #changed(): void {
    for (const group of this.#groups.values()) group.changed();
  }

  #arrived(arrival: MemberArrival): void {
    const { member, voice, setup, call: attempt } = arrival;
    const trunk = this.#settings.trunks.find(({ members }) =>
      members.some(({ channel }) => channel === member.channel.id),
    );
    const group = trunk === undefined ? undefined : this.#groups.get(trunk.name);
    if (trunk === undefined || group === undefined || trunk.direction === 'outgoing') {
      attempt.do({ kind: 'release', cause: cause.outgoingCallsBarred });
      voice.close();
      return;
    }
    const call = group.arrive(arrival, this.#ports.isEmergency(setup.dialled));
    voice.joins((port, source) => this.#joined(call, port, source));
    const leg = this.#leg(trunk.name, call, voice, true);
    const offer = leg.describe();
    if (!offer.ok) {
      this.#ports.log.warn('a call that arrives has no sound', { trunk: trunk.name, why: offer.error.why });
      leg.do({ kind: 'release', cause: offer.error.cause });
      return;
    }
    this.#ports.arrived({ trunk: trunk.name, leg, setup: { ...setup, offer: offer.value } });
  }

  #expect(kept: LegContinuation): void {
    const trunk = this.#settings.trunks.find(({ name }) => name === kept.trunk);
    const settings = trunk?.members.find(({ channel }) => channel === kept.channel);
    const member = this.#members.get(settings?.channel ?? '');
    if (trunk === undefined || settings === undefined || member === undefined) return;
    if (settings.kind === 'isdn') {
      const link = this.#links.get(settings.dChannel);
      this.#goOn(trunk, member, kept, () => link?.goOn(settings.channel, kept.call ?? ''));
    } else if (member instanceof OfficeMember || member instanceof TieMember)
      member.expect((begin) => this.#goOn(trunk, member, kept, begin));
  }

  /** False: its sound is gone, or its call. */
  #goOn(
    trunk: LineTrunkSettingsOf,
    member: TrunkMember,
    kept: LegContinuation,
    begin: (voice: TrunkVoice) => MemberCall | undefined,
  ): boolean {
    let call: TrunkCall | undefined;
    const voice = this.#voice(trunk.law, () => call);
    if (!voice.claim(kept.port ?? '')) return false;
    const attempt = begin(voice);
    const emergency = kept.emergency === 'yes';
    call = attempt && this.#groups.get(trunk.name)?.arrive({ member, call: attempt, voice }, emergency);
    if (call === undefined) voice.close();
    else this.#resumed.set(kept.id ?? '', this.#leg(trunk.name, call, voice, false, kept));
    return call !== undefined;
  }

  /** The sound of a call, whichever member it has. */
  #voice(law: 'u' | 'a', call: () => TrunkCall | undefined): TrunkVoice {
    const { engine, clock } = this.#ports;
    return new TrunkVoice({
      engine,
      clock,
      law,
      listens: { digits: true },
      gains: () => call()?.gains ?? { gainInDb: 0, gainOutDb: 0 },
      cancelsEcho: () => this.#book.leavesEcho(call()?.member?.channel.id ?? ''),
      passEcho: () => this.#book.passEcho(call()?.member?.channel.id ?? ''),
      samples: () => call()?.samples,
      heard: (sound) => call()?.heard(sound),
      joined: (port, source) => {
        const known = call();
        if (known !== undefined) this.#joined(known, port, source);
      },
    });
  }

  /** `kept`: it talked in another process. */
  #leg(trunk: string, signalling: TrunkCall, voice: TrunkVoice, arriving: boolean, kept?: LegContinuation): TdmLeg {
    const { clock, log, music, random } = this.#ports;
    this.#legs++;
    const id = kept?.id ?? `line-${trunk}-${this.#legs}-${hexToken(random, 4)}`;
    return new TdmLeg({ id, clock, log, signalling, voice, tones: this.#settings.tones, music }, arriving, kept);
  }

  // ---- two B-channel transfer

  /** A port hears another one. Where both are calls of one interface, the network can join them. */
  #joined(call: TrunkCall, port: PortId, source: Source): void {
    for (const [id, known] of this.#sound) {
      if (known.call.isOver || (known.call === call && id !== port)) this.#sound.delete(id);
    }
    this.#sound.set(port, { call, source });
    const other = source.kind === 'port' ? this.#sound.get(source.port) : undefined;
    if (other === undefined || other.source.kind !== 'port' || other.source.port !== port) return;
    const timer = this.#ports.clock.after(transferAfterMs, () => {
      this.#transfers.delete(timer);
      this.#transfer(call, other.call);
    });
    this.#transfers.add(timer);
  }

  #transfer(one: TrunkCall, other: TrunkCall): void {
    const [a, b] = [one.attempt, other.attempt];
    const [at, bt] = [one, other].map((call) => [...this.#sound].find(([, known]) => known.call === call));
    if (a === undefined || b === undefined || at === undefined || bt === undefined) return;
    const hears = (source: Source, port: PortId): boolean => source.kind === 'port' && source.port === port;
    if (!hears(at[1].source, bt[0]) || !hears(bt[1].source, at[0])) return;
    for (const link of this.#links.values()) if (link.has(a) && link.has(b)) link.transfer(a, b);
  }
}
