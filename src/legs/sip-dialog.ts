import { type Cause, cause, Machine } from '../base/index.js';
import type { LegCommand, LegEvent, LegReleased } from '../call/index.js';
import type { SessionDescription } from '../sdp/index.js';
import {
  type Acknowledge,
  type DialogHandler,
  headerFields,
  type ReceivedRequest,
  type ReceivedResponse,
  type Reply,
  type SentRequest,
} from './application.js';
import { causeOfReason, causeOfResponse, reasonOfCause, statusOfCause } from './causes.js';
import { type Credentials, readChallenge } from './credentials.js';
import { formatDigit, parseDigit } from './digits.js';
import { allowedMethods, answer, guarded, type LegGround, ownFields } from './leg-ground.js';
import type { LegMedia } from './leg-media.js';
import {
  type NegotiationAction,
  type NegotiationEvent,
  type NegotiationState,
  negotiationTable,
} from './negotiation-table.js';
import { Referrals } from './referrals.js';
import { timeless } from './timeless.js';
import { unreachableIn } from './unreachable.js';

/** Commands that belong to a call that talks. */
export type DialogCommand = Extract<
  LegCommand,
  { readonly kind: 'offer' | 'agree' | 'refuse' | 'digit' | 'transferResult' }
>;

/** What is still open of the INVITE that made the dialog. */
export type DialogBeginning =
  | { readonly state: 'idle' }
  /** Our 2xx is out. `answerDue`: it carried our offer, and the ACK brings the answer. */
  | { readonly state: 'unacknowledged'; readonly answerDue: boolean }
  /** The peer's 2xx brought its offer: `agree` sends the ACK with our answer. */
  | { readonly state: 'lateOffered'; readonly offer: SessionDescription; readonly acknowledge: Acknowledge };

export interface DialogOptions {
  readonly beginning: DialogBeginning;
  readonly ground: LegGround;
  readonly id: string;
  readonly media: LegMedia;
  readonly credentials: Credentials | undefined;
  readonly emit: (event: Exclude<LegEvent, LegReleased>) => void;
  /** The peer ended the dialog, or it broke. */
  readonly ended: (event: Omit<LegReleased, 'kind'>) => void;
}

interface Payload {
  readonly media?: SessionDescription | undefined;
  readonly refusal?: { readonly cause: Cause; readonly sipStatus?: number };
  readonly message?: ReceivedRequest;
  readonly reply?: Reply;
}

/** An established INVITE dialog: its negotiations, and every request in it. */
export class SipDialog implements DialogHandler {
  readonly id: string;
  readonly dialogType = 'INVITE';
  readonly #options: DialogOptions;
  readonly #ground: LegGround;
  readonly #media: LegMedia;
  readonly #referrals: Referrals;
  readonly #negotiation: Machine<NegotiationState, NegotiationEvent, NegotiationAction, undefined, Payload>;
  #asked:
    | { readonly message: ReceivedRequest; readonly reply: Reply; readonly offer: SessionDescription | undefined }
    | undefined;
  /** Sends the ACK that is to carry our answer. */
  #acknowledge: Acknowledge | undefined;
  #lateOffer: SessionDescription | undefined;
  /** The peer's ACK is to carry its answer. */
  #answerDue = false;
  #deferred: Payload | undefined;
  #hangUp: Cause | undefined;
  #over = false;

