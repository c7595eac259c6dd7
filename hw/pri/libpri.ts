import koffi, { type LibraryHandle } from 'koffi';
import { callHead, connectedLine, partyId, redirecting, timeval } from './libpri-layout.js';

/** An address in libpri's memory: a D-channel (`struct pri`), a call, an event. */
export type Pointer = bigint;

/** libpri cannot be had: what to install. */
export class LibpriMissing extends Error {}

/** What is used of libpri.h, by its own names. */
export interface Libpri {
  /** `pri_new_cb`; a fresh one begins to establish the link when it is run. */
  open(node: number, switchType: number, read: FrameReader, write: FrameWriter): Pointer;
  /** Reads one frame by the reader and acts on it; the event, or null. */
  readonly checkEvent: (pri: Pointer) => Pointer | null;
  readonly scheduleRun: (pri: Pointer) => Pointer | null;
  /** Milliseconds since 1970 at which {@link scheduleRun} is due; undefined: nothing is. */
  scheduleNext(pri: Pointer): number | undefined;
  readonly newCall: (pri: Pointer) => Pointer | null;
  /** libpri checks every pointer to a call against its own list. */
  exists(pri: Pointer, call: Pointer): boolean;
  /** A call's messages go over another D-channel of its group from now on. False: this libpri cannot be made to. */
  moveCall(call: Pointer, to: Pointer): boolean;
  readonly setUp: (pri: Pointer, call: Pointer, request: Pointer) => number;
  readonly requestNew: () => Pointer;
  readonly requestFree: (request: Pointer) => void;
  readonly requestChannel: (request: Pointer, channel: number, exclusive: number, nonIsdn: number) => number;
  readonly requestBearer: (request: Pointer, mode: number, layer1: number) => number;
  readonly requestCalled: (request: Pointer, called: string, plan: number, complete: number) => number;
  readonly requestCaller: (request: Pointer, caller: object) => void;
  readonly requestRedirecting: (request: Pointer, parties: object) => void;
  readonly setupAck: (pri: Pointer, call: Pointer, channel: number, nonIsdn: number, inBand: number) => number;
  readonly proceeding: (pri: Pointer, call: Pointer, channel: number, inBand: number) => number;
  readonly alerting: (pri: Pointer, call: Pointer, channel: number, inBand: number) => number;
  readonly progress: (pri: Pointer, call: Pointer, channel: number, inBand: number) => number;
  readonly progressCause: (pri: Pointer, call: Pointer, channel: number, inBand: number, cause: number) => number;
  readonly connect: (pri: Pointer, call: Pointer, channel: number, nonIsdn: number) => number;
  readonly connectedLine: (pri: Pointer, call: Pointer, line: object) => number;
  readonly information: (pri: Pointer, call: Pointer, digit: number) => number;
  readonly hangUp: (pri: Pointer, call: Pointer, cause: number) => number;
  readonly destroyCall: (pri: Pointer, call: Pointer) => void;
  readonly reset: (pri: Pointer, channel: number) => number;
  readonly service: (pri: Pointer, span: number, channel: number, status: number) => number;
  readonly bridge: (one: Pointer, other: Pointer) => number;
  readonly enslave: (master: Pointer, slave: Pointer) => void;
  readonly setTimer: (pri: Pointer, timer: number, value: number) => number;
  readonly timerIndex: (name: string) => number;
}

/** Fills the buffer with a frame that has come and returns its octets with two for the check sequence; 0: there is none. */
export type FrameReader = (buffer: Uint8Array) => number;
/** Takes a frame without its check sequence. */
export type FrameWriter = (frame: Uint8Array) => void;

/** `PRI_CPE`. */
export const userNode = 2;

/** The octets that libpri leaves to the hardware's check sequence (Q.921 §2.7). */
export const checkSequenceOctets = 2;

