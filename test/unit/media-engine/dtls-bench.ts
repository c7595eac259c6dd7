import { createHash, X509Certificate } from 'node:crypto';
import { systemClock } from '../../../appliance/io/index.js';
import { DtlsEndpoint, type DtlsOutput } from '../../../appliance/media-engine/dtls/dtls-endpoint.js';
import type { EngineCertificate } from '../../../appliance/media-engine/index.js';
import type { LossyNetwork } from '../../sim/lossy-network.js';
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
  readonly certificate: EngineCertificate;
}

/** One endpoint on a simulated network, in real time: werift's flights keep time by themselves. */
export class DtlsSide {
  readonly endpoint: DtlsEndpoint;
  readonly seen: Exclude<DtlsOutput, { kind: 'send' }>[] = [];
  readonly #options: SideOptions;
  readonly #network: LossyNetwork;

  constructor(options: SideOptions, network: LossyNetwork) {
    this.#options = options;
    this.#network = network;
    const { role, fingerprint, certificate } = options;
    this.endpoint = new DtlsEndpoint({ role, fingerprint, certificate, changed: () => this.#after() });
    network.attach(options.name, (bytes) => {
      this.endpoint.receive(bytes, systemClock.now());
      this.#after();
    });
    this.#after();
  }

  start(): void {
    this.endpoint.reachable(systemClock.now());
    this.#after();
  }

  /** As if so much time had passed. */
  passes(ms: number): void {
    this.endpoint.advance(systemClock.now() + ms);
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
  }
}