  constructor(options: DialogOptions) {
    this.id = options.id;
    this.#options = options;
    this.#ground = options.ground;
    this.#media = options.media;
    this.#referrals = new Referrals({
      ground: options.ground,
      emit: options.emit,
      notify: (fields, body) => this.#request('NOTIFY', fields, body, () => {}),
    });
    const { beginning } = options;
    if (beginning.state === 'unacknowledged') this.#answerDue = beginning.answerDue;
    if (beginning.state === 'lateOffered') {
      this.#acknowledge = beginning.acknowledge;
      this.#lateOffer = beginning.offer;
    }
    this.#negotiation = new Machine(
      { ...negotiationTable, initial: beginning.state },
      {
        clock: timeless,
        context: undefined,
        log: options.ground.log,
        actions: {
          sendOffer: (_, p) => this.#sendOffer(p),
          deferOffer: (_, p) => {
            this.#deferred = p ?? {};
          },
          sayBusy: () => options.emit({ kind: 'refused', cause: cause.temporaryFailure, sipStatus: 491 }),
          tellOffer: (_, p) => this.#tellOffer(p),
          answerGlare: (_, p) => p?.reply && answer(this.#ground, p.reply, 491),
          answerLater: (_, p) => p?.reply && answer(this.#ground, p.reply, 500, [['Retry-After', '2']]),
          sendAgreement: (_, p) => this.#sendAgreement(p?.media),
          sendRefusal: (_, p) => this.#sendRefusal(p),
          sendAnswer: (_, p) => this.#sendAnswer(p?.media),
          tellAgreement: (_, p) =>
            options.emit({ kind: 'agreed', ...(p?.media === undefined ? {} : { media: p.media }) }),
          tellRefusal: (_, p) =>
            options.emit({ kind: 'refused', ...(p?.refusal ?? { cause: cause.bearerNotImplemented }) }),
          takeAck: (_, p) => this.#takeAck(p?.message),
        },
      },
    );
    options.ground.application.addDialog(this);
  }

  do(command: DialogCommand): void {
    if (this.#over) return;
    switch (command.kind) {
      case 'offer':
        this.#negotiation.handle('offer', { media: command.media });
        break;
      case 'agree':
        this.#negotiation.handle(this.#asked?.message.method === 'UPDATE' ? 'agreeUpdate' : 'agree', {
          media: command.media,
        });
        break;
      case 'refuse':
        this.#negotiation.handle('refuse', { refusal: command });
        break;
      case 'digit':
        this.#request('INFO', [['Content-Type', 'application/dtmf-relay']], formatDigit(command), () => {});
        break;
      case 'transferResult':
        this.#referrals.tell(command);
        break;
    }
  }

  /** Ends the dialog with BYE; after our 2xx not before its ACK (RFC 3261 §15). Nothing is emitted afterwards. */
  release(why: Cause): void {
    if (this.#over) return;
    this.#over = true;
    this.#hangUp = why;
    if (this.#negotiation.state !== 'unacknowledged') this.#bye();
  }

  /** The SIP server does not know the dialog any more: there is nobody to say goodbye to. */
  forget(): void {
    this.#over = true;
    this.#ground.application.removeDialog(this);
  }

  handle(request: ReceivedRequest, reply: Reply): void {
    this.#guard(() => this.#handle(request, reply));
  }

  #handle(request: ReceivedRequest, reply: Reply): void {
    if (request.method === 'BYE') this.#byeReceived(request, reply);
    else if (request.method === 'ACK') this.#negotiation.handle('acknowledged', { message: request });
    else if (this.#over) answer(this.#ground, reply, 481);
    else this.#handleLive(request, reply);
  }

  #handleLive(request: ReceivedRequest, reply: Reply): void {
    switch (request.method) {
      case 'INVITE':
        this.#negotiation.handle('asked', { message: request, reply });
        break;
      case 'UPDATE':
        if ((request.body ?? '') === '') answer(this.#ground, reply, 200);
        else this.#negotiation.handle('asked', { message: request, reply });
        break;
      case 'INFO': {
        const digit = parseDigit(request);
        answer(this.#ground, reply, 200);
        if (digit !== undefined) this.#options.emit({ kind: 'digit', ...digit });
        break;
      }
      case 'REFER':
        this.#referrals.receive(request, reply);
        break;
      case 'OPTIONS':
        answer(this.#ground, reply, 200, [
          ['Allow', allowedMethods],
          ['Accept', 'application/sdp, application/dtmf-relay'],
        ]);
        break;
      case 'NOTIFY':
      case 'MESSAGE':
      case 'PRACK':
        answer(this.#ground, reply, 200);
        break;
      case 'SUBSCRIBE':
        answer(this.#ground, reply, 489);
        break;
      default:
        answer(this.#ground, reply, 501, [['Allow', allowedMethods]]);
    }
  }

  // ---- the peer asks

  #tellOffer(payload: Payload | undefined): void {
    const { message, reply } = payload ?? {};
    if (message === undefined || reply === undefined) return;
    const read = this.#media.readOffer(message);
    this.#asked = { message, reply, offer: read.ok ? read.value : undefined };
    if (!read.ok) {
      this.#ground.log.info('offer not understood', { why: read.error });
      this.#negotiation.handle('refuse', { refusal: { cause: cause.bearerNotImplemented, sipStatus: 488 } });
      return;
    }
    if (read.value !== undefined && this.#media.isRefresh(read.value)) {
      this.#negotiation.handle(message.method === 'UPDATE' ? 'agreeUpdate' : 'agree');
      return;
    }
    message.on('cancel', () => this.#negotiation.handle('withdrawn'));
    this.#options.emit({ kind: 'offered', ...(read.value === undefined ? {} : { media: read.value }) });
  }

  /** Without `media` what was said last is said again: the peer only refreshes. */
  #sendAgreement(media: SessionDescription | undefined): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    if (asked.offer !== undefined) this.#media.accepted(asked.offer);
    this.#answerDue = asked.offer === undefined;
    const body =
      media === undefined
        ? this.#media.repeat()
        : asked.offer === undefined
          ? this.#media.offer(media)
          : this.#media.answer(media);
    const fields = body === undefined ? [] : ([['Content-Type', 'application/sdp']] as const);
    answer(this.#ground, asked.reply, 200, [...ownFields(this.#ground), ...fields], body, (error) => {
      // The peer cancelled in the same moment: no ACK will come.
      if (error !== null && error !== undefined) this.#negotiation.handle('acknowledged');
    });
  }

  #sendRefusal(payload: Payload | undefined): void {
    const asked = this.#asked;
    this.#asked = undefined;
    const refusal = payload?.refusal;
    if (asked === undefined || refusal === undefined) return;
    const status = refusal.sipStatus ?? statusOfCause(refusal.cause);
    answer(this.#ground, asked.reply, status, [['Reason', reasonOfCause(refusal.cause)]]);
  }

  #takeAck(ack: ReceivedRequest | undefined): void {
    const due = this.#answerDue;
    this.#answerDue = false;
    if (this.#over) {
      this.#bye();
      return;
    }
    if (due) {
      const read = ack === undefined ? undefined : this.#media.readAnswer(ack);
      if (read?.ok === true && read.value !== undefined) this.#options.emit({ kind: 'agreed', media: read.value });
      else this.#options.emit({ kind: 'refused', cause: cause.protocolError });
    }
    const deferred = this.#deferred;
    this.#deferred = undefined;
    if (deferred !== undefined && !this.#over) this.#negotiation.handle('offer', deferred);
  }

  // ---- we ask

  #sendOffer(payload: Payload | undefined): void {
    const media = payload?.media;
    const body = media === undefined ? undefined : this.#media.offer(media);
    this.#request('INVITE', ownFields(this.#ground), body, (response, acknowledge) => {
      if (response === undefined) {
        this.#negotiation.handle('declined', { refusal: { cause: cause.temporaryFailure } });
      } else if (response.status < 300) this.#offerAccepted(media === undefined, response, acknowledge);
      else this.#offerDeclined(response);
    });
  }

  #offerAccepted(late: boolean, response: ReceivedResponse, acknowledge: Acknowledge): void {
    const read = late ? this.#media.readOffer(response) : this.#media.readAnswer(response);
    const media = read.ok ? read.value : undefined;
    if (media === undefined) {
      acknowledge();
      this.#negotiation.handle('declined', { refusal: { cause: cause.protocolError } });
    } else if (late && !this.#over) {
      this.#acknowledge = acknowledge;
      this.#lateOffer = media;
      this.#negotiation.handle('acceptedLate', { media });
    } else {
      acknowledge(late ? { body: this.#media.rejection(media) } : undefined);
      this.#negotiation.handle('accepted', { media });
    }
  }

  #offerDeclined(response: ReceivedResponse): void {
    const { status } = response;
    // Nobody answered: a line that is cut does not end a call that talks, it only cannot be changed now.
    if (unreachableIn(response) !== undefined) {
      this.#negotiation.handle('declined', { refusal: { cause: cause.recoveryOnTimerExpiry } });
      return;
    }
    const refused = causeOfResponse(status, response.get('Reason'));
    // RFC 5057 §5.1: these two say that the dialog is no more.
    if (status === 408 || status === 481) {
      this.#fail(refused, status);
      return;
    }
    this.#negotiation.handle('declined', { refusal: { cause: refused, sipStatus: status } });
  }

  #sendAnswer(media: SessionDescription | undefined): void {
    const acknowledge = this.#acknowledge;
    const offer = this.#lateOffer;
    this.#acknowledge = undefined;
    this.#lateOffer = undefined;
    if (acknowledge === undefined || offer === undefined) return;
    if (media !== undefined) this.#media.accepted(offer);
    acknowledge({ body: media === undefined ? this.#media.rejection(offer) : this.#media.answer(media) });
  }

  #guard(work: () => void): void {
    guarded(this.#ground, work, () => {
      this.release(cause.temporaryFailure);
      this.#options.ended({ cause: cause.temporaryFailure });
    });
  }

  // ---- the end

  #bye(): void {
    if (this.#acknowledge !== undefined) this.#sendAnswer(undefined);
    const reason = reasonOfCause(this.#hangUp ?? cause.normalClearing);
    this.#request('BYE', [['Reason', reason]], undefined, () => this.#ground.application.removeDialog(this));
  }

  #byeReceived(request: ReceivedRequest, reply: Reply): void {
    const own = request.source === 'application';
    if (!own) answer(this.#ground, reply, 200);
    this.#ground.application.removeDialog(this);
    if (this.#over) return;
    this.#over = true;
    // The SIP server has tried to refresh the session, and found nobody.
    if (own && /Session timer expired/.test(request.get('Reason') ?? '')) {
      this.#options.ended({ cause: cause.recoveryOnTimerExpiry, lost: true, unreachable: 'silent' });
      return;
    }
    const normal = own ? cause.recoveryOnTimerExpiry : cause.normalClearing;
    this.#options.ended({ cause: causeOfReason(request.get('Reason')) ?? normal });
  }

  /** The peer does not know the dialog any more, or says nothing: a BYE for good measure, and the leg is over. */
  #fail(why: Cause, sipStatus: number): void {
    if (this.#over) return;
    this.release(why);
    this.#options.ended({ cause: why, sipStatus });
  }

  /** A request in the dialog. `final` gets its final response, or nothing where it could not be sent. */
  #request(
    method: string,
    fields: readonly (readonly [name: string, value: string])[],
    body: string | undefined,
    final: (response: ReceivedResponse | undefined, acknowledge: Acknowledge) => void,
    answered = false,
  ): void {
    const conclude = (sent: SentRequest, response: ReceivedResponse, acknowledge: Acknowledge): void => {
      const challenged = answered ? undefined : readChallenge(response);
      const value = challenged && this.#options.credentials?.(challenged.challenges, { method, uri: sent.uri });
      if (challenged === undefined || value === undefined) final(response, acknowledge);
      else this.#request(method, [...fields, [challenged.answerField, value]], body, final, true);
    };
    const options = {
      uri: 'sip:placeholder',
      method,
      stackDialogId: this.id,
      headers: headerFields(fields),
      ...(body === undefined ? {} : { body }),
    };
    try {
      this.#ground.application.request(options, (error, sent) => {
        if (error !== null || sent === undefined) {
          this.#ground.log.info('request in dialog not sent', { method, error: String(error) });
          final(undefined, () => {});
          return;
        }
        sent.on('response', (response, acknowledge) => {
          if (response.status >= 200) this.#guard(() => conclude(sent, response, acknowledge));
        });
      });
    } catch (error) {
      this.#ground.log.warn('request in dialog not sent', { method, error: String(error) });
      final(undefined, () => {});
    }
  }
}
