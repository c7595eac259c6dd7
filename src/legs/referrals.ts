import type { LegCommand, LegEvent, LegReleased, TransferTarget } from '../call/index.js';
import { parseNameAddr, parseSipUri, reasonPhrase, unescapeUri } from '../sip/index.js';
import type { ReceivedRequest, Reply } from './application.js';
import { statusOfCause } from './causes.js';
import { userOf } from './identity.js';
import { answer, type LegGround } from './leg-ground.js';

type Fields = readonly (readonly [name: string, value: string])[];
type TransferResultCommand = LegCommand & { readonly kind: 'transferResult' };

export interface ReferralOptions {
  readonly ground: LegGround;
  readonly emit: (event: Exclude<LegEvent, LegReleased>) => void;
  readonly notify: (fields: Fields, body: string) => void;
}

/** How long the transferor is to expect news, in seconds. */
const subscriptionSeconds = 180;

/** REFER in a dialog and the NOTIFYs that follow it (RFC 3515, RFC 5589 §5; RFC 4488 where nobody wants them). */
export class Referrals {
  readonly #options: ReferralOptions;
  #asked: { readonly request: ReceivedRequest; readonly reply: Reply } | undefined;
  /** The subscription that an accepted REFER made: its Event value. */
  #event: string | undefined;
  #count = 0;

  constructor(options: ReferralOptions) {
    this.#options = options;
  }

  receive(request: ReceivedRequest, reply: Reply): void {
    const target = readReferTo(request.get('Refer-To'));
    if (target === undefined) {
      answer(this.#options.ground, reply, 400);
      return;
    }
    if (this.#asked !== undefined) {
      answer(this.#options.ground, reply, 491);
      return;
    }
    this.#asked = { request, reply };
    this.#options.emit({ kind: 'transferRequested', target });
  }

  tell({ result, cause: why, sipStatus }: TransferResultCommand): void {
    switch (result) {
      case 'accepted':
        this.#accept();
        break;
      case 'refused': {
        const asked = this.#asked;
        this.#asked = undefined;
        if (asked !== undefined) answer(this.#options.ground, asked.reply, sipStatus ?? statusOfCause(why ?? 31));
        break;
      }
      case 'ringing':
        this.#notify(180, false);
        break;
      case 'answered':
        this.#notify(200, true);
        break;
      case 'failed':
        this.#notify(sipStatus ?? statusOfCause(why ?? 31), true);
        break;
    }
  }

  #accept(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    const silent = /^\s*false/i.test(asked.request.get('Refer-Sub') ?? '');
    answer(this.#options.ground, asked.reply, 202, silent ? [['Refer-Sub', 'false']] : []);
    if (silent) return;
    // RFC 3515 §2.4.6: the id, which is the REFER's CSeq, may be left out for the first alone.
    const id = asked.request.get('CSeq')?.split(/\s+/)[0] ?? '';
    this.#event = this.#count === 0 ? 'refer' : `refer;id=${id}`;
    this.#count++;
    this.#notify(100, false);
  }

  #notify(status: number, last: boolean): void {
    if (this.#event === undefined) return;
    const fields: Fields = [
      ['Event', this.#event],
      ['Subscription-State', last ? 'terminated;reason=noresource' : `active;expires=${subscriptionSeconds}`],
      ['Content-Type', 'message/sipfrag;version=2.0'],
    ];
    if (last) this.#event = undefined;
    this.#options.notify(fields, `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`);
  }
}

/** Where a Refer-To leads; undefined where it is malformed or asks for something other than a call. */
export function readReferTo(header: string | undefined): TransferTarget | undefined {
  const address = parseNameAddr(header ?? '');
  if (!address.ok) return undefined;
  const uri = parseSipUri(address.value.uri);
  if (uri.ok && (uri.value.parameters.get('method') ?? 'INVITE').toUpperCase() !== 'INVITE') return undefined;
  const number = userOf(address.value.uri);
  if (number === '') return undefined;
  const replaces = uri.ok ? /(?:^|&)Replaces=([^&]*)/i.exec(uri.value.headers ?? '')?.[1] : undefined;
  const [gruu] = uri.ok && uri.value.parameters.has('gr') ? address.value.uri.split('?', 1) : [];
  return {
    number,
    ...(gruu === undefined ? {} : { gruu }),
    ...(replaces === undefined ? {} : { replaces: unescapeUri(replaces) }),
  };
}
