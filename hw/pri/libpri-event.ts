import koffi from 'koffi';
import { cause as causes } from '../../src/base/index.js';
import {
  type BChannel,
  decodeNumberPlan,
  decodePresentation,
  type IsdnParty,
  type IsdnRedirection,
  type IsdnSetup,
} from '../../src/isdn/index.js';
import type { Pointer } from './libpri.js';
import { decodeBearer, decodeChannel, decodeReason, eventCode, inBandMask, subcommandCode } from './libpri-codes.js';
import * as layout from './libpri-layout.js';

/** An event of libpri, copied out of its memory: that is overwritten by the next one. */
export type LibpriEvent =
  | { readonly kind: 'up' | 'down' }
  | { readonly kind: 'configurationError'; readonly why: string }
  | {
      readonly kind: 'ring';
      readonly call: Pointer;
      readonly channel: BChannel | undefined;
      readonly exclusive: boolean;
      readonly setup: IsdnSetup;
    }
  | {
      readonly kind: 'setupAck';
      readonly call: Pointer;
      readonly channel: BChannel | undefined;
      readonly inBand: boolean;
    }
  | {
      readonly kind: 'proceeding';
      readonly call: Pointer;
      readonly channel: BChannel | undefined;
      readonly inBand: boolean;
    }
  | {
      readonly kind: 'alerting';
      readonly call: Pointer;
      readonly channel: BChannel | undefined;
      readonly inBand: boolean;
    }
  | { readonly kind: 'progress'; readonly call: Pointer; readonly inBand: boolean; readonly cause: number }
  | { readonly kind: 'connect'; readonly call: Pointer; readonly connected: IsdnParty | undefined }
  | { readonly kind: 'digits'; readonly call: Pointer; readonly digits: string; readonly complete: boolean }
  | { readonly kind: 'disconnect' | 'hangup' | 'hangupAck'; readonly call: Pointer; readonly cause: number }
  | { readonly kind: 'restart' | 'restartAck'; readonly channel: BChannel | undefined }
  | { readonly kind: 'service'; readonly channel: BChannel | undefined; readonly status: number }
  | { readonly kind: 'other'; readonly code: number };

interface Head {
  readonly channel: number;
  readonly progressmask: number;
  readonly call: Pointer;
  readonly cause: number;
}

/** Reads the event at `at`. */
export function readEvent(at: Pointer): LibpriEvent {
  const { e: code } = koffi.decode(at, layout.generic);
  switch (code) {
    case eventCode.up:
      return { kind: 'up' };
    case eventCode.down:
      return { kind: 'down' };
    case eventCode.configurationError:
      return { kind: 'configurationError', why: koffi.decode(at, layout.configurationError).err };
    case eventCode.ring:
      return readRing(at);
    case eventCode.setupAck:
      return progressing('setupAck', koffi.decode(at, layout.setupAck));
    case eventCode.proceeding:
      return progressing('proceeding', koffi.decode(at, layout.proceeding));
    case eventCode.ringing:
      return progressing('alerting', koffi.decode(at, layout.ringing));
    case eventCode.progress: {
      const { call, cause, progressmask }: Head = koffi.decode(at, layout.proceeding);
      return { kind: 'progress', call, cause, inBand: (progressmask & inBandMask) !== 0 };
    }
    case eventCode.answer: {
      const { call, subcmds } = koffi.decode(at, layout.ringing);
      return { kind: 'connect', call, connected: readConnected(subcmds) };
    }
    case eventCode.information: {
      const { call, callednum, complete } = koffi.decode(at, layout.ring);
      return { kind: 'digits', call, digits: numberDigits(callednum), complete: complete !== 0 };
    }
    case eventCode.keypadDigit: {
      const { call, digits } = koffi.decode(at, layout.keypadDigit);
      return { kind: 'digits', call, digits: numberDigits(digits), complete: false };
    }
    case eventCode.hangupRequest:
      return ending('disconnect', at);
    case eventCode.hangup:
      return ending('hangup', at);
    case eventCode.hangupAck:
      return ending('hangupAck', at);
    case eventCode.restart:
      return { kind: 'restart', channel: decodeChannel(koffi.decode(at, layout.restart).channel) };
    case eventCode.restartAck:
      return { kind: 'restartAck', channel: decodeChannel(koffi.decode(at, layout.restart).channel) };
    case eventCode.service:
    case eventCode.serviceAck: {
      const { channel, changestatus } = koffi.decode(at, layout.service);
      return { kind: 'service', channel: decodeChannel(channel), status: changestatus };
    }
    default:
      return { kind: 'other', code };
  }
}

