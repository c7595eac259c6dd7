import type { Clock, Log } from '../../src/base/index.js';
import type { Direction } from '../../src/sdp/index.js';
import type { LabCall } from '../io/index.js';
import { describe, type Heard, hear } from './offer.js';
import type { RtpStream } from './rtp-stream.js';
import type {
  Acknowledge,
  DialogHandler,
  ReceivedRequest,
  ReceivedResponse,
  Reply,
  RequestOptions,
  SentRequest,
  SipApplication,
} from './sip-application.js';

/** A telephone that hears nothing for so long, and is not on hold, hangs up: the other end is gone. */
const DEAF_MS = 30_000;

export interface CallEndOptions {
  readonly id: string;
  readonly party: string;
  readonly peer: string;
  readonly direction: 'out' | 'in';
  readonly emergency: boolean;
  readonly application: SipApplication;
  readonly stream: RtpStream;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  readonly onEnd: (why: string) => void;
  /** The answer to a challenge, as header fields; undefined when there is none to give. */
  readonly credentials: (response: ReceivedResponse, method: string, uri: string) => Record<string, string> | undefined;
}

/** One telephone's end of one call: signalling in the dialog, and its sound. */
export class CallEnd implements DialogHandler {
  readonly dialogType = 'INVITE';
  readonly #options: CallEndOptions;
  #state: LabCall['state'];
  #sinceWall: number;
  #dialog: string | undefined;
  #sent: SentRequest | undefined;
  #ring: { request: ReceivedRequest; reply: Reply } | undefined;
  #version = 1;
  #holding = false;
  #changing = false;
  #over = false;
  #abandoned = false;

  constructor(options: CallEndOptions) {
    this.#options = options;
    this.#state = options.direction === 'out' ? 'calling' : 'ringing';
    this.#sinceWall = options.clock.wall();
  }

  get id(): string {
    return this.#dialog ?? '';
  }

  get callId(): string {
    return this.#options.id;
  }

  get over(): boolean {
    return this.#over;
  }

  view(): LabCall {
    const { id, party, peer, direction, emergency, stream } = this.#options;
    const { sentPackets, receivedPackets, toneHz } = stream;
    const state = this.#state;
    const sound = { sentPackets, receivedPackets, toneHz };
    return { id, party, peer, direction, state, emergency, sinceWall: this.#sinceWall, ...sound };
  }

  /** Places the call. */
  invite(uri: string, headers: Readonly<Record<string, string>>, proxy?: string, answered = false): void {
    const options: RequestOptions = {
      uri,
      method: 'INVITE',
      headers,
      body: this.#describe('sendrecv'),
      ...(proxy === undefined ? {} : { proxy }),
    };
    this.#request(options, (request) => {
      this.#sent = request;
      if (this.#abandoned) request.cancel({});
      request.on('response', (response, acknowledge) => {
        if (response.status < 200) this.#progress(response);
        else if (response.status < 300) this.#answered(response, acknowledge);
        else this.#refused(response, request, { uri, headers, proxy, answered });
      });
    });
  }

