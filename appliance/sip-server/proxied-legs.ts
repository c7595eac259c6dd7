import { Headers, type SipMessage, type SipRequest, tagOf } from '../../src/sip/index.js';
import type { CallLeg } from './cdr.js';

/** Answered calls that are remembered for their BYE; the oldest is given up for the newest. */
const MAX_CALLS = 20_000;

export interface ProxiedCall {
  readonly callId: string;
  uas: CallLeg | undefined;
  /** By the tag of whoever answered: an INVITE that forked may have several. */
  readonly uacs: Map<string, CallLeg>;
}

/** The legs of calls that were proxied with Record-Route, from the answer to the BYE that passes here. */
export class ProxiedLegs {
  /** A call that comes round passes here twice with one Call-ID. */
  readonly #byCallId = new Map<string, ProxiedCall[]>();
  #count = 0;

  /** Room for the legs of one INVITE. */
  open(callId: string): ProxiedCall {
    return { callId, uas: undefined, uacs: new Map() };
  }

  /** The first answer: the call is remembered from now on. */
  keep(call: ProxiedCall): void {
    if (this.#count >= MAX_CALLS) {
      const [oldest] = this.#byCallId.values();
      if (oldest?.[0] !== undefined) this.#giveUp(oldest[0]);
    }
    const same = this.#byCallId.get(call.callId);
    if (same === undefined) this.#byCallId.set(call.callId, [call]);
    else same.push(call);
    this.#count++;
  }

  /** A BYE passes: the leg of the callee that it names ends, and with the last one the caller's. */
  hangUp(bye: SipRequest): void {
    const h = bye.headers;
    const calls = this.#byCallId.get(h.get('Call-ID') ?? '');
    const tags = [tagOf(h.get('To') ?? '') ?? '', tagOf(h.get('From') ?? '') ?? ''];
    const call = calls?.find(({ uacs }) => tags.some((tag) => uacs.has(tag)));
    if (call === undefined) return;
    const ended = tags.map((tag) => call.uacs.get(tag));
    for (const tag of tags) call.uacs.delete(tag);
    if (call.uacs.size === 0) {
      call.uas?.stop('network', 'normal-release', bye);
      this.#forget(call);
    }
    for (const leg of ended) leg?.stop('application', 'normal-release', bye);
  }

  stop(): void {
    for (const call of [...this.#byCallId.values()].flat()) this.#giveUp(call);
  }

  #giveUp(call: ProxiedCall): void {
    const bye = unseenBye(call.callId);
    for (const leg of call.uacs.values()) leg.stop('application', 'system-initiated-termination', bye);
    call.uas?.stop('application', 'system-initiated-termination', bye);
    this.#forget(call);
  }

  #forget(call: ProxiedCall): void {
    const same = this.#byCallId.get(call.callId)?.filter((other) => other !== call) ?? [];
    if (same.length === 0) this.#byCallId.delete(call.callId);
    else this.#byCallId.set(call.callId, same);
    this.#count--;
  }
}

/** Stands for the BYE that will pass when nobody here looks any more. */
function unseenBye(callId: string): SipMessage {
  const headers = new Headers([
    ['Call-ID', callId],
    ['CSeq', '1 BYE'],
  ]);
  return { kind: 'request', method: 'BYE', uri: 'sip:unknown.invalid', headers, body: Buffer.alloc(0) };
}
