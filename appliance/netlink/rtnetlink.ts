/** rtnetlink(7), as far as one interface needs it. Numbers of linux/rtnetlink.h, linux/if_link.h and linux/if_addr.h. */
export const messageType = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
} as const;

/** RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE. */
export const watchedGroups = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up, and the other end is there. */
  readonly carrier: boolean;
}

export interface InterfaceAddress {
  readonly index: number;
  readonly address: string;
}

export interface DefaultRoute {
  readonly index: number;
  /** Absent on a point-to-point link. */
  readonly gateway?: string;
}

const IFF_UP = 0x1;
const IFF_LOWER_UP = 0x10000;
const IFLA_IFNAME = 3;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_F_UNUSABLE = 0x08 | 0x40; // DADFAILED, TENTATIVE
const RT_SCOPE_LINK = 253;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_MULTIPATH = 9;
const RTN_UNICAST = 1;
const RTNH_F_DEAD = 1;
const AF_INET = 2;
const AF_INET6 = 10;

/** The request for one link by its name; its answer is the self-probe's sign of life, too. */
export function encodeLinkRequest(name: string): Buffer {
  const text = Buffer.from(`${name}\0`);
  const attribute = Buffer.alloc(4 + align(text.length));
  attribute.writeUInt16LE(4 + text.length, 0);
  attribute.writeUInt16LE(IFLA_IFNAME, 2);
  text.copy(attribute, 4);
  return Buffer.concat([Buffer.alloc(16), attribute]);
}

/** The payload of a dump of every family: an empty ifaddrmsg or rtmsg. */
export function encodeDumpRequest(): Buffer {
  return Buffer.alloc(12);
}

export function decodeLink(payload: Buffer): Link | undefined {
  if (payload.length < 16) return undefined;
  const flags = payload.readUInt32LE(8);
  const name = attributes(payload, 16).get(IFLA_IFNAME);
  if (name === undefined) return undefined;
  return {
    index: payload.readInt32LE(4),
    name: name.toString('latin1').split('\0', 1)[0] ?? '',
    carrier: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0,
  };
}

/** `undefined` for what no call can use: link-local, tentative, duplicate. */
export function decodeAddress(payload: Buffer): InterfaceAddress | undefined {
  if (payload.length < 8) return undefined;
  const flags = payload.readUInt8(2);
  const scope = payload.readUInt8(3);
  if (scope >= RT_SCOPE_LINK || (flags & IFA_F_UNUSABLE) !== 0) return undefined;
  const found = attributes(payload, 8);
  const bytes = found.get(IFA_LOCAL) ?? found.get(IFA_ADDRESS);
  const address = bytes === undefined ? undefined : addressText(payload.readUInt8(0), bytes);
  return address === undefined ? undefined : { index: payload.readUInt32LE(4), address };
}

/** The interfaces over which a default route leaves: one, or several of a multipath route; none if it is another route. */
export function decodeDefaultRoutes(payload: Buffer): readonly DefaultRoute[] {
  if (payload.length < 12) return [];
  const family = payload.readUInt8(0);
  const destinationLength = payload.readUInt8(1);
  const type = payload.readUInt8(7);
  if ((family !== AF_INET && family !== AF_INET6) || destinationLength !== 0 || type !== RTN_UNICAST) return [];
  const found = attributes(payload, 12);
  const multipath = found.get(RTA_MULTIPATH);
  if (multipath !== undefined) return decodeNextHops(family, multipath);
  const oif = found.get(RTA_OIF);
  if (oif === undefined || oif.length < 4 || (payload.readUInt32LE(8) & RTNH_F_DEAD) !== 0) return [];
  return [{ index: oif.readInt32LE(0), ...gatewayOf(family, found) }];
}

function decodeNextHops(family: number, bytes: Buffer): readonly DefaultRoute[] {
  const routes: DefaultRoute[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 8 || at + length > bytes.length) break;
    if ((bytes.readUInt8(at + 2) & RTNH_F_DEAD) === 0) {
      const found = attributes(bytes.subarray(at, at + length), 8);
      routes.push({ index: bytes.readInt32LE(at + 4), ...gatewayOf(family, found) });
    }
    at += align(length);
  }
  return routes;
}

function gatewayOf(family: number, found: ReadonlyMap<number, Buffer>): { gateway?: string } {
  const bytes = found.get(RTA_GATEWAY);
  const gateway = bytes === undefined ? undefined : addressText(family, bytes);
  return gateway === undefined ? {} : { gateway };
}

function attributes(payload: Buffer, from: number): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = from; at + 4 <= payload.length; ) {
    const length = payload.readUInt16LE(at);
    if (length < 4 || at + length > payload.length) break;
    found.set(payload.readUInt16LE(at + 2) & 0x3fff, payload.subarray(at + 4, at + length));
    at += align(length);
  }
  return found;
}

function align(length: number): number {
  return (length + 3) & ~3;
}

function addressText(family: number, bytes: Buffer): string | undefined {
  if (family === AF_INET && bytes.length === 4) return [...bytes].join('.');
  if (family !== AF_INET6 || bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
