import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext, type PeerCertificate, type SecureContext, type TlsOptions } from 'node:tls';
import { type Clock, err, type Log, ok, type Result, Secret, type Timer } from '../../src/base/index.js';
import { certificateNames, namesPeer } from '../../src/sip/index.js';
import { watchFile } from '../io/index.js';

/** Which certificate we show, and whose we want to see. Paths of PEM files. */
export interface TlsSettings {
  /** Our certificate, and behind it those that lead to its authority. */
  readonly certificate: string;
  readonly key: string;
  /** Whom we believe; the authorities that Node.js knows when missing. */
  readonly authority?: string | undefined;
  /** Whether those who connect to us show a certificate: none is asked for, one that is shown must be good, or one must be. */
  readonly verify: 'none' | 'optional' | 'required';
  /** Whether those whom we connect to must prove the name under which we look for them (RFC 5922). */
  readonly checkPeer: boolean;
}

interface Material {
  readonly certificate: string;
  readonly key: Secret;
  readonly authority: string | undefined;
  readonly context: SecureContext;
}

/** Certificate and key are two files: whoever replaces one is given time to replace the other. */
const SETTLE_MS = 500;

/** The certificates of this process, for servers and clients alike, and the way to replace them while it runs. */
export class TlsCredentials {
  readonly settings: TlsSettings;
  readonly #log: Log;
  readonly #servers: { setSecureContext(options: TlsOptions): void }[] = [];
  #material: Material;

  private constructor(settings: TlsSettings, material: Material, log: Log) {
    this.settings = settings;
    this.#material = material;
    this.#log = log;
  }

  /** The error is a sentence for people. */
  static read(settings: TlsSettings, log: Log, clock: Clock): Result<TlsCredentials, string> {
    const material = readMaterial(settings);
    if (!material.ok) return material;
    const credentials = new TlsCredentials(settings, material.value, log);
    credentials.#tell('certificate read', clock);
    return ok(credentials);
  }

  /** For connections that we open. */
  get context(): SecureContext {
    return this.#material.context;
  }

  /** For a server, with {@link follow} to keep it up to date. */
  get serverOptions(): TlsOptions {
    const { verify } = this.settings;
    return {
      ...this.#plain(),
      requestCert: verify !== 'none',
      // Who may come without a certificate is not refused by the handshake; a bad one is found behind it.
      rejectUnauthorized: verify === 'required',
    };
  }

  follow(server: { setSecureContext(options: TlsOptions): void }): void {
    this.#servers.push(server);
  }

  /** Reads the files again. Connections stay; a file that cannot be used leaves everything as it was. */
  reload(clock: Clock): void {
    const material = readMaterial(this.settings);
    if (!material.ok) {
      this.#log.error('new certificate refused; the one before stays', { why: material.error });
      return;
    }
    const before = this.#material;
    const { certificate, key, authority } = material.value;
    if (certificate === before.certificate && authority === before.authority && key.reveal() === before.key.reveal()) {
      return;
    }
    this.#material = material.value;
    for (const server of this.#servers) server.setSecureContext(this.#plain());
    this.#tell('certificate replaced', clock);
  }

  /** Reloads when the files change. Returns the way to stop. */
  watch(clock: Clock): () => void {
    let timer: Timer | undefined;
    const soon = () => {
      timer?.cancel();
      timer = clock.after(SETTLE_MS, () => this.reload(clock));
    };
    const { certificate, key, authority } = this.settings;
    const paths = [certificate, key, ...(authority === undefined ? [] : [authority])];
    // What cannot be read now is said by the reload.
    const stops = paths.map((path) => watchFile(path, clock, this.#log, soon, soon));
    return () => {
      timer?.cancel();
      for (const stop of stops) stop();
    };
  }

  /** Why this peer's certificate does not prove that it is `name`; undefined when it does, or nobody asks. */
  peerFault(name: string, certificate: PeerCertificate): Error | undefined {
    if (!this.settings.checkPeer) return undefined;
    const names = certificateNames(certificate.subjectaltname, [certificate.subject?.CN].flat()[0]);
    if (namesPeer(names, name)) return undefined;
    const shown = [...names.domains, ...names.addresses].join(', ');
    const error = new Error(`the certificate is for ${shown === '' ? 'nobody' : shown}, not for ${name}`);
    return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  }

  #plain(): TlsOptions {
    const { certificate, key, authority } = this.#material;
    return { ...plainOptions(certificate, key, authority) };
  }

  #tell(what: string, clock: Clock): void {
    const shown = new X509Certificate(this.#material.certificate);
    const fields = { subject: shown.subject, names: shown.subjectAltName, until: shown.validTo };
    if (Date.parse(shown.validTo) < clock.wall()) this.#log.warn('our certificate has expired', fields);
    else this.#log.info(what, fields);
  }
}

/** SNI carries names alone (RFC 6066 §3). */
export function serverName(name: string): { readonly servername?: string } {
  return isIP(name) === 0 ? { servername: name } : { servername: '' };
}

function plainOptions(certificate: string, key: Secret, authority: string | undefined) {
  return {
    cert: certificate,
    key: key.reveal(),
    ...(authority === undefined ? {} : { ca: authority }),
    minVersion: 'TLSv1.2' as const,
  };
}

function readMaterial(settings: TlsSettings): Result<Material, string> {
  const certificate = readText(settings.certificate);
  if (!certificate.ok) return certificate;
  const key = readText(settings.key);
  if (!key.ok) return key;
  const authority = settings.authority === undefined ? ok(undefined) : readText(settings.authority);
  if (!authority.ok) return authority;
  let step = settings.certificate;
  try {
    new X509Certificate(certificate.value);
    step = `${settings.key} with ${settings.certificate}`;
    const context = createSecureContext(plainOptions(certificate.value, new Secret(key.value), undefined));
    if (authority.value === undefined)
      return ok({ certificate: certificate.value, key: new Secret(key.value), authority: undefined, context });
    step = settings.authority ?? '';
    new X509Certificate(authority.value);
    return ok({
      certificate: certificate.value,
      key: new Secret(key.value),
      authority: authority.value,
      context: createSecureContext(plainOptions(certificate.value, new Secret(key.value), authority.value)),
    });
  } catch (error) {
    return err(`${step}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return err(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
