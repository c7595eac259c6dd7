import type { KeyObject } from 'node:crypto';
import type { Random } from '../../../src/base/index.js';
import type { DtlsKeys } from '../../../src/media/index.js';
import type { SessionSecrets } from './cipher-suite.js';
import { alertDescription, type FlightChannel } from './flight-channel.js';
import type { HandshakeMessage } from './handshake-message.js';
import { recordProtections } from './record.js';
import { exportSrtpKeys, type SrtpProfile } from './srtp-profile.js';

/** Ours, read once. */
export interface OwnCertificate {
  readonly der: Buffer;
  readonly key: KeyObject;
}

export interface HandshakeOptions {
  readonly certificate: OwnCertificate;
  /** Whether a certificate is the one that signalling announced. */
  readonly isPeer: (der: Buffer) => boolean;
  readonly random: Random;
}

export type HandshakeOutcome =
  | { readonly kind: 'secured'; readonly keys: DtlsKeys }
  | { readonly kind: 'failed'; readonly why: string };

type Alert = keyof typeof alertDescription;

/** What client and server have in common: one message at a time, one outcome. */
export abstract class Handshake {
  protected readonly options: HandshakeOptions;
  protected readonly channel: FlightChannel;
  #outcome: HandshakeOutcome | undefined;

  constructor(options: HandshakeOptions, channel: FlightChannel) {
    this.options = options;
    this.channel = channel;
  }

  get outcome(): HandshakeOutcome | undefined {
    return this.#outcome;
  }

  get timeout(): number | undefined {
    return this.channel.timeout;
  }

  /** What the peer complained of. */
  get complaint(): string | undefined {
    return this.channel.alert;
  }

  receive(datagram: Buffer, now: number): void {
    if (this.#outcome?.kind === 'failed') return;
    this.channel.receive(datagram, now, (message, sealed) => {
      if (this.#outcome === undefined) this.handle(message, sealed, now);
    });
  }

  advance(now: number): void {
    this.channel.advance(now);
  }

  repeat(now: number): void {
    this.channel.repeat(now);
  }

  take(): readonly Buffer[] {
    return this.channel.take();
  }

  protected abstract handle(message: HandshakeMessage, sealed: boolean, now: number): undefined;

  protected fail(why: string, alert: Alert): undefined {
    this.channel.sendAlert(alertDescription[alert]);
    this.channel.settle();
    this.#outcome = { kind: 'failed', why };
  }

  protected secure(secrets: SessionSecrets, profile: SrtpProfile, role: 'client' | 'server'): void {
    this.channel.settle();
    this.#outcome = { kind: 'secured', keys: exportSrtpKeys(secrets, profile, role) };
  }

  /** Reading by the new keys from now on; the protection for writing comes back, for when it is to begin. */
  protected startReading(secrets: SessionSecrets, role: 'client' | 'server'): () => void {
    const protections = recordProtections(secrets);
    const [own, peer] = role === 'client' ? (['client', 'server'] as const) : (['server', 'client'] as const);
    this.channel.protectReading(protections[peer]);
    return () => this.channel.protectWriting(protections[own]);
  }
}
