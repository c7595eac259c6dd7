import { alarmBits, lineBits, structs, values } from './kernel-codes.js';

/** The structures of DAHDI's ioctls as octets, in the machine's own order (little-endian on all that Debian has DAHDI for). */

function room(size: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The argument of those ioctls that take an `int`. */
export function encodeInt(value: number): Uint8Array {
  const { bytes, view } = room(4);
  view.setInt32(0, value, true);
  return bytes;
}

export function decodeInt(bytes: Uint8Array): number {
  return viewOf(bytes).getInt32(0, true);
}

export interface SpanStatus {
  readonly alarms: number;
  readonly bipolarViolations: number;
  readonly crcErrors: number;
  readonly framingErrors: number;
  readonly erroredSeconds: number;
  /** Span that its card takes its clock from; 0: none. */
  readonly clockSource: number;
  readonly line: number;
}

/** Asks for the status of a span. */
export function encodeSpanQuery(span: number): Uint8Array {
  const { bytes, view } = room(structs.spaninfo.size);
  view.setInt32(structs.spaninfo.spanno, span, true);
  return bytes;
}

export function decodeSpanStatus(bytes: Uint8Array): SpanStatus {
  const view = viewOf(bytes);
  const at = (offset: number) => view.getInt32(offset, true);
  const { spaninfo } = structs;
  // A card that does not count says -1, or nothing.
  const count = (offset: number) => Math.max(0, at(offset));
  return {
    alarms: at(spaninfo.alarms),
    bipolarViolations: count(spaninfo.bpvcount),
    crcErrors: count(spaninfo.crc4count),
    framingErrors: count(spaninfo.fascount) + count(spaninfo.fecount),
    erroredSeconds: count(spaninfo.errsec),
    clockSource: at(spaninfo.syncsrc),
    line: at(spaninfo.lineconfig),
  };
}

export function encodeLineConfig(span: number, line: number, timing: number, buildOut: number): Uint8Array {
  const { lineconfig } = structs;
  const { bytes, view } = room(lineconfig.size);
  view.setInt32(lineconfig.span, span, true);
  view.setInt32(lineconfig.lbo, buildOut, true);
  view.setInt32(lineconfig.lineconfig, line, true);
  view.setInt32(lineconfig.sync, timing, true);
  return bytes;
}

export function encodeChannelConfig(channel: number, signalling: number, law: 'u' | 'a'): Uint8Array {
  const { chanconfig } = structs;
  const { bytes, view } = room(chanconfig.size);
  view.setInt32(chanconfig.chan, channel, true);
  view.setInt32(chanconfig.sigtype, signalling, true);
  view.setInt32(chanconfig.deflaw, law === 'a' ? values.aLaw : values.muLaw, true);
  return bytes;
}

export function encodeAttachEchoCanceller(channel: number, name: string): Uint8Array {
  const { attachEchocan } = structs;
  const { bytes, view } = room(attachEchocan.size);
  view.setInt32(attachEchocan.chan, channel, true);
  writeText(bytes, attachEchocan.echocan, attachEchocan.size - 1, name);
  return bytes;
}

/** Lengths that the kernel takes, in samples; others become its default. */
const tapLengths = [32, 64, 128, 256, 512, 1024];

export function encodeEchoCanceller(tailMs: number): Uint8Array {
  const { echocanparams } = structs;
  const { bytes, view } = room(echocanparams.size);
  const samples = tailMs * 8;
  const taps = samples === 0 ? 0 : (tapLengths.find((length) => length >= samples) ?? 1024);
  view.setUint32(echocanparams.tap_length, taps, true);
  return bytes;
}

export interface ChannelParameters {
  readonly offHook: boolean;
  /** Where it comes by bits or by a card's own hook detection: 0 on hook, 1 off hook, 2 start, 3 ringing, 4 not known yet. */
  readonly received: number;
  readonly alarms: number;
}

/** Of an open channel: the kernel knows which. */
export function emptyParameters(): Uint8Array {
  return room(structs.params.size).bytes;
}

export function decodeParameters(bytes: Uint8Array): ChannelParameters {
  const view = viewOf(bytes);
  const { params } = structs;
  return {
    offHook: view.getInt32(params.rxisoffhook, true) !== 0,
    received: view.getInt32(params.rxhooksig, true),
    alarms: view.getUint32(params.chan_alarms, true),
  };
}

/** Lengths in ms that can be set on a channel. */
export type ChannelTime =
  | 'winktime'
  | 'flashtime'
  | 'rxflashtime'
  | 'pulsebreaktime'
  | 'pulsemaketime'
  | 'pulseaftertime';

/** Changes times in parameters as they were read. */
export function writeTimes(bytes: Uint8Array, times: Partial<Readonly<Record<ChannelTime, number>>>): void {
  const view = viewOf(bytes);
  for (const name of timeNames) {
    const ms = times[name];
    if (ms !== undefined) view.setInt32(structs.params[name], ms, true);
  }
}

const timeNames: readonly ChannelTime[] = [
  'winktime',
  'flashtime',
  'rxflashtime',
  'pulsebreaktime',
  'pulsemaketime',
  'pulseaftertime',
];

export function encodeBuffers(count: number, bytesEach: number): Uint8Array {
  const { bufferinfo } = structs;
  const { bytes, view } = room(bufferinfo.size);
  view.setInt32(bufferinfo.txbufpolicy, values.policyImmediate, true);
  view.setInt32(bufferinfo.rxbufpolicy, values.policyImmediate, true);
  view.setInt32(bufferinfo.numbufs, count, true);
  view.setInt32(bufferinfo.bufsize, bytesEach, true);
  return bytes;
}

/** Trains of pulses, dialled by the kernel: `P` is pulse dialling, and 0 stands for ten. */
export function encodePulses(counts: readonly number[]): Uint8Array {
  const { dialoperation } = structs;
  const { bytes, view } = room(dialoperation.size);
  view.setInt32(dialoperation.op, values.dialReplace, true);
  writeText(bytes, dialoperation.dialstr, values.mostDialled - 1, `P${counts.map((count) => count % 10).join('')}`);
  return bytes;
}

/** Alternately on and off, ms; an even number of lengths, 16 at most. */
export function encodeCadence(lengths: readonly number[]): Uint8Array {
  const { bytes, view } = room(structs.ringCadence.size);
  lengths.slice(0, values.mostCadence).forEach((ms, place) => {
    view.setInt32(place * 4, ms, true);
  });
  return bytes;
}

/** A zone without tones: without one, the kernel neither rings nor dials. */
export function encodeSilentZone(ring: readonly number[]): Uint8Array {
  const { toneZone } = structs;
  const { bytes, view } = room(toneZone.size);
  ring.forEach((ms, place) => {
    view.setInt32(toneZone.ringcadence + place * 4, ms, true);
  });
  writeText(bytes, toneZone.name, 39, 'holdfast');
  return bytes;
}

export function emptyVersion(): Uint8Array {
  return room(structs.versioninfo.size).bytes;
}

export function decodeVersion(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(structs.versioninfo.version, structs.versioninfo.echo_canceller));
  return text.toString('latin1').replace(/\0.*$/s, '');
}

function writeText(bytes: Uint8Array, offset: number, most: number, text: string): void {
  bytes.set(Buffer.from(text, 'latin1').subarray(0, most), offset);
}

/** Framing and coding as the driver says them, for people: `B8ZS/ESF`. */
export function lineText(line: number): string {
  const { b8zs, ami, hdb3, esf, d4, ccs, crc4 } = lineBits;
  const named: readonly (readonly [number, string])[] = [
    [b8zs, 'B8ZS'],
    [ami, 'AMI'],
    [hdb3, 'HDB3'],
    [esf, 'ESF'],
    [d4, 'D4'],
    [ccs, 'CCS'],
    [crc4, 'CRC4'],
  ];
  return named.flatMap(([bit, name]) => ((line & bit) === 0 ? [] : [name])).join('/');
}

/** Nothing can be received: the conditions of a severely errored second (T1.231 §6.1.1.2). */
export function isFailed(alarms: number): boolean {
  return (alarms & (alarmBits.red | alarmBits.blue | alarmBits.los | alarmBits.lfa)) !== 0;
}
