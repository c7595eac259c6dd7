import { type Cause, type Clock, cause, err, type Log, ok, type Result, type Timer } from '../base/index.js';
import type {
  Answerer,
  CallSetup,
  Leg,
  LegAbilities,
  LegCommand,
  LegContinuation,
  LegEvent,
  LegQuality,
  LegReleased,
  TransferTarget,
} from '../call/index.js';
import {
  type CountryTones,
  type Format,
  formatBridge,
  type PortFault,
  readBridge,
  type Source,
  silentPort,
  soundOf,
} from '../media/index.js';
import {
  answeringDirection,
  type Direction,
  formatSdp,
  meetDirections,
  parseSdp,
  type SessionDescription,
} from '../sdp/index.js';
import { toneOfCause } from './cause-tone.js';
import type { LegSignalling, SignallingEvent } from './leg-signalling.js';
import type { VoicePath } from './voice-path.js';

export interface TdmLegOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signalling: LegSignalling;
  readonly voice: VoicePath;
  readonly tones: CountryTones;
  /** File of the music on hold; undefined: none. */
  readonly music: () => string | undefined;
}

/** What the line wants with its far end: talk, put it on hold, or talk in a conference. */
export type LineWish = { readonly kind: 'talk' | 'hold' } | { readonly kind: 'mix'; readonly mix: string };

/** Both sides wanted to change at the same time (as RFC 3261 §14.1): whoever was refused tries again after this, ms. */
const retryMs = 300;
/** A call may be busy with a disk or a slow peer; after these tries it stays as it is. */
const mostTries = 40;

