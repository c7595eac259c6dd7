import { FrameReader } from '../../appliance/sip-server/control-codec.js';
import { between, type Random } from '../../src/base/index.js';
import { parseMessage, type SipMessage, type SipRequest, type SipResponse } from '../../src/sip/index.js';
import { connectTo } from './memory-sockets.js';
import type { VirtualClock } from './virtual-clock.js';

/** One party's view of one call. */
export interface CallView {
  readonly callId: string;
  readonly role: 'caller' | 'callee';
  dialogId: string;
  /** The transaction of the INVITE that began it. */
  transactionId: string;
  state: 'trying' | 'up' | 'over';
  /** How it ended, once per ending: more than one is a fault. */
  readonly ends: string[];
  /** RSeq of the reliable provisional responses, as sent or as received. */
  readonly rseqs: number[];
  pracks: number;
  cancelled: boolean;
  acks: number;
}

export interface ApplicationOptions {
  readonly name: string;
  readonly controlPort: number;
  readonly clock: VirtualClock;
  readonly random: Random;
  /** Where its calls go. */
  readonly target: string;
  /** Value of Session-Expires in INVITEs and in answers; empty for none. */
  readonly sessionExpires: () => string;
}

type Waiting = (response: SipResponse, dialogId: string) => void;

const body = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** An application as drachtio-srf is one, on the simulation's clock: it calls, answers, changes and ends calls. */
export class SignallingApplication {
  readonly calls = new Map<string, CallView>();
  readonly faults: string[] = [];
  /** Changes that succeeded, and refreshes of the other server that came through. */
  readonly counts = { reinvites: 0, updates: 0, refreshes: 0, glares: 0, reliable: 0 };
  readonly #options: ApplicationOptions;
  readonly #connection: ReturnType<typeof connectTo>;
  readonly #answered = new Map<string, (fields: readonly string[], sip: SipMessage | undefined) => void>();
  readonly #waiting = new Map<string, Waiting>();
  #messages = 0;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#connection = connectTo(options.controlPort);
    const reader = new FrameReader();
    this.#connection.onData((bytes) => {
      const frames = reader.push(bytes);
      if (frames.ok) for (const frame of frames.value) this.#frame(frame);
    });
    this.#send('authenticate|cymru|');
    for (const verb of ['invite', 'prack', 'update', 'info', 'bye', 'ack', 'cancel']) this.#send(`route|${verb}`);
  }

  /** Begins a call. */
  call(callId: string): CallView {
    const view = this.#view(callId, 'caller');
    this.#request(
      'INVITE',
      '',
      view,
      ['Supported: 100rel', ...this.#expires(), ...this.#offer()],
      (response, dialogId) => this.#progress(view, response, dialogId),
    );
    return view;
  }

  cancel(view: CallView): void {
    if (view.state !== 'trying' || view.cancelled) return;
    view.cancelled = true;
    this.#send(`sip|${view.transactionId}|`, `CANCEL sip:x SIP/2.0\r\n\r\n`);
  }

  /** Hangs up a call that is up. */
  bye(view: CallView): void {
    if (view.state !== 'up') return;
    this.#end(view, 'own bye');
    this.#request('BYE', view.dialogId, view, [], (response) => {
      if (response.status !== 200 && response.status !== 481) this.#fault(view, `BYE got ${response.status}`);
    });
  }

  /** Changes the session; what glare or a busy peer refuses is tried again a few times. */
  change(view: CallView, method: 'INVITE' | 'UPDATE' | 'INFO', described: boolean, tries = 8): void {
    if (view.state !== 'up') return;
    this.#request(method, view.dialogId, view, described ? this.#offer() : [], (response, dialogId) => {
      const { status } = response;
      if (status < 200) return;
      if (method === 'INVITE' && status < 300) this.#ack(view, dialogId);
      if (status === 200) {
        if (method === 'INVITE') this.counts.reinvites++;
        if (method === 'UPDATE') this.counts.updates++;
      } else if (view.state === 'up' && (status === 491 || status === 500)) {
        this.counts.glares++;
        const again = () => this.change(view, method, described, tries - 1);
        if (tries > 0) this.#options.clock.after(between(this.#options.random, 500, 5_000), again);
        else this.#fault(view, `${method} never got through`);
      } else if (view.state === 'up' && status !== 481 && status !== 487) {
        this.#fault(view, `${method} got ${status}`);
      }
    });
  }

  // ---- as caller

  #progress(view: CallView, response: SipResponse, dialogId: string): void {
    const { status, headers } = response;
    if (status === 200) {
      view.dialogId = dialogId;
      this.#ack(view, dialogId);
      view.state = 'up';
      // The call was answered before the CANCEL arrived.
      if (view.cancelled) this.bye(view);
    } else if (status >= 300) {
      this.#end(view, String(status));
    } else if (headers.has('RSeq')) {
      const rseq = Number(headers.get('RSeq'));
      const last = view.rseqs.at(-1);
      if (last !== undefined && rseq !== last + 1) this.#fault(view, `RSeq ${rseq} after ${last}`);
      view.rseqs.push(rseq);
      this.counts.reliable++;
      this.#later(300, () => this.#prack(view, dialogId, `${rseq} ${headers.get('CSeq')}`));
    }
  }

  #prack(view: CallView, dialogId: string, rack: string): void {
    if (view.state === 'over') return;
    this.#request('PRACK', dialogId, view, [`RAck: ${rack}`], (response) => {
      if (response.status === 200) view.pracks++;
      else if (view.state !== 'over') this.#fault(view, `PRACK got ${response.status}`);
    });
  }

  #ack(view: CallView, dialogId: string): void {
    this.#send(`sip||${dialogId || view.dialogId}`, 'ACK sip:placeholder SIP/2.0\r\n\r\n');
  }

  // ---- as callee

  #incoming(request: SipRequest, transactionId: string, dialogId: string): void {
    const callId = request.headers.get('Call-ID') ?? '';
    const view = this.calls.get(callId);
    const { method } = request;
    if (method === 'INVITE' && dialogId === '') {
      if (view === undefined) this.#invited(callId, transactionId);
      else this.#fault(view, 'the INVITE came twice');
      return;
    }
    if (view === undefined) return;
    if (method === 'ACK') {
      view.acks++;
    } else if (method === 'CANCEL') {
      view.cancelled = true;
      this.#end(view, request.headers.get('Reason') ?? 'cancelled');
    } else if (method === 'BYE') {
      if (transactionId === 'unsolicited') this.#end(view, request.headers.get('Reason') ?? 'unsolicited');
      else {
        if (view.state !== 'over') this.#end(view, 'bye');
        this.#answer(transactionId, 200);
      }
    } else {
      if (method === 'PRACK') view.pracks++;
      if (method === 'UPDATE' && request.body.length === 0 && request.headers.has('Session-Expires'))
        this.counts.refreshes++;
      const described = method === 'INVITE' || request.body.length > 0;
      this.#later(400, () => this.#answer(transactionId, 200, described ? this.#offer() : []));
    }
  }

  #invited(callId: string, transactionId: string): void {
    const { random } = this.#options;
    const view = this.#view(callId, 'callee');
    view.transactionId = transactionId;
    const provisionals = Math.floor(between(random, 0, 4));
    let at = 0;
    for (let i = 0; i < provisionals; i++) {
      const described = random.next() < 0.5;
      const reliable = random.next() < 0.8 ? ['Require: 100rel'] : [];
      at += between(random, 0, 1_500);
      this.#options.clock.after(at, () => {
        if (view.state !== 'trying') return;
        this.#answer(
          transactionId,
          described ? 183 : 180,
          [...reliable, ...(described ? this.#offer() : [])],
          (ok, sip) => {
            if (ok && sip?.headers.has('RSeq') === true) view.rseqs.push(Number(sip.headers.get('RSeq')));
          },
        );
      });
    }
    this.#options.clock.after(at + between(random, 0, 3_000), () => {
      if (view.state !== 'trying') return;
      if (random.next() < 0.15) {
        this.#answer(transactionId, 486);
        this.#end(view, '486');
        return;
      }
      this.#answer(transactionId, 200, [...this.#expires(), ...this.#offer()], (ok, sip, dialogId) => {
        // What was not sent was cancelled, which is told by itself.
        if (view.state === 'over' || !ok || sip === undefined) return;
        view.dialogId = dialogId;
        view.state = 'up';
      });
    });
  }

  // ---- frames

  #answer(
    transactionId: string,
    status: number,
    lines: readonly string[] = [],
    done?: (ok: boolean, sip: SipMessage | undefined, dialogId: string) => void,
  ): void {
    this.#send(`sip|${transactionId}|`, text(`SIP/2.0 ${status} X`, lines), (fields, sip) =>
      done?.(fields[3] === 'OK', sip, fields[11] ?? ''),
    );
  }

  #request(method: string, dialogId: string, view: CallView, lines: readonly string[], outcome: Waiting): void {
    const uri = dialogId === '' ? this.#options.target : 'sip:placeholder';
    const named = dialogId === '' ? [`Call-ID: ${view.callId}`] : [];
    this.#send(`sip||${dialogId}`, text(`${method} ${uri} SIP/2.0`, [...named, ...lines]), (fields) => {
      if (fields[3] !== 'OK') {
        // The peer's BYE has reached the server, and is on its way to here.
        const ending = fields[4]?.startsWith('unable to find dialog') === true;
        if (view.state !== 'over' && !ending) this.#fault(view, `${method}: ${fields[4]}`);
        return;
      }
      if (method === 'INVITE' && dialogId === '') view.transactionId = fields[10] ?? '';
      this.#waiting.set(fields[10] ?? '', outcome);
    });
  }

  #send(leader: string, sip = '', answered?: (fields: readonly string[], sip: SipMessage | undefined) => void): void {
    const id = `${this.#options.name}-${this.#messages++}`;
    if (answered !== undefined) this.#answered.set(id, answered);
    const frame = Buffer.from(sip === '' ? `${id}|${leader}` : `${id}|${leader}\r\n${sip}`);
    this.#connection.send(Buffer.concat([Buffer.from(`${frame.length}#`), frame]));
  }

  #frame(frame: string): void {
    const end = frame.indexOf('\r\n');
    const fields = (end < 0 ? frame : frame.slice(0, end)).split('|');
    const parsed = end < 0 ? undefined : parseMessage(Buffer.from(frame.slice(end + 2)));
    // The server's own BYE is told as it stands before it is sent: without a Via.
    const sip = parsed?.ok === false ? parsed.error.salvaged : parsed?.value;
    if (fields[1] === 'response') {
      const answered = this.#answered.get(fields[2] ?? '');
      this.#answered.delete(fields[2] ?? '');
      answered?.(fields, sip);
    } else if (sip?.kind === 'request') {
      this.#incoming(sip, fields[8] ?? '', fields[9] ?? '');
    } else if (sip?.kind === 'response') {
      const waiting = this.#waiting.get(fields[8] ?? '');
      if (sip.status >= 200) this.#waiting.delete(fields[8] ?? '');
      waiting?.(sip, fields[9] ?? '');
    }
  }

  #expires(): readonly string[] {
    const value = this.#options.sessionExpires();
    return value === '' ? [] : [`Session-Expires: ${value}`];
  }

  #offer(): readonly string[] {
    return ['Content-Type: application/sdp', '', body];
  }

  #later(withinMs: number, work: () => void): void {
    this.#options.clock.after(this.#options.random.next() * withinMs, work);
  }

  #end(view: CallView, how: string): void {
    view.state = 'over';
    view.ends.push(how);
  }

  #view(callId: string, role: CallView['role']): CallView {
    const view: CallView = {
      ...{ callId, role, dialogId: '', transactionId: '', state: 'trying', ends: [], rseqs: [], pracks: 0 },
      ...{ cancelled: false, acks: 0 },
    };
    this.calls.set(callId, view);
    return view;
  }

  #fault(view: CallView, what: string): void {
    this.faults.push(`${this.#options.name} ${view.callId}: ${what}`);
  }
}

/** Headers, and behind an empty line the body. */
function text(start: string, lines: readonly string[]): string {
  const at = lines.indexOf('');
  const headers = at < 0 ? lines : lines.slice(0, at);
  return `${[start, ...headers, 'Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK'].join('\r\n')}\r\n\r\n${at < 0 ? '' : lines.slice(at + 1).join('')}`;
}
