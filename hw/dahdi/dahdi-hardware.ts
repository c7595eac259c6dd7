import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { HardwareEvent, LineHardware } from '../../src/tdm/index.js';
import { CardCalls } from './card-calls.js';
import { type AssignedSpan, assignPath, type Card, readCards, typesPath, unassignPath } from './card-tree.js';
import { DahdiSpan } from './dahdi-span.js';
import { errno, errorName, type Kernel } from './kernel.js';
import { requests } from './kernel-codes.js';
import { encodeAttachEchoCanceller, encodeSilentZone } from './kernel-structs.js';
import { findLacks, type Unusable } from './lacks.js';
import type { Sysfs } from './sysfs.js';
import { concernsCards, parseUevent } from './uevent.js';

/** Uevents only make it fast: they may be lost, and sysfs is the truth. */
const resyncMs = 5000;
/** A card tells of each of its channels. */
const settleMs = 50;
/** What all of DAHDI's cancellers take; 1,024 samples. */
const longestTailMs = 128;
/** The kernel tells of a span that goes and keeps it a second for whoever has it open, and for long on a busy machine. */
const dyingMs = 10_000;
/** Of the rings that a zone wants; each `ring` order brings its own. */
const defaultRing = [2000, 4000];
const ueventBytes = 8192;
/** More in a row than cards make: the resync sees the rest. */
const mostUevents = 1000;

export interface DahdiOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly kernel: Kernel;
  readonly sysfs: Sysfs;
  /** Folder, ours alone, of the sockets where the media engine gets samples; undefined: it gets none. */
  readonly socketFolder?: string;
  /**
   * Samples per block, 16-160; absent: 16, which are 2 ms. With 96 channels it is 28 % of a processor where 5 ms are 19 %, and
   * sound is 6 ms less late: 3 by blocks, and 3 by the one in hand (test/bench/RESULTS.md).
   */
  readonly blockBytes?: number;
  /** Longest opening of a telephone's loop that is a flash, ms. */
  readonly longestFlashMs?: number;
  /** DAHDI's name of the canceller for cards without their own: `mg2`, `oslec`, `kb1` …; '' for none. */
  readonly echoCanceller?: string;
}

interface Held {
  readonly span: DahdiSpan;
  readonly card: string;
  readonly number: number;
  readonly instance: string;
  readonly registered: string;
}