function progressing(kind: 'setupAck' | 'proceeding' | 'alerting', head: Head): LibpriEvent {
  const { call, channel, progressmask } = head;
  return { kind, call, channel: decodeChannel(channel), inBand: (progressmask & inBandMask) !== 0 };
}

function ending(kind: 'disconnect' | 'hangup' | 'hangupAck', at: Pointer): LibpriEvent {
  const { call, cause }: Head = koffi.decode(at, layout.hangup);
  return { kind, call, cause: cause >= 1 && cause <= 127 ? cause : causes.normalUnspecified };
}

interface RawParty {
  readonly name: { readonly valid: number; readonly presentation: number; readonly str: string };
  readonly number: {
    readonly valid: number;
    readonly presentation: number;
    readonly plan: number;
    readonly str: string;
  };
}

/** Whoever sent other characters (IA5, Q.931 §4.5.8) cannot mean them: the digits that are there stand. */
function numberDigits(text: string): string {
  return text.replace(/[^0-9A-D*#+]/gi, '');
}

/** On one line. */
function printed(text: string): string {
  return [...text].map((each) => (each < ' ' || each === '\x7f' ? ' ' : each)).join('');
}

function readRing(at: Pointer): LibpriEvent {
  const raw = koffi.decode(at, layout.ring);
  const calling = partyOf(raw.calling);
  const redirection = readRedirection(raw.subcmds);
  return {
    kind: 'ring',
    call: raw.call,
    channel: decodeChannel(raw.channel),
    exclusive: raw.flexible === 0,
    setup: {
      called: { digits: numberDigits(raw.callednum), ...decodeNumberPlan(raw.calledplan) },
      complete: raw.complete !== 0,
      ...(calling === undefined ? {} : { calling }),
      ...(redirection === undefined ? {} : { redirection }),
      bearer: decodeBearer(raw.ctype),
    },
  };
}

function partyOf({ name, number }: RawParty): IsdnParty | undefined {
  if (name.valid === 0 && number.valid === 0) return undefined;
  const shown = decodePresentation(number.valid === 0 ? name.presentation : number.presentation);
  const digits = number.valid === 0 ? '' : numberDigits(number.str);
  return {
    ...shown,
    ...(digits === '' ? {} : { number: { digits, ...decodeNumberPlan(number.plan) } }),
    ...(name.valid === 0 || name.str === '' ? {} : { name: printed(name.str) }),
  };
}

function readConnected(subcommands: Pointer | null): IsdnParty | undefined {
  const found = subcommandOf(subcommands, subcommandCode.connectedLine);
  return found === undefined ? undefined : partyOf(found.connected_line.id);
}

/** Q.952 counts to five; DMS-100 further. */
const mostRedirections = 255;

function readRedirection(subcommands: Pointer | null): IsdnRedirection | undefined {
  const raw = subcommandOf(subcommands, subcommandCode.redirecting)?.redirecting;
  const from = raw === undefined ? undefined : partyOf(raw.from);
  if (raw === undefined || from === undefined) return undefined;
  const original = partyOf(raw.orig_called);
  return {
    from,
    reason: decodeReason(raw.reason),
    count: Math.min(Math.max(1, raw.count), mostRedirections),
    ...(original === undefined ? {} : { original, originalReason: decodeReason(raw.orig_reason) }),
  };
}

interface RawSubcommand {
  readonly connected_line: { readonly id: RawParty };
  readonly redirecting: {
    readonly from: RawParty;
    readonly orig_called: RawParty;
    readonly count: number;
    readonly reason: number;
    readonly orig_reason: number;
  };
}

function subcommandOf(subcommands: Pointer | null, code: number): RawSubcommand | undefined {
  if (subcommands === null) return undefined;
  const count = Math.min(koffi.decode(subcommands, 'int'), layout.subcommandsMost);
  for (let index = 0; index < count; index++) {
    const offset = layout.subcommandsOffset + index * koffi.sizeof(layout.subcommand);
    if (koffi.decode(subcommands, offset, 'int') === code) {
      return koffi.decode(subcommands, offset, layout.subcommand).u;
    }
  }
  return undefined;
}
