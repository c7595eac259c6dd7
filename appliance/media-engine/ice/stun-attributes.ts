import { isUtf8 } from 'node:buffer';
import { type Message, paddingLength } from 'werift';
import type { TransportAddress } from '../../../src/media/index.js';
import { addressBytes, addressText } from './address.js';

/** What the attributes that we know say (RFC 8489 §14, RFC 8445 §16.1, RFC 8656 §18). */
export interface StunAttributes {
  readonly username?: string;
  readonly realm?: string;
  readonly nonce?: string;
  readonly software?: string;
  readonly errorCode?: { readonly code: number; readonly reason: string };
  readonly unknownAttributes?: readonly number[];
  readonly mappedAddress?: TransportAddress;
  readonly xorMappedAddress?: TransportAddress;
  readonly xorPeerAddress?: TransportAddress;
  readonly xorRelayedAddress?: TransportAddress;
  readonly alternateServer?: TransportAddress;
  readonly priority?: number;
  readonly useCandidate?: boolean;
  readonly iceControlled?: bigint;
  readonly iceControlling?: bigint;
  readonly channelNumber?: number;
  readonly lifetime?: number;
  readonly requestedTransport?: number;
  /** 1: IPv4, 2: IPv6. */
  readonly requestedAddressFamily?: number;
  readonly data?: Buffer;
  /** Numbers of RFC 8489 §18.5: 1 MD5, 2 SHA-256. */
  readonly passwordAlgorithms?: readonly number[];
  readonly passwordAlgorithm?: number;
}

type Draft = { -readonly [K in keyof StunAttributes]: StunAttributes[K] };
type Found<K extends keyof StunAttributes> = Exclude<StunAttributes[K], undefined>;
type WeriftName = Parameters<Message['setAttribute']>[0];

/** One attribute that we know: werift reads and writes its value, which may have so many octets. */
export interface SpokenAttribute {
  readonly kind: number;
  readonly least: number;
  readonly most: number;
  /** False where it says nothing that may be said. */
  readonly read: (message: Message, draft: Draft) => boolean;
  readonly write: (attributes: StunAttributes, message: Message) => void;
}

/** Between werift's value and ours. */
interface Form<V, T> {
  readonly least: number;
  readonly most: number;
  readonly read: (value: V) => T | undefined;
  readonly write: (value: T) => V;
}

function spoken<K extends keyof StunAttributes, V>(
  key: K,
  kind: number,
  name: WeriftName,
  { least, most, read, write }: Form<V, Found<K>>,
): SpokenAttribute {
  return {
    kind,
    least,
    most,
    read(message, draft) {
      const value: V | undefined = message.getAttributeValue(name);
      if (value === undefined) return true;
      const found = read(value);
      if (found !== undefined) draft[key] = found;
      return found !== undefined;
    },
    write(attributes, message) {
      const value = attributes[key];
      if (value !== undefined) message.setAttribute(name, write(value as Found<K>));
    },
  };
}

const itself = <T>(value: T): T => value;
const same = <T>(least: number, most: number): Form<T, T> => ({ least, most, read: itself, write: itself });

/** What is no UTF-8 would be written longer than it was read; werift puts U+FFFD in its place. */
const text = (most: number): Form<string, string> => ({
  least: 0,
  most,
  read: (value) => (value.includes('\ufffd') ? undefined : value),
  write: itself,
});
const nonce: Form<Buffer, string> = {
  least: 0,
  most: 763,
  read: (value) => (isUtf8(value) ? value.toString('utf8') : undefined),
  write: (value) => Buffer.from(value, 'utf8'),
};
/** RFC 8489 §14.8, §14.14: fewer than 128 characters. A longer one is cut: it is for people, and werift writes no longer one. */
const phrase = (value: string): string => (value.length < 128 ? value : [...value].slice(0, 127).join(''));
const software: Form<string, string> = { least: 0, most: 763, read: phrase, write: phrase };
/** The bits before the class are reserved (RFC 8489 §14.8); werift counts them. */
const errorCode: Form<[number, string], Found<'errorCode'>> = {
  least: 4,
  most: 4 + 763,
  read: ([code, reason]) => ({ code: code % 800, reason: phrase(reason) }),
  write: ({ code, reason }) => [code, reason],
};

