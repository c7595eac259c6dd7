import { type Cause, cause, Machine } from '../base/index.js';
import type {
  CallSetup,
  Leg,
  LegAbilities,
  LegCommand,
  LegContinuation,
  LegEvent,
  LegReleased,
} from '../call/index.js';
import type { MediaDescription, SessionDescription } from '../sdp/index.js';
import { escapeUser, parseDeltaSeconds, parseNameAddrList, tagOf } from '../sip/index.js';
import { type Acknowledge, headerFields, type ReceivedResponse, type SentRequest } from './application.js';
import { causeOfResponse, reasonOfCause } from './causes.js';
import { type Credentials, readChallenge } from './credentials.js';
import { address, identityFields, readConnected, readSessionId, sessionIdHeader, userOf } from './identity.js';
import {
  askedInterval,
  guarded,
  type LegGround,
  leastSessionIntervalS,
  newSdpSessionId,
  ownFields,
  sessionIntervalS,
} from './leg-ground.js';
import { LegMedia } from './leg-media.js';
import { LegOutlet } from './leg-outlet.js';
import { type OutgoingAction, type OutgoingEvent, type OutgoingState, outgoingTable } from './outgoing-table.js';
import { SipDialog } from './sip-dialog.js';
import { timeless } from './timeless.js';
import { unreachableBecause, unreachableIn } from './unreachable.js';

type Fields = readonly (readonly [name: string, value: string])[];

/** Whom an outgoing leg calls, and as whom. */
export interface OutgoingTarget {
  /** Request-URI; without it `sip:DIALLED@domain`. */
  readonly requestUri?: string;
  /** The next hop as a SIP URI, where that is not the Request-URI: the flow of a phone, the server of the centre. */
  readonly proxy?: string;
  /** The host part of From, To and P-Asserted-Identity. */
  readonly domain: string;
  /** The far end may know who calls even when the caller hides, and says who answers (RFC 3325 §2). */
  readonly trusted: boolean;
  /** Answers the far end's challenges; without it they are passed to the caller. */
  readonly credentials?: Credentials;
  /** The caller's own Proxy-Authorization goes along. */
  readonly passCredentials?: boolean;
  /** Media that the far end can take; all where absent. */
  readonly takes?: (media: MediaDescription) => boolean;
  /** By what another process finds these credentials again. */
  readonly kept?: LegContinuation;
  /** Further fields of the INVITE. */
  readonly fields?: Fields;
}

interface Payload {
  readonly setup?: CallSetup;
  readonly request?: SentRequest;
  readonly response?: ReceivedResponse;
  readonly acknowledge?: Acknowledge;
  /** Fields with which the INVITE is sent once more. */
  readonly amended?: Fields;
  readonly error?: string;
  readonly cause?: Cause;
  readonly ended?: Omit<LegReleased, 'kind'>;
}

/** A call that we place by SIP. */
export class OutgoingLeg implements Leg {
  readonly id: string;
  readonly can: LegAbilities = { hold: true, transfer: true, digits: true };
  readonly #ground: LegGround;
  readonly #target: OutgoingTarget;
  readonly #media: LegMedia;
  readonly #outlet: LegOutlet;
  readonly #machine: Machine<OutgoingState, OutgoingEvent, OutgoingAction, undefined, Payload>;
  #setup: CallSetup | undefined;
  #request: SentRequest | undefined;
  #body: string | undefined;
  /** The answer to the far end's challenge. */
  #answered: Fields = [];
  #challengeAnswered = false;
  /** The session interval as the far end will have it. */
  #session: Fields;
  #intervalWidened = false;
  #released: Cause = cause.normalClearing;
  #dialog: SipDialog | undefined;