  /** Rings, and is answered by {@link answer}. */
  ring(request: ReceivedRequest, reply: Reply): void {
    this.#ring = { request, reply };
    request.on('cancel', () => this.#end('the caller gave up'));
    reply.send(180);
  }

  answer(): void {
    const ring = this.#ring;
    if (ring === undefined || this.#over) return;
    this.#ring = undefined;
    this.#take(hear(ring.request.body));
    ring.reply.send(200, { headers: this.#sdp(), body: this.#describe('sendrecv') }, (error, message) => {
      if (error !== null && error !== undefined) {
        this.#end(`the answer could not be sent: ${String(error)}`);
        return;
      }
      this.#join(ring.reply.stackDialogId ?? message?.stackDialogId);
      this.#become('talking');
    });
  }

  /** BYE, CANCEL or a refusal, whichever fits now. */
  hangUp(): void {
    if (this.#over) return;
    if (this.#ring !== undefined) {
      this.#ring.reply.send(486);
      this.#end('declined');
    } else if (this.#dialog !== undefined) {
      this.#inDialog('BYE', {});
      this.#end('hung up');
    } else {
      this.#abandoned = true;
      this.#sent?.cancel({});
    }
  }

  /** Puts the other side on hold, or takes it back (RFC 3264 §8.4). False: not now. */
  hold(on: boolean): boolean {
    // One re-INVITE at a time (RFC 3261 §14.1).
    if (this.#over || this.#dialog === undefined || this.#changing) return false;
    this.#changing = true;
    this.#holding = on;
    this.#version++;
    this.#inDialog('INVITE', this.#sdp(), this.#describe(on ? 'sendonly' : 'sendrecv'), (response, acknowledge) => {
      if (response.status < 200) return;
      this.#changing = false;
      if (response.status >= 300) {
        this.#holding = !on;
        return;
      }
      acknowledge();
      this.#take(hear(response.body));
      this.#become(on ? 'held' : 'talking');
    });
    return true;
  }

  /** Blind transfer (RFC 3515, RFC 5589 §6). */
  transfer(uri: string, by: string): void {
    if (this.#over || this.#dialog === undefined) return;
    this.#inDialog('REFER', { 'Refer-To': `<${uri}>`, 'Referred-By': `<${by}>` });
  }

  /** Hangs up when the sound has stopped for good. */
  checkSound(): void {
    if (this.#over || this.#state !== 'talking') return;
    const { clock, stream } = this.#options;
    if (clock.wall() - this.#sinceWall > DEAF_MS && clock.now() - stream.heardAt > DEAF_MS) this.hangUp();
  }

  /** The party is gone: no signalling, only what we hold is let go. */
  abandon(): void {
    this.#end('the lab ended');
  }

  handle(request: ReceivedRequest, reply: Reply): void {
    switch (request.method) {
      case 'BYE':
        reply.send(200);
        this.#end('the other side hung up');
        return;
      case 'INVITE':
        this.#renegotiate(request, reply);
        return;
      case 'ACK':
        // The answer to an offer of ours comes here when the re-INVITE had none (RFC 3264 §5).
        this.#take(hear(request.body));
        return;
      case 'NOTIFY':
        reply.send(200);
        if (/^SIP\/2\.0 2/.test(request.body ?? '')) this.hangUp();
        return;
      default:
        reply.send(200);
    }
  }

  #renegotiate(request: ReceivedRequest, reply: Reply): void {
    const offer = hear(request.body);
    this.#version++;
    if (offer !== undefined) {
      this.#take(offer);
      this.#become(
        this.#holding || offer.direction === 'sendonly' || offer.direction === 'inactive' ? 'held' : 'talking',
      );
    }
    reply.send(200, { headers: this.#sdp(), body: this.#describe(this.#answeringDirection(offer)) });
  }

  #answeringDirection(offer: Heard | undefined): Direction {
    const mine: Direction = this.#holding ? 'sendonly' : 'sendrecv';
    if (offer === undefined || offer.direction === 'sendrecv') return mine;
    if (offer.direction === 'sendonly') return this.#holding ? 'inactive' : 'recvonly';
    return offer.direction === 'recvonly' ? 'sendonly' : 'inactive';
  }

  #progress(response: ReceivedResponse): void {
    if (response.status > 100 && this.#state === 'calling') this.#become('ringing');
  }

  #answered(response: ReceivedResponse, acknowledge: Acknowledge): void {
    acknowledge();
    this.#sent = undefined;
    this.#join(response.stackDialogId);
    if (this.#over || this.#abandoned) {
      this.#inDialog('BYE', {});
      this.#end('given up');
      return;
    }
    this.#take(hear(response.body));
    this.#become('talking');
  }

  #refused(
    response: ReceivedResponse,
    request: SentRequest,
    tried: { uri: string; headers: Readonly<Record<string, string>>; proxy: string | undefined; answered: boolean },
  ): void {
    const challenged = response.status === 401 || response.status === 407;
    const proof = challenged && !tried.answered ? this.#options.credentials(response, 'INVITE', tried.uri) : undefined;
    if (proof === undefined || this.#abandoned) {
      this.#end(`${response.status} ${response.reason ?? ''}`.trim());
      return;
    }
    this.invite(tried.uri, { ...tried.headers, ...sameCall(request, 'INVITE'), ...proof }, tried.proxy, true);
  }

  #take(heard: Heard | undefined): void {
    if (heard !== undefined) this.#options.stream.aim(heard.target);
  }

  #join(dialog: string | undefined): void {
    if (dialog === undefined || dialog === '') return;
    this.#dialog = dialog;
    this.#options.application.addDialog(this);
  }

  #become(state: LabCall['state']): void {
    if (this.#over) return;
    if (state === 'talking' && (this.#state === 'calling' || this.#state === 'ringing')) {
      this.#sinceWall = this.#options.clock.wall();
      this.#options.stream.heardAt = this.#options.clock.now();
    }
    this.#state = state;
    this.#options.onChange();
  }

  #end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#dialog !== undefined) this.#options.application.removeDialog(this);
    this.#options.stream.close();
    this.#options.onEnd(why);
  }

  #describe(direction: Direction): string {
    const { stream } = this.#options;
    return describe(stream.address, stream.port, this.#version, direction);
  }

  #sdp(): Record<string, string> {
    return { 'Content-Type': 'application/sdp' };
  }

  #inDialog(
    method: string,
    headers: Record<string, string>,
    body?: string,
    onResponse: (response: ReceivedResponse, acknowledge: Acknowledge) => void = () => undefined,
  ): void {
    if (this.#dialog === undefined) return;
    const options: RequestOptions = {
      uri: 'sip:placeholder',
      method,
      headers,
      stackDialogId: this.#dialog,
      ...(body === undefined ? {} : { body }),
    };
    this.#request(options, (request) => request.on('response', onResponse));
  }

  #request(options: RequestOptions, sent: (request: SentRequest) => void): void {
    this.#options.application.request(options, (error, request) => {
      if (request !== undefined) sent(request);
      else {
        this.#options.log.warn('request not sent', { method: options.method, why: String(error) });
        if (this.#dialog === undefined) this.#end('the request could not be sent');
      }
    });
  }
}

/** The headers that make a second request the same call as the first (RFC 3261 §22.2): Call-ID, From tag, next CSeq. */
export function sameCall(request: SentRequest, method: string): Record<string, string> {
  const sequence = Number.parseInt(request.get('CSeq') ?? '1', 10);
  return {
    'Call-ID': request.get('Call-ID') ?? '',
    From: request.get('From') ?? '',
    CSeq: `${sequence + 1} ${method}`,
  };
}
