import type { SipRequest, SipResponse } from '../../src/sip/index.js';

/** The event package of a NOTIFY or SUBSCRIBE, without its parameters. */
export function eventPackage(request: SipRequest): string {
  return (
    (request.headers.get('Event') ?? (request.method === 'REFER' ? 'refer' : ''))
      .split(';', 1)[0]
      ?.trim()
      .toLowerCase() ?? ''
  );
}

/** True for a NOTIFY that ends its subscription. */
export function endsSubscription(notify: SipRequest): boolean {
  return /^\s*terminated/i.test(notify.headers.get('Subscription-State') ?? '');
}

/** Seconds of an Expires header. */
export function expiresOf(message: SipRequest | SipResponse, otherwise: number): number {
  const value = message.headers.get('Expires');
  const seconds = value === undefined ? Number.NaN : Number.parseInt(value, 10);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : otherwise;
}