  constructor(ground: LegGround, id: string, target: OutgoingTarget) {
    this.id = id;
    this.#ground = ground;
    this.#outlet = new LegOutlet(ground.live, () => this.#dialog?.forget());
    this.#target = target;
    this.#session = askedInterval(target.credentials !== undefined);
    this.#media = new LegMedia(newSdpSessionId(ground.random), target.takes);
    this.#machine = new Machine(outgoingTable, {
      clock: timeless,
      context: undefined,
      log: ground.log.child({ leg: id }),
      actions: {
        send: (_, p) => this.#begin(p?.setup),
        sendAgain: (_, p) => this.#sendAgain(p),
        cancel: () => this.#cancel(),
        tellProvisional: (_, p) => this.#tellProvisional(p?.response),
        establish: (_, p) => this.#establish(p?.response, p?.acknowledge),
        discardAnswer: (_, p) => this.#discardAnswer(p?.response, p?.acknowledge),
        hangUp: () => this.#dialog?.release(this.#released),
        endUnsent: (_, p) => this.#endUnsent(p?.error ?? ''),
        endFailure: (_, p) => this.#endFailure(p?.response),
        endReleased: (_, p) => this.#outlet.end({ cause: p?.cause ?? cause.normalClearing }),
        endDialog: (_, p) => this.#outlet.end(p?.ended ?? { cause: cause.normalClearing }),
      },
    });
  }

  on(listener: (event: LegEvent) => void): void {
    this.#outlet.on(listener);
  }

  do(command: LegCommand): void {
    switch (command.kind) {
      case 'setup':
        this.#machine.handle('setup', { setup: command.setup });
        break;
      case 'release':
        if (!this.#outlet.released) this.#released = command.cause;
        this.#machine.handle('release', { cause: command.cause });
        break;
      case 'alert':
      case 'progress':
      case 'answer':
        break;
      default:
        this.#dialog?.do(command);
    }
  }

  continuation(): LegContinuation | undefined {
    if (this.#dialog === undefined) return undefined;
    return { ...this.#target.kept, id: this.id, dialog: this.#dialog.id, ...this.#media.continuation() };
  }

  #begin(setup: CallSetup | undefined): void {
    if (setup === undefined) return;
    this.#setup = setup;
    if (setup.hopsLeft < 0) {
      this.#machine.handle('unsent', { error: 'too many hops' });
      return;
    }
    this.#body = setup.offer === undefined ? undefined : this.#media.offer(setup.offer);
    this.#send([]);
  }

  get #requestUri(): string {
    const dialled = escapeUser(this.#setup?.dialled ?? '');
    return this.#target.requestUri ?? `sip:${dialled}@${this.#target.domain}`;
  }

  #fields(setup: CallSetup): Fields {
    const { domain, trusted, passCredentials } = this.#target;
    return [
      ...identityFields(setup, { domain, trusted }),
      ['To', address({ number: setup.dialled }, domain)],
      ['Max-Forwards', String(setup.hopsLeft)],
      ['Session-ID', sessionIdHeader(setup.sessionId)],
      ...ownFields(this.#ground),
      ...this.#session,
      ...setup.carried,
      ...(passCredentials === true && setup.credentials !== undefined
        ? [['Proxy-Authorization', setup.credentials] as const]
        : []),
      ...(this.#target.fields ?? []),
    ];
  }

  #send(replacing: Fields): void {
    const setup = this.#setup;
    if (setup === undefined) return;
    const replaced = new Set(replacing.map(([name]) => name));
    const fields = [...this.#fields(setup).filter(([name]) => !replaced.has(name)), ...replacing];
    const options = {
      uri: this.#requestUri,
      method: 'INVITE',
      headers: headerFields(fields),
      ...(this.#target.proxy === undefined ? {} : { proxy: this.#target.proxy }),
      ...(this.#body === undefined ? {} : { body: this.#body }),
    };
    try {
      this.#ground.application.request(options, (error, request) => {
        if (error !== null || request === undefined) {
          this.#guard(() => this.#machine.handle('unsent', { error: error?.message ?? 'not sent' }));
          return;
        }
        this.#request = request;
        request.on('response', (response, acknowledge) => this.#guard(() => this.#respond(response, acknowledge)));
        this.#guard(() => this.#machine.handle('sent'));
      });
    } catch (error) {
      this.#machine.handle('unsent', { error: String(error) });
    }
  }

  #guard(work: () => void): void {
    guarded(this.#ground, work, () => this.#outlet.end({ cause: cause.temporaryFailure }));
  }

  #respond(response: ReceivedResponse, acknowledge: Acknowledge): void {
    const { status } = response;
    if (status < 200) {
      if (response.get('RSeq') !== undefined) acknowledge();
      this.#machine.handle('provisional', { response });
    } else if (status < 300) this.#machine.handle('success', { response, acknowledge });
    else {
      const by = this.#challengeAnswered ? undefined : readChallenge(response);
      const asked = { method: 'INVITE', uri: this.#requestUri };
      const value = by && this.#target.credentials?.(by.challenges, asked);
      if (by !== undefined && value !== undefined) {
        this.#challengeAnswered = true;
        this.#answered = [[by.answerField, value]];
        this.#machine.handle('challenged', { amended: this.#answered });
      } else if (status === 422 && this.#widenInterval(response)) {
        this.#machine.handle('challenged', { amended: this.#answered });
      } else {
        this.#machine.handle('failure', { response });
      }
    }
  }

  /** RFC 4028 §7.3: the far end's floor, once. */
  #widenInterval(response: ReceivedResponse): boolean {
    const floorS = parseDeltaSeconds(response.get('Min-SE') ?? '');
    if (this.#intervalWidened || floorS === undefined) return false;
    this.#intervalWidened = true;
    const leastS = Math.max(floorS, leastSessionIntervalS);
    const challenged = this.#target.credentials !== undefined;
    this.#session = askedInterval(challenged, Math.max(leastS, sessionIntervalS), leastS);
    return true;
  }

  /** The same call, one CSeq on, with what the far end asked for (RFC 3261 §22.2, RFC 4028 §7.3). */
  #sendAgain(payload: Payload | undefined): void {
    const first = this.#request;
    if (first === undefined) return;
    const cseq = Number.parseInt(first.get('CSeq') ?? '1', 10) + 1;
    this.#send([
      ['Call-ID', first.get('Call-ID') ?? ''],
      ['CSeq', `${cseq} INVITE`],
      ['From', first.get('From') ?? ''],
      ...(payload?.amended ?? []),
    ]);
  }

  #tellProvisional(response: ReceivedResponse | undefined): void {
    if (response === undefined) return;
    const { status } = response;
    const read = status > 100 ? this.#media.readAnswer(response) : undefined;
    const media = read?.ok === true && this.#setup?.offer !== undefined ? read.value : undefined;
    if (status === 180) this.#outlet.emit({ kind: 'alerting', ...withMedia(media), ...forkOf(response) });
    else if (status === 183) this.#outlet.emit({ kind: 'progress', ...withMedia(media), ...forkOf(response) });
    else this.#outlet.emit({ kind: 'proceeding' });
  }

  #establish(response: ReceivedResponse | undefined, acknowledge: Acknowledge | undefined): void {
    if (response === undefined || acknowledge === undefined) return;
    const late = this.#setup?.offer === undefined;
    const read = late ? this.#media.readOffer(response) : this.#media.readAnswer(response);
    const media = read.ok ? read.value : undefined;
    const unusable = !read.ok || (late && media === undefined);
    if (!late || media === undefined) acknowledge();
    this.#dialog = new SipDialog({
      ground: this.#ground,
      id: response.stackDialogId ?? '',
      media: this.#media,
      credentials: this.#target.credentials,
      beginning: late && media !== undefined ? { state: 'lateOffered', offer: media, acknowledge } : { state: 'idle' },
      emit: (event) => this.#outlet.emit(event),
      ended: (ended) => this.#machine.handle('dialogEnded', { ended }),
    });
    if (unusable) {
      this.#ground.log.info('answer without usable media', { leg: this.id, why: read.ok ? 'no offer' : read.error });
      this.#machine.handle('release', { cause: cause.protocolError });
      return;
    }
    const sessionId = readSessionId(response.get('Session-ID'));
    const connected = this.#target.trusted ? readConnected(response) : undefined;
    this.#outlet.emit({
      kind: 'answered',
      ...withMedia(media),
      ...forkOf(response),
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(connected === undefined ? {} : { connected }),
    });
  }

  /** The answer crossed our CANCEL: it is acknowledged and hung up (RFC 3261 §15). */
  #discardAnswer(response: ReceivedResponse | undefined, acknowledge: Acknowledge | undefined): void {
    if (response === undefined || acknowledge === undefined) return;
    const read = this.#setup?.offer === undefined ? this.#media.readOffer(response) : undefined;
    const offer = read?.ok === true ? read.value : undefined;
    acknowledge(offer === undefined ? undefined : { body: this.#media.rejection(offer) });
    new SipDialog({
      ground: this.#ground,
      id: response.stackDialogId ?? '',
      media: this.#media,
      credentials: this.#target.credentials,
      beginning: { state: 'idle' },
      emit: () => {},
      ended: () => {},
    }).release(this.#released);
  }

  #cancel(): void {
    const reason =
      this.#released === cause.nonSelectedUserClearing
        ? // RFC 3326 §3.1: a phone does not list it as missed.
          'SIP;cause=200;text="Call completed elsewhere"'
        : reasonOfCause(this.#released);
    try {
      this.#request?.cancel({ headers: { Reason: reason } }, () => {});
    } catch (error) {
      this.#ground.log.warn('CANCEL not sent', { leg: this.id, error: String(error) });
    }
  }

  #endUnsent(error: string): void {
    if (error === 'too many hops') this.#outlet.end({ cause: 25, sipStatus: 483 });
    else this.#outlet.end({ cause: cause.networkOutOfOrder, unreachable: unreachableBecause(error) });
  }

  #endFailure(response: ReceivedResponse | undefined): void {
    if (response === undefined) return;
    const { status } = response;
    const unreachable = unreachableIn(response);
    if (unreachable !== undefined) {
      const silent = unreachable === 'silent';
      this.#outlet.end({ cause: silent ? cause.recoveryOnTimerExpiry : cause.networkOutOfOrder, unreachable });
      return;
    }
    const challenge = readChallenge(response)?.fields;
    const redirectTo = status < 400 ? contactUsers(response.get('Contact')) : [];
    this.#outlet.end({
      cause: causeOfResponse(status, response.get('Reason')),
      sipStatus: status,
      ...(challenge === undefined ? {} : { challenge }),
      ...(redirectTo.length === 0 ? {} : { redirectTo }),
    });
  }
}

function withMedia(media: SessionDescription | undefined): { readonly media?: SessionDescription } {
  return media === undefined ? {} : { media };
}

function forkOf(response: ReceivedResponse): { readonly fork?: string } {
  const fork = tagOf(response.get('To') ?? '');
  return fork === undefined ? {} : { fork };
}

/** The numbers of a 3xx, as the far end orders them. */
function contactUsers(header: string | undefined): readonly string[] {
  const list = parseNameAddrList(header ?? '');
  if (!list.ok) return [];
  const q = (parameters: ReadonlyMap<string, string>): number => Number(parameters.get('q') ?? 1);
  return [...list.value]
    .sort((a, b) => q(b.parameters) - q(a.parameters))
    .map((each) => userOf(each.uri))
    .filter((user) => user !== '');
}