const word: Form<number, number> = { least: 4, most: 4, read: itself, write: (value) => value >>> 0 };
/** The first octet of four, where werift takes all. */
const top: Form<number, number> = {
  least: 4,
  most: 4,
  read: (value) => value >>> 24,
  write: (value) => value * 0x1000000,
};
/** Whoever compares addresses has them in one spelling. */
const address: Form<[string, number], TransportAddress> = {
  least: 8,
  most: 20,
  read([written, port]) {
    const host = addressText(addressBytes(written) ?? Buffer.alloc(0));
    return host === undefined ? undefined : { host, port };
  },
  write: ({ host, port }) => [addressBytes(host) === undefined ? '0.0.0.0' : host, port],
};
const flag: Form<null, boolean> = { least: 0, most: 0xffff, read: () => true, write: () => null };

/** RFC 8489 §14.11: numbers, each with parameters that no known algorithm has. */
function readAlgorithms(value: Buffer): readonly number[] | undefined {
  const found: number[] = [];
  for (let at = 0; at < value.length; ) {
    if (at + 4 > value.length) return undefined;
    found.push(value.readUInt16BE(at));
    const size = value.readUInt16BE(at + 2);
    at += 4 + size + paddingLength(size);
  }
  return found;
}
const writeAlgorithms = (list: readonly number[]): Buffer =>
  Buffer.concat(list.map((each) => Buffer.from([each >> 8, each & 0xff, 0, 0])));
/** As many as there are numbers to give. */
const algorithms: Form<Buffer, readonly number[]> = {
  least: 0,
  most: 1024,
  read: readAlgorithms,
  write: writeAlgorithms,
};
const algorithm: Form<Buffer, number> = {
  least: 4,
  most: 1024,
  read: (value) => readAlgorithms(value)?.[0],
  write: (value) => writeAlgorithms([value]),
};

/** In the order in which they are written. */
export const spokenAttributes: readonly SpokenAttribute[] = [
  spoken('software', 0x8022, 'SOFTWARE', software),
  spoken('errorCode', 0x0009, 'ERROR-CODE', errorCode),
  spoken('unknownAttributes', 0x000a, 'UNKNOWN-ATTRIBUTES', same<readonly number[]>(0, 1024)),
  spoken('priority', 0x0024, 'PRIORITY', word),
  spoken('useCandidate', 0x0025, 'USE-CANDIDATE', flag),
  spoken('iceControlled', 0x8029, 'ICE-CONTROLLED', same<bigint>(8, 8)),
  spoken('iceControlling', 0x802a, 'ICE-CONTROLLING', same<bigint>(8, 8)),
  spoken('channelNumber', 0x000c, 'CHANNEL-NUMBER', same<number>(4, 4)),
  spoken('lifetime', 0x000d, 'LIFETIME', word),
  spoken('requestedTransport', 0x0019, 'REQUESTED-TRANSPORT', top),
  spoken('requestedAddressFamily', 0x0017, 'REQUESTED-ADDRESS-FAMILY', top),
  spoken('mappedAddress', 0x0001, 'MAPPED-ADDRESS', address),
  spoken('alternateServer', 0x8023, 'ALTERNATE-SERVER', address),
  spoken('xorMappedAddress', 0x0020, 'XOR-MAPPED-ADDRESS', address),
  spoken('xorPeerAddress', 0x0012, 'XOR-PEER-ADDRESS', address),
  spoken('xorRelayedAddress', 0x0016, 'XOR-RELAYED-ADDRESS', address),
  spoken('data', 0x0013, 'DATA', same<Buffer>(0, 0xffff)),
  spoken('username', 0x0006, 'USERNAME', text(513)),
  spoken('realm', 0x0014, 'REALM', text(763)),
  spoken('nonce', 0x0015, 'NONCE', nonce),
  spoken('passwordAlgorithms', 0x8002, 'PASSWORD-ALGORITHMS', algorithms),
  spoken('passwordAlgorithm', 0x001d, 'PASSWORD-ALGORITHM', algorithm),
];

export const spokenByKind: ReadonlyMap<number, SpokenAttribute> = new Map(
  spokenAttributes.map((each) => [each.kind, each]),
);
