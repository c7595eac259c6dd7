import { createHash, X509Certificate } from 'node:crypto';
import { DtlsEndpoint, type DtlsOutput, readCertificate } from '../../../appliance/media-engine/dtls/dtls-endpoint.js';
import type { OwnCertificate } from '../../../appliance/media-engine/dtls/handshake.js';
import type { EngineCertificate } from '../../../appliance/media-engine/index.js';
import type { Random } from '../../../src/base/index.js';
import type { LossyNetwork } from '../../sim/lossy-network.js';
import type { VirtualClock } from '../../sim/virtual-clock.js';
import { makeSelfSigned } from '../../system/self-signed.js';

const made: EngineCertificate[] = [];

/** Certificates as the shell makes them, made once per process. */
export function engineCertificate(index: number): EngineCertificate {
  for (let i = made.length; i <= index; i++) {
    const { cert, key } = makeSelfSigned();
    made.push({ certificate: cert, privateKey: key, fingerprint: fingerprintOf(cert, 'sha256') });
  }
  return made[index] ?? { certificate: '', privateKey: '', fingerprint: '' };
}

/** `a=fingerprint` of a certificate in PEM. */
export function fingerprintOf(pem: string, hash: 'sha256' | 'sha384' | 'sha512' | 'sha1'): string {
  const digest = createHash(hash).update(new X509Certificate(pem).raw).digest('hex').toUpperCase();
  return `${hash.replace('sha', 'sha-')} ${digest.match(/../g)?.join(':')}`;
}

export interface SideOptions {
  readonly name: string;
  readonly peer: string;
  readonly role: 'client' | 'server';
  readonly fingerprint: string;
  readonly certificate: OwnCertificate;
  readonly addressProven?: boolean;
}

/** One endpoint on a simulated network and clock. */
export class DtlsSide {
  readonly endpoint: DtlsEndpoint;
  readonly seen: Exclude<DtlsOutput, { kind: 'send' }>[] = [];
  readonly #options: SideOptions;
  readonly #clock: VirtualClock;
  readonly #network: LossyNetwork;

  constructor(options: SideOptions, clock: VirtualClock, network: LossyNetwork, random: Random) {
    this.#options = options;
    this.#clock = clock;
    this.#network = network;
    const { role, fingerprint, certificate, addressProven = true } = options;
    this.endpoint = new DtlsEndpoint({ role, fingerprint, certificate, random, addressProven });
    network.attach(options.name, (bytes, from) => {
      this.endpoint.receive(bytes, from, clock.now());
      this.#after();
    });
    this.#after();
  }

  start(): void {
    this.endpoint.reachable(this.#clock.now());
    this.#after();
  }

  get keys(): Extract<DtlsOutput, { kind: 'secured' }>['keys'] | undefined {
    const last = this.seen.at(-1);
    return last?.kind === 'secured' ? last.keys : undefined;
  }

  get why(): string | undefined {
    const last = this.seen.at(-1);
    return last?.kind === 'insecure' ? last.why : undefined;
  }

  #after(): void {
    for (const output of this.endpoint.take()) {
      if (output.kind === 'send') this.#network.send(this.#options.name, this.#options.peer, output.bytes);
      else this.seen.push(output);
    }
    const timeout = this.endpoint.timeout;
    if (timeout === undefined) return;
    this.#clock.after(timeout - this.#clock.now(), () => {
      if (this.endpoint.timeout === undefined || this.endpoint.timeout > this.#clock.now()) return;
      this.endpoint.advance(this.#clock.now());
      this.#after();
    });
  }
}

export { readCertificate };
