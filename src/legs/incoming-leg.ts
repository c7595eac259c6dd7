import { type Cause, cause, Machine } from '../base/index.js';
import type {
  Answerer,
  CallSetup,
  Leg,
  LegAbilities,
  LegCommand,
  LegContinuation,
  LegEvent,
  LegReleased,
  ReleaseCommand,
} from '../call/index.js';
import type { SessionDescription } from '../sdp/index.js';
import { tagOf } from '../sip/index.js';
import type { ReceivedRequest, Reply } from './application.js';
import { reasonOfCause, statusOfCause } from './causes.js';
import { connectedFields, type IdentityOptions, sessionIdHeader } from './identity.js';
import { type IncomingAction, type IncomingEvent, type IncomingState, incomingTable } from './incoming-table.js';
import { answer, answeredInterval, guarded, type LegGround, ownFields } from './leg-ground.js';
import type { LegMedia } from './leg-media.js';
import { LegOutlet } from './leg-outlet.js';
import { SipDialog } from './sip-dialog.js';
import { timeless } from './timeless.js';

interface Payload {
  readonly media?: SessionDescription | undefined;
  readonly answerer?: Answerer;
  readonly release?: ReleaseCommand;
  readonly dialogId?: string;
  readonly error?: string;
  readonly ended?: Omit<LegReleased, 'kind'>;
}

/** A call that reaches us by SIP. */
export class IncomingLeg implements Leg {
  readonly id: string;
  readonly can: LegAbilities = { hold: true, transfer: true, digits: true };
  readonly #ground: LegGround;
  readonly #setup: CallSetup;
  readonly #reply: Reply;
  readonly #media: LegMedia;
  readonly #identity: IdentityOptions;
  readonly #outlet: LegOutlet;
  readonly #callId: string;
  readonly #fromTag: string;
  readonly #machine: Machine<IncomingState, IncomingEvent, IncomingAction, undefined, Payload>;
  #dialog: SipDialog | undefined;
  #released: Cause = cause.normalClearing;
  /** What the description that we gave early was made of: it is not stamped anew for the same media. */
  #described: { readonly description: SessionDescription; readonly text: string } | undefined;

