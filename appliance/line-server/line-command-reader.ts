import { err, ok, type Result } from '../../src/base/index.js';
import type { ChannelSettings, DChannelSettings, LineCommand, LineOrder, SpanSettings } from '../../src/tdm/index.js';
import { boolean, byKind, integer, list, literal, object, text } from '../io/index.js';
import { isdnCommand } from './isdn-shapes.js';

/** Of spans, channels and D-channels: a card's own name, and a number. */
const id = text(/^[\x21-\x7e]+$/, 128);
/** A ring, an open loop or a burst of data; no card counts further. */
const durationMs = integer(0, 60_000);
/** A ring of four bursts is the longest in use. */
const maxCadence = 32;
/** A number with prefixes, dialled in pulses. */
const maxPulses = 60;
/** More calls than the channels of an NFAS group. */
const maxCalls = 500;
/** A primary and a backup are all that Q.931 annex F has. */
const maxDChannels = 2;

const signalling = literal(
  ...['fxs-loop', 'fxs-ground', 'fxs-kewl', 'fxo-loop', 'fxo-ground', 'fxo-kewl'],
  ...['em-immediate', 'em-wink', 'em-fgd', 'cama', 'bearer', 'dChannel', 'clear'],
);

const order = byKind<LineOrder>({
  hook: [{ offHook: boolean }],
  ring: [{ cadence: list(durationMs, maxCadence) }],
  stopRing: [{}],
  wink: [{ durationMs }],
  flash: [{ durationMs }],
  polarity: [{ reversed: boolean }],
  battery: [{ on: boolean }],
  tipGround: [{ on: boolean }],
  ringGround: [{ on: boolean }],
  pulses: [
    {
      counts: list(integer(1, 10), maxPulses),
      breakMs: integer(10, 200),
      makeMs: integer(10, 200),
      interDigitMs: integer(100, 5000),
    },
  ],
  onHookTransmission: [{ durationMs }],
  echoCanceller: [{ tailMs: integer(0, 1024) }],
  neon: [{ on: boolean }],
});

const command = byKind<LineCommand>({
  configureSpan: [
    {
      span: id,
      settings: object<SpanSettings>({
        kind: literal('t1', 'e1'),
        framing: literal('esf', 'd4', 'ccs', 'cas'),
        coding: literal('b8zs', 'ami', 'hdb3'),
        crc4: boolean,
        timing: integer(0, 255),
        buildOut: integer(0, 7),
      }),
    },
  ],
  configure: [
    {
      channel: id,
      settings: object<ChannelSettings>({ signalling, law: literal('u', 'a') }, { longestFlashMs: integer(20, 1500) }),
    },
  ],
  goOn: [{ channel: id }],
  order: [{ channel: id, order }],
  openDChannel: [
    {
      settings: object<DChannelSettings>({
        name: id,
        switchType: literal('ni2', '5ess', 'dms100', '4ess', 'euroisdn', 'qsig'),
        side: literal('user', 'network'),
        e1: boolean,
        channels: list(id, maxDChannels),
        nfas: boolean,
      }),
    },
    { goesOn: list(id, maxCalls) },
  ],
  closeDChannel: [{ dChannel: id }],
  isdn: [{ dChannel: id, command: isdnCommand }],
  trace: [{ dChannel: id, on: boolean }],
  record: [{ span: id, on: boolean }],
});

/** What a command that cannot be read was, as far as it says. */
export interface CommandFault {
  readonly command: string;
  readonly why: string;
}

/** A command as it came over the socket. */
export function readLineCommand(value: unknown): Result<LineCommand, CommandFault> {
  const why = command(value, 'command');
  if (why === undefined && isCommand(value)) return ok(value);
  const kind = typeof value === 'object' && value !== null ? Reflect.get(value, 'kind') : undefined;
  const named = typeof kind === 'string' && /^[A-Za-z]{1,32}$/.test(kind) ? kind : '';
  return err({ command: named, why: why ?? 'not a command' });
}

/** Of what was found to have the shape of one. */
function isCommand(value: unknown): value is LineCommand {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
