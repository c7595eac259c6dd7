import { OctetReader, uint, uint16List, vector } from './octets.js';
import { dtls12 } from './record.js';

export const handshakeType = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

export const extensionType = {
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiationInfo: 0xff01,
} as const;

/** A whole handshake message. */
export interface HandshakeMessage {
  readonly type: number;
  /** `message_seq`. */
  readonly sequence: number;
  readonly body: Buffer;
}

/** As the transcript has it: never in fragments (RFC 6347 §4.2.6). */
export function encodeHandshake({ type, sequence, body }: HandshakeMessage): Buffer {
  return encodeFragment({ type, sequence, length: body.length, offset: 0, body });
}

export interface HandshakeFragment {
  readonly type: number;
  readonly sequence: number;
  /** Of the whole message. */
  readonly length: number;
  readonly offset: number;
  readonly body: Buffer;
}

export function encodeFragment({ type, sequence, length, offset, body }: HandshakeFragment): Buffer {
  return Buffer.concat([
    uint(type, 1),
    uint(length, 3),
    uint(sequence, 2),
    uint(offset, 3),
    uint(body.length, 3),
    body,
  ]);
}

/** The fragments of one record's body up to the first that is none. */
export function decodeFragments(bytes: Buffer): readonly HandshakeFragment[] {
  const reader = new OctetReader(bytes);
  const fragments: HandshakeFragment[] = [];
  while (reader.left > 0) {
    const type = reader.uint(1);
    const length = reader.uint(3);
    const sequence = reader.uint(2);
    const offset = reader.uint(3);
    const body = reader.vector(3);
    if (reader.overrun || offset + body.length > length) break;
    fragments.push({ type, sequence, length, offset, body });
  }
  return fragments;
}

export type Extensions = ReadonlyMap<number, Buffer>;

function encodeExtensions(extensions: Extensions): Buffer {
  return vector(2, ...[...extensions].map(([type, data]) => Buffer.concat([uint(type, 2), vector(2, data)])));
}

/** None is fine; one twice is not (RFC 5246 §7.4.1.4). */
function decodeExtensions(reader: OctetReader): Extensions | undefined {
  const extensions = new Map<number, Buffer>();
  if (reader.left === 0) return extensions;
  const list = new OctetReader(reader.vector(2));
  while (list.left > 0) {
    const type = list.uint(2);
    const data = list.vector(2);
    if (list.overrun || extensions.has(type)) return undefined;
    extensions.set(type, data);
  }
  return extensions;
}

export interface ClientHello {
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly cookie: Buffer;
  readonly suites: readonly number[];
  readonly extensions: Extensions;
}

export function encodeClientHello(hello: ClientHello): Buffer {
  return Buffer.concat([
    uint(dtls12, 2),
    hello.random,
    vector(1, hello.sessionId),
    vector(1, hello.cookie),
    vector(2, ...hello.suites.map((suite) => uint(suite, 2))),
    vector(1, uint(0, 1)),
    encodeExtensions(hello.extensions),
  ]);
}

export function decodeClientHello(body: Buffer): ClientHello | undefined {
  const reader = new OctetReader(body);
  const version = reader.uint(2);
  const random = reader.bytes(32);
  const sessionId = reader.vector(1);
  const cookie = reader.vector(1);
  const suites = uint16List(reader.vector(2));
  const compressions = reader.vector(1);
  const extensions = decodeExtensions(reader);
  // DTLS counts versions downwards: what is above 1.2 is older.
  if (!reader.whole || extensions === undefined || suites === undefined || version > dtls12) return undefined;
  if (!compressions.includes(0)) return undefined;
  return { random, sessionId, cookie, suites, extensions };
}

export interface ServerHello {
  readonly random: Buffer;
  readonly suite: number;
  readonly extensions: Extensions;
}

export function encodeServerHello(hello: ServerHello): Buffer {
  const head = [uint(dtls12, 2), hello.random, vector(1), uint(hello.suite, 2), uint(0, 1)];
  return Buffer.concat([...head, encodeExtensions(hello.extensions)]);
}