/** G.711 of both laws: either costs a table look-up, and what a peer speaks anyway need not be transcoded. */
const pcmu: Format = { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' };
const pcma: Format = { payloadType: 8, codec: 'PCMA', clockRate: 8000, channels: 1, parameters: '' };
const events: Format = {
  payloadType: 101,
  codec: 'telephone-event',
  clockRate: 8000,
  channels: 1,
  parameters: '0-15',
};

/**
 * A leg over a time slot. There is nobody to negotiate with: it says yes to what the other leg wants, hears its far end, and shows its
 * own port. Calls that are not anchored in the media engine it refuses, because a line has no packets.
 */
export class TdmLeg implements Leg {
  readonly id: string;
  readonly can: LegAbilities = { hold: true, transfer: true, digits: true, earlyMedia: true };
  readonly #options: TdmLegOptions;
  readonly #arriving: boolean;
  #listener: ((event: LegEvent) => void) | undefined;
  #unheard: LegEvent[] = [];
  #state: 'new' | 'early' | 'talking' | 'releasing' | 'over' = 'new';
  #wish: LineWish = { kind: 'talk' };
  /** The wish that the other leg knows of, and the one that an offer of ours is about. */
  #told: LineWish = this.#wish;
  #offered: LineWish | undefined;
  #retry: Timer | undefined;
  #tries = 0;
  /** What the other leg last showed. */
  #other: SessionDescription | undefined;

  /** `arriving`: the call begins on the line; {@link describe} makes its offer. `kept`: it talked in another process, and goes on. */
  constructor(options: TdmLegOptions, arriving: boolean, kept?: LegContinuation) {
    this.id = options.id;
    this.#options = options;
    this.#arriving = arriving;
    options.signalling.on((event) => this.#hear(event));
    if (kept === undefined) return;
    this.#state = 'talking';
    const other = parseSdp(kept.other ?? '');
    if (other.ok) this.#remember(other.value);
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) listener(event);
  }

  /** The offer of a call that begins on the line: what its setup carries. Opens the port. */
  describe(): Result<SessionDescription, PortFault> {
    const opened = this.#options.voice.open();
    return opened.ok ? ok(this.#description('sendrecv')) : err(opened.error);
  }

  /** What the line wants from now on. The other leg is told as soon as the call is free for it. */
  want(wish: LineWish): void {
    this.#wish = wish;
    this.#tries = 0;
    this.#renegotiate();
  }

  /** Asks the call for a transfer; `transferResult` tells the signalling how it goes. */
  transfer(target: TransferTarget): void {
    if (this.#state === 'talking') this.#emit({ kind: 'transferRequested', target });
  }

  do(command: LegCommand): void {
    if (this.#state === 'over') return;
    if (command.kind === 'release') this.#release(command.cause);
    else if (this.#state !== 'releasing') this.#carryOut(command);
  }

  quality(): Promise<LegQuality | undefined> {
    return this.#options.voice.quality();
  }

  continuation(answer?: SessionDescription): LegContinuation | undefined {
    const { signalling, voice } = this.#options;
    const [kept, other] = [signalling.continuation?.(), answer ?? this.#other];
    if (kept === undefined || other === undefined || this.#state === 'releasing' || this.#state === 'over')
      return undefined;
    const port = voice.open();
    if (!port.ok) return undefined;
    return { ...kept, id: this.id, port: port.value, wish: this.#wish.kind, other: formatSdp(other) };
  }

  // ---- the call commands

  #carryOut(command: Exclude<LegCommand, { readonly kind: 'release' }>): void {
    const { signalling } = this.#options;
    switch (command.kind) {
      case 'setup':
        this.#place(command.setup);
        break;
      case 'alert':
        if (!this.#take(command.media)) this.#hearSource({ kind: 'tone', tone: this.#options.tones.ringback });
        signalling.do({ kind: 'alert', inBand: command.media !== undefined });
        break;
      case 'progress':
        signalling.do({ kind: 'progress', inBand: this.#take(command.media) });
        break;
      case 'answer':
        this.#take(command.media);
        this.#state = 'talking';
        signalling.do({ kind: 'answer', ...(command.connected && { connected: command.connected }) });
        this.#renegotiate();
        break;
      case 'offer':
        this.#answerOffer(command.media);
        break;
      case 'agree':
        this.#told = this.#offered ?? this.#told;
        this.#offered = undefined;
        this.#take(command.media);
        this.#renegotiate();
        break;
      case 'refuse':
        this.#offered = undefined;
        this.#tryAgain();
        break;
      case 'digit':
        // The engine puts what it found in the sound, or as telephone-event, on the line by itself.
        if (command.inSound !== true) this.#options.voice.digit(command.digit, command.durationMs);
        break;
      case 'transferResult': {
        const { result } = command;
        signalling.do({
          kind: 'transferResult',
          result,
          ...(command.cause === undefined ? {} : { cause: command.cause }),
        });
        break;
      }
    }
  }

  #place(setup: CallSetup): void {
    if (this.#arriving || this.#state !== 'new') return;
    if (setup.offer !== undefined && !this.#remember(setup.offer)) {
      this.#refuseUnanchored();
      return;
    }
    this.#state = 'early';
    this.#options.signalling.do({ kind: 'setup', setup });
  }

  /** Who was promised nothing yet is told so by `released` alone. */
  #refuseUnanchored(): void {
    this.#options.log.warn('a line takes no call whose sound does not pass the media engine', {
      leg: this.id,
      set: 'media.path: anchored',
    });
    this.#end({ kind: 'released', cause: cause.bearerNotImplemented });
  }

  #answerOffer(media: SessionDescription | undefined): void {
    const other = media === undefined ? undefined : readBridge(media);
    if (media !== undefined && other?.media !== 'audio') {
      this.#emit({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
      return;
    }
    if (other !== undefined) this.#remember(media);
    this.#told = this.#wish;
    const allowed = other === undefined ? 'sendrecv' : answeringDirection(other.direction);
    this.#emit({ kind: 'agreed', media: this.#description(allowed) });
  }

  /** True where the far end of `media` is heard from now on. */
  #take(media: SessionDescription | undefined): boolean {
    if (media === undefined) return false;
    const taken = this.#remember(media);
    if (!taken) this.#options.log.warn('a description without a port cannot be heard on a line', { leg: this.id });
    return taken;
  }

  #remember(media: SessionDescription | undefined): boolean {
    const other = media === undefined ? undefined : readBridge(media);
    if (media === undefined || other?.media !== 'audio') return false;
    this.#other = media;
    this.#hearSource(soundOf(other, this.#options.music()));
    return true;
  }

  #release(why: Cause): void {
    if (this.#state === 'releasing') return;
    if (this.#state === 'new' && !this.#arriving) {
      this.#end({ kind: 'released', cause: why });
      return;
    }
    const unanswered = this.#arriving && this.#state !== 'talking';
    this.#state = 'releasing';
    this.#stopTrying();
    // Until the line lets go its user hears why.
    if (unanswered) this.#hearSource({ kind: 'tone', tone: toneOfCause(why, this.#options.tones) });
    this.#options.signalling.do({ kind: 'release', cause: why });
  }

  // ---- the line says

  #hear(event: SignallingEvent): void {
    if (this.#state === 'over') return;
    switch (event.kind) {
      case 'released':
        this.#end(event);
        break;
      case 'alerting':
      case 'progress':
        if (this.#state === 'releasing') break;
        this.#emit({ kind: event.kind, ...(event.inBand ? this.#opened() : {}) });
        break;
      case 'answered':
        if (this.#state === 'early') this.#answered(event);
        break;
      default:
        if (this.#state !== 'releasing') this.#emit(event);
    }
  }

  #answered({ connected }: Answerer): void {
    const { media } = this.#opened();
    if (media === undefined) {
      this.#release(cause.resourceUnavailable);
      return;
    }
    this.#state = 'talking';
    this.#told = this.#wish;
    this.#emit({ kind: 'answered', media, ...(connected && { connected }) });
  }

  #opened(): { readonly media?: SessionDescription } {
    const described = this.describe();
    if (described.ok) return { media: described.value };
    this.#options.log.warn('a line has no sound', { leg: this.id, why: described.error.why });
    return {};
  }

  #end(released: LegReleased): void {
    this.#state = 'over';
    this.#stopTrying();
    this.#options.voice.close();
    this.#emit(released);
  }

  // ---- both

  /** Tells the other leg of a wish that it does not know yet; one at a time. */
  #renegotiate(): void {
    if (this.#state !== 'talking' || this.#offered !== undefined || sameWish(this.#told, this.#wish)) return;
    this.#retry?.cancel();
    this.#offered = this.#wish;
    this.#emit({ kind: 'offered', media: this.#description('sendrecv') });
  }

  #tryAgain(): void {
    this.#tries += 1;
    if (this.#tries > mostTries) return;
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(retryMs, () => this.#renegotiate());
  }

  #stopTrying(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** Who is held hears no more of the line, whatever is said there to others. */
  #description(allowed: Direction): SessionDescription {
    const wish = this.#wish;
    const { law, open } = { law: this.#options.voice.law, open: this.#options.voice.open() };
    return formatBridge({
      port: wish.kind === 'hold' || !open.ok ? silentPort : open.value,
      ...(wish.kind === 'mix' ? { mix: wish.mix } : {}),
      media: 'audio',
      formats: law === 'u' ? [pcmu, pcma, events] : [pcma, pcmu, events],
      direction: meetDirections(allowed, wish.kind === 'hold' ? 'sendonly' : 'sendrecv'),
      image: [],
    });
  }

  #hearSource(source: Source): void {
    this.#options.voice.hear(source);
  }

  #emit(event: LegEvent): void {
    if (this.#listener === undefined) this.#unheard.push(event);
    else this.#listener(event);
  }
}

function sameWish(one: LineWish, other: LineWish): boolean {
  return one.kind === other.kind && (one.kind !== 'mix' || other.kind !== 'mix' || one.mix === other.mix);
}
