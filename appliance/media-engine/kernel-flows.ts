import { isIPv4 } from 'node:net';
import type { Format, ListedPort, PortId, TransportAddress } from '../../src/media/index.js';

type Rtp = NonNullable<ListedPort['rtp']>;

/** What the kernel does with the packets of one peer: they come `from` it `at` one port, and leave `by` the other one `to` its peer. */
export interface KernelFlow {
  /** The port that hears the packets, and the one that sends them. */
  readonly port: PortId;
  readonly other: PortId;
  readonly from: TransportAddress;
  readonly at: TransportAddress;
  readonly by: TransportAddress;
  readonly to: TransportAddress;
  /** Of RTP that passes; what else comes goes to the native thread. */
  readonly payloadTypes: readonly number[];
  readonly dscp: number;
  /** One of the ports looks for fax and modem tones, which come in a call's beginning or not at all. */
  readonly fax: boolean;
}

/** A port as far as the kernel path looks at it. */
export interface KernelPort {
  readonly id: PortId;
  readonly rtp: Rtp;
  /** Its peer is recorded. */
  readonly recorded: boolean;
}

/**
 * The flows of two ports that need nothing but forwarding: plain, without ICE, latched both ways, bridged with each other and heard by
 * nobody else, with voice of the same codec and payload type, and nothing looked for in the sound. Telephone-events go on to the
 * native thread, which tells them. IPv4 alone: forwarding IPv6 would change how the box gets its own address. A peer that `isLocal`, on an
 * address of this machine (the other half of a call that passes twice), is not forwarded to but delivered here.
 */
export function kernelFlows(
  one: KernelPort,
  other: KernelPort,
  isLocal: (host: string) => boolean,
): readonly KernelFlow[] | undefined {
  if (!isBridged(one, other) || !isPlain(one) || !isPlain(other)) return undefined;
  if ([one, other].some(({ rtp: { latched } }) => latched === undefined || isLocal(latched.host))) return undefined;
  const [there, back] = [flow(one, other), flow(other, one)];
  return there === undefined || back === undefined ? undefined : [there, back];
}

/** Ports that can be forwarded, in pairs; each port once. */
export function kernelPairs(ports: ReadonlyMap<PortId, KernelPort>): readonly (readonly [KernelPort, KernelPort])[] {
  const listeners = new Map<PortId, number>();
  for (const { rtp } of ports.values()) {
    const { hears } = rtp.settings;
    if (hears.kind === 'port') listeners.set(hears.port, (listeners.get(hears.port) ?? 0) + 1);
  }
  const pairs: (readonly [KernelPort, KernelPort])[] = [];
  for (const one of ports.values()) {
    const { hears } = one.rtp.settings;
    const other = hears.kind === 'port' && hears.port > one.id ? ports.get(hears.port) : undefined;
    if (other === undefined || listeners.get(one.id) !== 1 || listeners.get(other.id) !== 1) continue;
    pairs.push([one, other]);
  }
  return pairs;
}

function isBridged(one: KernelPort, other: KernelPort): boolean {
  const hears = (port: KernelPort, source: KernelPort): boolean => {
    const { hears } = port.rtp.settings;
    return hears.kind === 'port' && hears.port === source.id;
  };
  return one.id !== other.id && hears(one, other) && hears(other, one);
}

function isPlain({ rtp: { place, settings, latched }, recorded }: KernelPort): boolean {
  const { security, direction, detectDigits, gainInDb, gainOutDb, opaque, rtcpMux } = settings;
  return (
    security.kind === 'plain' &&
    place.ice === undefined &&
    settings.ice === undefined &&
    direction.sends &&
    direction.receives &&
    !(detectDigits || opaque || recorded) &&
    // RTCP stays with the native thread, which on a shared port could not tell it from what passes.
    !rtcpMux &&
    gainInDb === 0 &&
    gainOutDb === 0 &&
    latched !== undefined &&
    isIPv4(latched.host) &&
    isIPv4(place.rtp.host)
  );
}

/** Undefined where nothing that the one's peer may say is what the other's peer is sent, byte for byte. */
function flow(one: KernelPort, other: KernelPort): KernelFlow | undefined {
  const [from, to] = [one.rtp.latched, other.rtp.latched];
  const { receives } = one.rtp.settings;
  const { sends, dscp, packetMs } = other.rtp.settings;
  if (from === undefined || to === undefined || packetMs !== one.rtp.settings.packetMs) return undefined;
  // What else the peer may say goes to the native thread, which transcodes it.
  const same = receives.filter((format) => sends.some((sent) => isSame(format, sent)));
  const voice = same.filter(isVoice);
  if (voice.length === 0) return undefined;
  const silence = same.filter(({ codec }) => codec === 'CN');
  return {
    port: one.id,
    other: other.id,
    from,
    at: one.rtp.place.rtp,
    by: other.rtp.place.rtp,
    to,
    payloadTypes: [...voice, ...silence].map(({ payloadType }) => payloadType).sort((a, b) => a - b),
    dscp,
    fax: one.rtp.settings.detectFax || other.rtp.settings.detectFax,
  };
}

function isVoice({ codec }: Format): boolean {
  return codec !== 'telephone-event' && codec !== 'CN';
}

function isSame(one: Format, other: Format): boolean {
  return (
    one.payloadType === other.payloadType &&
    one.codec === other.codec &&
    one.clockRate === other.clockRate &&
    one.channels === other.channels
  );
}