export function decodeServerHello(body: Buffer): ServerHello | undefined {
  const reader = new OctetReader(body);
  const version = reader.uint(2);
  const random = reader.bytes(32);
  reader.vector(1);
  const suite = reader.uint(2);
  const compression = reader.uint(1);
  const extensions = decodeExtensions(reader);
  if (!reader.whole || extensions === undefined || version !== dtls12 || compression !== 0) return undefined;
  return { random, suite, extensions };
}

export function encodeHelloVerifyRequest(cookie: Buffer): Buffer {
  // RFC 6347 §4.2.1: always 1.0, whatever is agreed later.
  return Buffer.concat([uint(0xfeff, 2), vector(1, cookie)]);
}

export function decodeHelloVerifyRequest(body: Buffer): Buffer | undefined {
  const reader = new OctetReader(body);
  reader.uint(2);
  const cookie = reader.vector(1);
  return reader.whole ? cookie : undefined;
}

export function encodeCertificate(der: Buffer): Buffer {
  return vector(3, vector(3, der));
}

/** The peer's own certificate; what vouches for it does not matter, since the fingerprint does (RFC 5763 §5). */
export function decodeCertificate(body: Buffer): Buffer | undefined {
  const reader = new OctetReader(body);
  const list = new OctetReader(reader.vector(3));
  const first = list.vector(3);
  return reader.whole && !list.overrun && first.length > 0 ? first : undefined;
}

export interface ServerKeyExchange {
  readonly group: number;
  readonly point: Buffer;
  readonly algorithm: number;
  readonly signature: Buffer;
}

const namedCurve = 3;

/** RFC 8422 §5.4: what is signed, after both randoms. */
export function encodeKeyParameters(group: number, point: Buffer): Buffer {
  return Buffer.concat([uint(namedCurve, 1), uint(group, 2), vector(1, point)]);
}

export function encodeServerKeyExchange({ group, point, algorithm, signature }: ServerKeyExchange): Buffer {
  return Buffer.concat([encodeKeyParameters(group, point), encodeSignature(algorithm, signature)]);
}

export function decodeServerKeyExchange(body: Buffer): ServerKeyExchange | undefined {
  const reader = new OctetReader(body);
  const curve = reader.uint(1);
  const group = reader.uint(2);
  const point = reader.vector(1);
  const algorithm = reader.uint(2);
  const signature = reader.vector(2);
  return reader.whole && curve === namedCurve ? { group, point, algorithm, signature } : undefined;
}

/** Also the body of CertificateVerify (RFC 5246 §7.4.8). */
export function encodeSignature(algorithm: number, signature: Buffer): Buffer {
  return Buffer.concat([uint(algorithm, 2), vector(2, signature)]);
}

export function decodeSignature(body: Buffer): { algorithm: number; signature: Buffer } | undefined {
  const reader = new OctetReader(body);
  const algorithm = reader.uint(2);
  const signature = reader.vector(2);
  return reader.whole ? { algorithm, signature } : undefined;
}

/** RFC 5246 §7.4.4: certificates of either kind, by the given algorithms, of any authority. */
export function encodeCertificateRequest(algorithms: readonly number[]): Buffer {
  const ecdsaSign = 64;
  const rsaSign = 1;
  const types = vector(1, uint(ecdsaSign, 1), uint(rsaSign, 1));
  return Buffer.concat([types, vector(2, ...algorithms.map((each) => uint(each, 2))), vector(2)]);
}

export function decodeCertificateRequest(body: Buffer): { algorithms: readonly number[] } | undefined {
  const reader = new OctetReader(body);
  reader.vector(1);
  const algorithms = uint16List(reader.vector(2));
  reader.vector(2);
  return reader.whole && algorithms !== undefined ? { algorithms } : undefined;
}

export function decodeClientKeyExchange(body: Buffer): Buffer | undefined {
  const reader = new OctetReader(body);
  const point = reader.vector(1);
  return reader.whole ? point : undefined;
}