/** The cards that DAHDI knows. Finds them, numbers their lines, and tells of those that come, go, or cannot be used. */
export class DahdiHardware implements LineHardware {
  readonly #options: Required<Omit<DahdiOptions, 'socketFolder'>> & Pick<DahdiOptions, 'socketFolder'>;
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];
  readonly #held = new Map<string, Held>();
  readonly #calls = new Map<string, CardCalls>();
  /** Ids whose span is being prepared, by whose calls. */
  readonly #coming = new Map<string, CardCalls>();
  /** Spans that are gone though they may be seen still, and until when that is believed. */
  readonly #dying = new Map<string, number>();
  /** `device/local` of lines that are being numbered, or could not be: once is tried, until they or their card come anew. */
  readonly #assigning = new Map<string, string>();
  /** Lines of cards that refused to be of another kind, likewise. */
  readonly #ofOneKind = new Map<string, string>();
  #lacks: readonly Unusable[] = [];
  #control: number;
  #uevents: number;
  #timer: Timer | undefined;
  #soon: Timer | undefined;
  #stopped = false;

  constructor(options: DahdiOptions) {
    this.#options = { blockBytes: 16, longestFlashMs: 1250, echoCanceller: 'mg2', ...options };
    this.#control = -errno.ENOENT;
    const { kernel, log } = this.#options;
    this.#uevents = kernel.openUevents();
    if (this.#uevents < 0) log.warn('the kernel does not tell of devices', { error: errorName(this.#uevents) });
    else kernel.watch(this.#uevents, true, () => this.#readUevents());
    this.#resync();
  }

  get spans(): readonly DahdiSpan[] {
    return [...this.#held.values()].map(({ span }) => span);
  }

  on(listener: (event: HardwareEvent) => void): void {
    this.#listeners.push(listener);
    for (const span of this.spans) listener({ kind: 'plugged', span });
    for (const lack of this.#lacks) listener(lack);
  }

  /** Closes all channels; what their lines did ends. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
    for (const id of [...this.#held.keys()]) this.#unplug(id);
    for (const calls of this.#calls.values()) calls.close();
    const { kernel } = this.#options;
    for (const descriptor of [this.#control, this.#uevents]) if (descriptor >= 0) kernel.close(descriptor);
    kernel.stop();
  }

  #resync(): void {
    if (this.#stopped) return;
    this.#scan();
    this.#timer = this.#options.clock.after(resyncMs, () => this.#resync());
  }

  #scanSoon(): void {
    if (this.#stopped) return;
    this.#soon ??= this.#options.clock.after(settleMs, () => {
      this.#soon = undefined;
      this.#scan();
    });
  }

  #readUevents(): void {
    const { kernel } = this.#options;
    const buffer = new Uint8Array(ueventBytes);
    for (let count = 0; count < mostUevents; count++) {
      const length = kernel.read(this.#uevents, buffer);
      // ENOBUFS: some were lost, so look.
      if (length === -errno.ENOBUFS) this.#scanSoon();
      else if (length <= 0) return;
      else {
        const uevent = parseUevent(buffer.subarray(0, length));
        if (uevent === undefined || !concernsCards(uevent)) continue;
        // At once, because the same number may be given again before we look; and once more, because the folder may outlive its event.
        if (uevent.action === 'remove') this.#dropGone(readCards(this.#options.sysfs));
        this.#scanSoon();
      }
    }
  }

  #scan(): void {
    if (this.#stopped) return;
    const { sysfs } = this.#options;
    const cards = readCards(sysfs);
    this.#openControl(cards.length > 0);
    this.#tellLacks(findLacks(sysfs, cards, this.#control));
    this.#dropGone(cards);
    if (this.#control < 0) return;
    for (const card of cards) {
      for (const line of card.lines) {
        const span = card.spans.find(({ local }) => local === line.local);
        if (span === undefined) this.#assign(card, line.local);
        else {
          this.#assigning.delete(`${card.device}/${line.local}`);
          this.#plug(card, span);
        }
      }
    }
  }

  #openControl(cards: boolean): void {
    if (this.#control >= 0) return;
    const { kernel } = this.#options;
    this.#control = kernel.open('/dev/dahdi/ctl');
    if (this.#control < 0) {
      if (cards) this.#options.log.debug('no control device', { error: errorName(this.#control) });
      return;
    }
    // One may be there already, which will do.
    kernel.ioctlLater(this.#control, requests.loadZone, encodeSilentZone(defaultRing), () => {});
  }

  #tellLacks(lacks: readonly Unusable[]): void {
    const before = new Set(this.#lacks.map((lack) => JSON.stringify(lack)));
    this.#lacks = lacks;
    for (const lack of lacks) {
      if (before.has(JSON.stringify(lack))) continue;
      this.#options.log.warn('a card cannot be used', { card: lack.card, lacks: lack.lacks, install: lack.install });
      this.#tell(lack);
    }
  }

  #dropGone(cards: readonly Card[]): void {
    for (const [id, held] of [...this.#held]) {
      const card = cards.find(({ device }) => device === held.card);
      const span = card?.spans.find(({ number }) => number === held.number);
      const same =
        span !== undefined &&
        card?.registered === held.registered &&
        span.instance === held.instance &&
        idOf(card, span) === id;
      if (!same) this.#unplug(id);
    }
    const devices = new Set(cards.map(({ device }) => device));
    for (const [device, calls] of this.#calls) {
      if (devices.has(device)) continue;
      calls.close();
      this.#calls.delete(device);
      for (const [id, theirs] of this.#coming) if (theirs === calls) this.#coming.delete(id);
    }
    for (const [key, until] of this.#dying) if (this.#options.clock.now() >= until) this.#dying.delete(key);
    for (const [key, registered] of this.#assigning) {
      const card = cards.find(({ device }) => key.startsWith(`${device}/`));
      if (card === undefined || card.registered !== registered) this.#assigning.delete(key);
    }
  }

  /** `0:0`: the kernel takes the next free numbers, which nobody of us goes by. */
  #assign(card: Card, local: number): void {
    const key = `${card.device}/${local}`;
    if (this.#assigning.has(key)) return;
    this.#assigning.set(key, card.registered);
    const { sysfs, log } = this.#options;
    this.#callsOf(card).run(
      (done) =>
        sysfs.writeLater(assignPath(card.device), `${local}:0:0`, (fault) => done(fault === undefined ? 0 : -1)),
      (result) => {
        if (result < 0) log.error('a line of a card gets no number', { card: card.device, line: local });
        this.#scanSoon();
      },
    );
  }

  #plug(card: Card, assigned: AssignedSpan): void {
    const id = idOf(card, assigned);
    if (this.#held.has(id) || this.#coming.has(id) || this.#dying.has(runOf(card.registered, assigned.instance)))
      return;
    const calls = this.#callsOf(card);
    this.#coming.set(id, calls);
    this.#attachCancellers(calls, assigned, (able) => {
      if (this.#stopped || this.#coming.get(id) !== calls) return;
      this.#coming.delete(id);
      const { clock, log, kernel, sysfs, socketFolder, blockBytes, longestFlashMs } = this.#options;
      const span = new DahdiSpan({
        ...{ clock, log, kernel, sysfs, calls, id, card, assigned, socketFolder, blockBytes, longestFlashMs },
        control: () => this.#control,
        echoTailMs: able ? longestTailMs : 0,
        kinds: this.#kindsOf(card, assigned),
        retype: (kind) => this.#retype(id, card, assigned, kind),
        gone: () => {
          this.#unplug(id);
          this.#scanSoon();
        },
      });
      this.#held.set(id, {
        span,
        card: card.device,
        number: assigned.number,
        instance: assigned.instance,
        registered: card.registered,
      });
      log.debug('a span is there', { span: id, number: assigned.number, type: assigned.type, card: card.type });
      this.#tell({ kind: 'plugged', span });
    });
  }

  /** A card's own canceller is taken before the one that is named. One that cannot be had for one channel cannot for any. */
  #attachCancellers(calls: CardCalls, assigned: AssignedSpan, done: (able: boolean) => void): void {
    const { echoCanceller } = this.#options;
    const channels = assigned.channels.filter(({ choices }) => choices.length > 0);
    const next = (place: number): void => {
      const channel = channels[place];
      if (channel === undefined) {
        done(place > 0);
        return;
      }
      const attach = encodeAttachEchoCanceller(channel.number, echoCanceller);
      calls.ioctl(this.#control, requests.attachEchoCanceller, attach, (result) => {
        if (result < 0) done(false);
        else next(place + 1);
      });
    };
    if (echoCanceller === '') done(false);
    else next(0);
  }

  /** A line's type can only be set while it has no number; the channels go, and come back as those of the other type. */
  #retype(id: string, card: Card, { local, number }: AssignedSpan, kind: 't1' | 'e1'): void {
    const { sysfs, log } = this.#options;
    const calls = this.#callsOf(card);
    const key = `${card.device}/${local}`;
    this.#assigning.set(key, card.registered);
    let fault: string | undefined;
    const write = (path: string, text: string, after: () => void): void =>
      calls.run((finish) =>
        sysfs.writeLater(path, text, (why) => {
          fault ??= why;
          after();
          finish(why === undefined ? 0 : -1);
        }),
      );
    log.info('a span becomes another kind', { span: id, number, kind });
    this.#unplug(id);
    write(unassignPath(card.device), `${local}`, () => {});
    write(typesPath(sysfs, card.device), `${local}:${kind.toUpperCase()}`, () => {
      if (fault !== undefined) {
        log.error('a card cannot be set to another kind', { span: id, kind, error: fault });
        this.#ofOneKind.set(key, card.registered);
      }
      this.#assigning.delete(key);
      this.#scanSoon();
    });
  }

  #kindsOf(card: Card, { type, local }: AssignedSpan): readonly ('t1' | 'e1')[] {
    if (this.#ofOneKind.get(`${card.device}/${local}`) === card.registered) return [];
    return ['T1', 'E1', 'J1'].includes(type) ? ['t1', 'e1'] : [];
  }

  #callsOf({ device }: Card): CardCalls {
    const there = this.#calls.get(device);
    if (there !== undefined) return there;
    const { clock, kernel } = this.#options;
    const calls = new CardCalls(clock, kernel, (stuck) => {
      for (const held of this.#held.values()) if (held.card === device) held.span.setStuck(stuck);
    });
    this.#calls.set(device, calls);
    return calls;
  }

  #unplug(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    this.#dying.set(runOf(held.registered, held.instance), this.#options.clock.now() + dyingMs);
    held.span.unplug();
    this.#options.log.debug('a span is gone', { span: id, number: held.number });
    this.#tell({ kind: 'unplugged', id });
  }

  #tell(event: HardwareEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Of a span from its coming to its going: neither a number nor a folder is anybody's for ever. */
function runOf(registered: string, instance: string): string {
  return `${registered}/${instance}`;
}

function idOf(card: Card, { local }: AssignedSpan): string {
  return `dahdi/${card.key}/${local}`;
}