/** Loads the library; what it prints goes to `say`. Throws {@link LibpriMissing}. */
export function loadLibpri(say: (line: string) => void): Libpri {
  const library = open();
  const io = koffi.pointer(koffi.proto('int pri_io_cb(void *pri, void *buffer, int length)'));
  const print = koffi.pointer(koffi.proto('void pri_print_cb(void *pri, const char *text)'));
  const pointers = {
    party: koffi.pointer(partyId),
    line: koffi.pointer(connectedLine),
    from: koffi.pointer(redirecting),
  };
  const setMessage = library.func('pri_set_message', 'void', [print]);
  const setError = library.func('pri_set_error', 'void', [print]);
  let muted = false;
  const printer = koffi.register((_pri: unknown, line: string) => {
    if (!muted) say(line.trimEnd());
  }, print);
  setMessage(printer);
  setError(printer);
  const newCallback = library.func('pri_new_cb', 'void *', ['int', 'int', 'int', io, io, 'void *']);
  const scheduleNext = library.func('void *pri_schedule_next(void *pri)');
  const facilityEnable = library.func('void pri_facility_enable(void *pri)');
  const hangupFix = library.func('void pri_hangup_fix_enable(void *pri, int enable)');
  const transferEnable = library.func('void pri_transfer_enable(void *pri, int enable)');
  const serviceMessages = library.func('int pri_set_service_message_support(void *pri, int flag)');
  const overlap = library.func('void pri_set_overlapdial(void *pri, int state)');
  const callReference = library.func('int pri_get_crv(void *pri, void *call, void *mode)');
  const exists: Libpri['exists'] = (pri, call) => {
    // The question is a complaint to libpri where the answer is no.
    muted = true;
    const found = callReference(pri, call, null) >= 0;
    muted = false;
    return found;
  };
  const newCall: Libpri['newCall'] = library.func('void *pri_new_call(void *pri)');
  const destroyCall: Libpri['destroyCall'] = library.func('void pri_destroycall(void *pri, void *call)');
  const links = new Map<Pointer, Pointer>();
  const opened = new Set<Pointer>();
  /** The data link of a D-channel, as a call of it names it; undefined where a call does not begin as it does in 1.6. */
  const linkOf = (pri: Pointer): Pointer | undefined => {
    const known = links.get(pri);
    if (known !== undefined || !opened.has(pri)) return known;
    const sample = newCall(pri);
    if (sample === null) return undefined;
    const [owner, link] = koffi.decode(sample, callHead);
    destroyCall(pri, sample);
    if (owner !== pri || link === null) return undefined;
    links.set(pri, link);
    return link;
  };
  return {
    open(node, switchType, read, write) {
      const reader = koffi.register(
        (_pri: unknown, buffer: Pointer, length: number) => read(new Uint8Array(koffi.view(buffer, length))),
        io,
      );
      const writer = koffi.register((_pri: unknown, buffer: Pointer, length: number) => {
        // A copy: libpri reuses the buffer.
        write(Uint8Array.from(new Uint8Array(koffi.view(buffer, length - checkSequenceOctets))));
        return length;
      }, io);
      const pri = newCallback(-1, node, switchType, reader, writer, null);
      opened.add(pri);
      facilityEnable(pri);
      hangupFix(pri, 1);
      // As an exchange nobody here joins calls that a PBX wants joined: it hears so at once.
      transferEnable(pri, node === userNode ? 1 : 0);
      serviceMessages(pri, 1);
      overlap(pri, 1);
      return pri;
    },
    checkEvent: library.func('void *pri_check_event(void *pri)'),
    scheduleRun: library.func('void *pri_schedule_run(void *pri)'),
    scheduleNext(pri) {
      const next = scheduleNext(pri);
      if (next === null) return undefined;
      const { tv_sec: seconds, tv_usec: microseconds } = koffi.decode(next, timeval);
      return Number(seconds) * 1000 + Number(microseconds) / 1000;
    },
    exists,
    newCall,
    moveCall(call, to) {
      const here = linkOf(to);
      // The D-channels of a group have one list of calls.
      if (here === undefined || !exists(to, call)) return false;
      const [pri, link] = koffi.decode(call, callHead);
      if (linkOf(pri) !== link) return false;
      koffi.encode(call, callHead, [to, here]);
      return true;
    },
    setUp: library.func('int pri_setup(void *pri, void *call, void *request)'),
    requestNew: library.func('void *pri_sr_new(void)'),
    requestFree: library.func('void pri_sr_free(void *request)'),
    requestChannel: library.func('int pri_sr_set_channel(void *request, int channel, int exclusive, int nonisdn)'),
    requestBearer: library.func('int pri_sr_set_bearer(void *request, int mode, int layer1)'),
    requestCalled: library.func('int pri_sr_set_called(void *request, const char *called, int plan, int complete)'),
    requestCaller: library.func('pri_sr_set_caller_party', 'void', ['void *', pointers.party]),
    requestRedirecting: library.func('pri_sr_set_redirecting_parties', 'void', ['void *', pointers.from]),
    setupAck: library.func('int pri_setup_ack(void *pri, void *call, int channel, int nonisdn, int inband)'),
    proceeding: library.func('int pri_proceeding(void *pri, void *call, int channel, int info)'),
    alerting: library.func('int pri_acknowledge(void *pri, void *call, int channel, int info)'),
    progress: library.func('int pri_progress(void *pri, void *call, int channel, int info)'),
    progressCause: library.func('int pri_progress_with_cause(void *pri, void *call, int channel, int info, int cause)'),
    connect: library.func('int pri_answer(void *pri, void *call, int channel, int nonisdn)'),
    connectedLine: library.func('pri_connected_line_update', 'int', ['void *', 'void *', pointers.line]),
    information: library.func('int pri_information(void *pri, void *call, char digit)'),
    hangUp: library.func('int pri_hangup(void *pri, void *call, int cause)'),
    destroyCall,
    reset: library.func('int pri_reset(void *pri, int channel)'),
    service: library.func('int pri_maintenance_service(void *pri, int span, int channel, int status)'),
    bridge: library.func('int pri_channel_bridge(void *one, void *other)'),
    enslave: library.func('void pri_enslave(void *master, void *slave)'),
    setTimer: library.func('int pri_set_timer(void *pri, int timer, int value)'),
    timerIndex: library.func('int pri_timer2idx(const char *name)'),
  };
}

function open(): LibraryHandle {
  try {
    return koffi.load('libpri.so.1.4');
  } catch (error) {
    throw new LibpriMissing(`libpri is not installed (${String(error)}). Run: sudo apt-get install libpri1.4`);
  }
}
