import type {
  BChannel,
  IsdnCommand,
  IsdnEvent,
  IsdnNumber,
  IsdnParty,
  IsdnRedirection,
  IsdnSetup,
} from '../../src/isdn/index.js';
import { boolean, byKind, integer, literal, object, text } from '../io/index.js';

/** Whatever draws the name of a call; long enough for one made of several. */
const call = text(/^[\x21-\x7e]+$/, 128);
/** Q.850: seven bits. */
const cause = integer(1, 127);
/** A message has at most 260 octets (Q.921 §5.9.3), and a number less than that. */
const digits = text(/^[0-9A-D*#+]*$/i, 128);
const channel = object<BChannel>({ interface: integer(0, 127), slot: integer(1, 31) });
const inBand = boolean;

const presentation = literal('allowed', 'restricted', 'unavailable');
const screening = literal('user-not-screened', 'user-passed', 'user-failed', 'network');
const number = object<IsdnNumber>({
  digits,
  type: literal('unknown', 'international', 'national', 'network-specific', 'subscriber', 'abbreviated'),
  plan: literal('unknown', 'isdn', 'data', 'telex', 'national-standard', 'private'),
});
const party = object<IsdnParty>({ presentation, screening }, { number, name: text(/^[^\0]*$/, 200) });
const reason = literal('unknown', 'busy', 'no-reply', 'deflection', 'out-of-order', 'by-equipment', 'unconditional');
const redirection = object<IsdnRedirection>(
  { from: party, reason, count: integer(0, 255) },
  { original: party, originalReason: reason },
);
const setup = object<IsdnSetup>(
  { called: number, complete: boolean, bearer: literal('speech', '3.1-khz', 'unrestricted') },
  { calling: party, redirection },
);

export const isdnCommand = byKind<IsdnCommand>({
  setup: [{ call, channel, exclusive: boolean, setup }],
  setupAck: [{ call, inBand }, { channel }],
  proceeding: [{ call, inBand }, { channel }],
  alerting: [{ call, inBand }],
  progress: [{ call, inBand }, { cause }],
  connect: [{ call }, { connected: party }],
  digits: [{ call, digits }],
  release: [{ call, cause }],
  transfer: [{ call, to: call }],
  restart: [{ channel }],
  service: [{ channel, inService: boolean }],
});

export const isdnEvent = byKind<IsdnEvent>({
  up: [{}],
  down: [{}],
  setup: [{ call, channel, exclusive: boolean, setup }],
  setupAck: [{ call, inBand }, { channel }],
  proceeding: [{ call, inBand }, { channel }],
  alerting: [{ call, inBand }, { channel }],
  progress: [{ call, inBand }, { cause }],
  connect: [{ call }, { connected: party }],
  digits: [{ call, digits }, { complete: boolean }],
  disconnect: [{ call, cause: integer(0, 127) }],
  released: [{ call, cause: integer(0, 127) }],
  restarted: [{ channel }],
  restartAcknowledged: [{ channel }],
  service: [{ channel, inService: boolean }],
  fault: [{ why: text(/^[^\0]*$/, 1024) }, { call }],
});
