/** The configuration that the registrar needs, in its own words; seconds and milliseconds as named. */
export interface RegistrarSettings {
  /** The centre's digest realm. */
  readonly realm: string;
  /** The centre's SIP domain. */
  readonly domain: string;
  /** How the centre finds us: our own address as Contact, or the phone's with a Path (RFC 3327). */
  readonly contactMode: 'rewrite' | 'path';
  /** Where the centre reaches Holdfast. */
  readonly contactAddress: { readonly host: string; readonly port: number; readonly transport: 'udp' | 'tcp' | 'tls' };
  /** The longest registration that a phone gets. */
  readonly phonesExpiresS: number;
  /** Registrations are shortened by up to this share, at random, so that phones do not return together. */
  readonly phonesJitter: number;
  /** Shorter ones are refused with 423. */
  readonly minExpiresS: number;
  /** What Holdfast asks of the centre; never less than what the phone gets. */
  readonly upstreamExpiresS: number;
  readonly nonceLifetimeMs: number;
  /** Offered in this order (RFC 8760 §2.4). */
  readonly algorithms: readonly ('SHA-256' | 'MD5')[];
  readonly bindingsPerUser: number;
  readonly bindingsTotal: number;
  /** REGISTERs to the centre: the bucket's fill and size. */
  readonly upstreamPerSecond: number;
  readonly upstreamBurst: number;
}

/** Everything that has a usual value. */
export const registrarDefaults = {
  contactMode: 'rewrite',
  phonesExpiresS: 300,
  phonesJitter: 0.15,
  minExpiresS: 60,
  upstreamExpiresS: 600,
  nonceLifetimeMs: 300_000,
  algorithms: ['SHA-256', 'MD5'],
  bindingsPerUser: 10,
  bindingsTotal: 100_000,
  upstreamPerSecond: 20,
  upstreamBurst: 5,
} as const satisfies Partial<RegistrarSettings>;