  /** `media` has read the request's offer already. */
  constructor(
    ground: LegGround,
    id: string,
    call: {
      readonly setup: CallSetup;
      readonly request: ReceivedRequest;
      readonly reply: Reply;
      readonly media: LegMedia;
      /** Of the caller. */
      readonly identity: IdentityOptions;
    },
  ) {
    this.id = id;
    this.#ground = ground;
    this.#outlet = new LegOutlet(ground.live, () => this.#dialog?.forget());
    this.#setup = call.setup;
    this.#reply = call.reply;
    this.#media = call.media;
    this.#identity = call.identity;
    this.#callId = call.request.get('Call-ID') ?? '';
    this.#fromTag = tagOf(call.request.get('From') ?? '') ?? '';
    this.#machine = new Machine(incomingTable, {
      clock: timeless,
      context: undefined,
      log: ground.log.child({ leg: id }),
      actions: {
        sendAlert: (_, p) => this.#sendProvisional(180, p?.media),
        sendProgress: (_, p) => this.#sendProvisional(183, p?.media),
        sendAnswer: (_, p) => this.#sendAnswer(p),
        sendRefusal: (_, p) => this.#sendRefusal(p?.release),
        establish: (_, p) => this.#establish(p?.dialogId ?? ''),
        hangUp: () => this.#dialog?.release(this.#released),
        endReleased: (_, p) => this.#outlet.end({ cause: p?.release?.cause ?? cause.normalClearing }),
        endCancelled: () => this.#outlet.end({ cause: cause.normalClearing }),
        endUnsent: (_, p) => {
          ground.log.info('answer not sent', { leg: id, why: p?.error });
          this.#outlet.end({ cause: cause.normalClearing });
        },
        endDialog: (_, p) => this.#outlet.end(p?.ended ?? { cause: cause.normalClearing }),
      },
    });
    call.request.on('cancel', () => this.#guard(() => this.#machine.handle('cancelled')));
    call.request.on('update', (update, reply) => this.#updateBeforeAnswer(update, reply));
  }

  on(listener: (event: LegEvent) => void): void {
    this.#outlet.on(listener);
  }

  do(command: LegCommand): void {
    switch (command.kind) {
      case 'alert':
      case 'progress':
        this.#machine.handle(command.kind, { media: command.media });
        break;
      case 'answer':
        this.#machine.handle('answer', { media: command.media, answerer: command });
        break;
      case 'release':
        if (!this.#outlet.released) this.#released = command.cause;
        this.#machine.handle('release', { release: command });
        break;
      case 'setup':
        break;
      default:
        this.#dialog?.do(command);
    }
  }

  continuation(coming?: SessionDescription): LegContinuation {
    const dialog = this.#dialog?.id ?? (this.#reply.stackDialogId || this.#likelyDialogId);
    if (coming !== undefined && this.#dialog === undefined) this.#describe(coming);
    return { id: this.id, dialog, ...this.#media.continuation() };
  }

  /**
   * What the SIP server calls the dialog as a rule; it says so with its echo of the first response, and `settled` follows
   * where it turns out otherwise.
   */
  get #likelyDialogId(): string {
    return `${this.#callId};from-tag=${this.#fromTag}`;
  }

  /** Nothing can be negotiated before the answer; a refresh of the session is acknowledged (RFC 3311 §5.2). */
  #updateBeforeAnswer(update: ReceivedRequest, reply: Reply): void {
    if ((update.body ?? '') === '') answer(this.#ground, reply, 200);
    else answer(this.#ground, reply, 500, [['Retry-After', '5']]);
  }

  #sendProvisional(status: number, media: SessionDescription | undefined): void {
    // Without an offer of the caller's there is nothing to answer yet.
    const body = media === undefined || this.#setup.offer === undefined ? undefined : this.#describe(media);
    answer(this.#ground, this.#reply, status, [...this.#fields(undefined), ...typeOf(body)], body);
  }

  #sendAnswer(payload: Payload | undefined): void {
    const media = payload?.media;
    const body = media === undefined ? undefined : this.#describe(media);
    const { sessionId, connected } = payload?.answerer ?? {};
    const fields = [
      ...this.#fields(sessionId),
      ...connectedFields(connected, this.#identity),
      ...answeredInterval,
      ...typeOf(body),
    ];
    answer(this.#ground, this.#reply, 200, fields, body, (error) =>
      this.#guard(() => {
        if (error !== null && error !== undefined) this.#machine.handle('unsent', { error: String(error) });
        else this.#machine.handle('established', { dialogId: this.#reply.stackDialogId ?? '' });
      }),
    );
  }

  #guard(work: () => void): void {
    guarded(this.#ground, work, () => this.#outlet.end({ cause: cause.temporaryFailure }));
  }

  #sendRefusal(release: ReleaseCommand | undefined): void {
    const why = release?.cause ?? cause.normalUnspecified;
    const challenge = release?.challenge;
    let status = release?.sipStatus ?? statusOfCause(why);
    // A challenge that nobody can pass on in full would only mislead the caller's telephone.
    if ((status === 401 || status === 407) && challenge === undefined) status = statusOfCause(why);
    if (status < 400) status = statusOfCause(why);
    answer(this.#ground, this.#reply, status, [
      ...(challenge ?? []),
      ...(challenge === undefined ? [['Reason', reasonOfCause(why)] as const] : []),
      ...this.#fields(undefined),
    ]);
  }

  #fields(remote: string | undefined): readonly (readonly [name: string, value: string])[] {
    // RFC 7989 §6: in what we send our own side stands first.
    const { sessionId } = this.#setup;
    return [
      ...ownFields(this.#ground),
      [
        'Session-ID',
        remote === undefined ? sessionIdHeader('0'.repeat(32), sessionId) : sessionIdHeader(remote, sessionId),
      ],
    ];
  }

  #describe(description: SessionDescription): string {
    const before = this.#described;
    if (before?.description === description) return before.text;
    const text = this.#setup.offer === undefined ? this.#media.offer(description) : this.#media.answer(description);
    this.#described = { description, text };
    return text;
  }

  #establish(dialogId: string): void {
    this.#dialog = new SipDialog({
      ground: this.#ground,
      id: dialogId,
      media: this.#media,
      credentials: undefined,
      beginning: { state: 'unacknowledged', answerDue: this.#setup.offer === undefined },
      emit: (event) => this.#outlet.emit(event),
      ended: (ended) => this.#machine.handle('dialogEnded', { ended }),
    });
    this.#outlet.emit({ kind: 'settled' });
  }
}

function typeOf(body: string | undefined): readonly (readonly [name: string, value: string])[] {
  return body === undefined ? [] : [['Content-Type', 'application/sdp']];
}
