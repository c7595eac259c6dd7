import { err, ok, type Result } from '../../src/base/index.js';
import type {
  DtlsKeys,
  Format,
  IceCandidate,
  IceSettings,
  LineListening,
  MediaCommand,
  PlayedSound,
  PortDirection,
  PortSecurity,
  Rollover,
  RtpPlace,
  RtpSettings,
  Source,
  SrtpKey,
  TdmPlace,
  TdmSettings,
  Tone,
  ToneStep,
  TransportAddress,
  TurnServer,
} from '../../src/media/index.js';
import { boolean, byKind, integer, ipAddress, list, literal, number, object, text } from '../io/index.js';

/** As many candidates as a peer with several interfaces, address families and relays has, and some more. */
const maxCandidates = 64;
/** As many payload types as there are. */
const maxFormats = 128;
const maxStunServers = 8;
const maxStreams = 64;
const maxToneSteps = 64;
/** A country's tones of progress are a handful. */
const maxListenedTones = 16;
/** A telephone number in MF, or a caller ID with its preamble, and room. */
const maxPlayed = 200;
const maxFskBits = 4096;
/** A conference and its listeners. */
const maxRecorded = 64;
/** PATH_MAX. */
const maxPath = 4096;

const address = object<TransportAddress>({ host: ipAddress, port: integer(1, 65_535) });
const id = text(/^[0-9a-f]{16}$/, 16);
const word = text(/^[\x21-\x7e]+$/, 256);
const printable = text(/^[\x20-\x7e]*$/, 1024);
const base64 = text(/^[A-Za-z0-9+/]+={0,2}$/, 256);
/** Absolute, and without the byte at which the system would end it. */
const path = text(/^\/[^\0]*$/, maxPath);
const uint32 = integer(0, 2 ** 32 - 1);
const decibels = number(-60, 60);
/** Half of 8 kHz. */
const hertz = number(1, 4000);
const jitter = object<RtpSettings['jitter']>({ minMs: number(0, 1000), maxMs: number(0, 2000) });

const suite = literal(
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AEAD_AES_128_GCM',
  'AEAD_AES_256_GCM',
);
const srtpKey = object<SrtpKey>({ suite, keyAndSalt: base64 });
const security = byKind<PortSecurity>({
  plain: [{}],
  sdes: [{ send: srtpKey, receive: srtpKey }],
  dtls: [{ role: literal('client', 'server'), fingerprint: text(/^[a-z0-9-]+ [0-9A-Fa-f:]+$/, 256) }],
});

const candidate = object<IceCandidate>(
  {
    foundation: word,
    component: integer(1, 2),
    protocol: literal('udp', 'tcp'),
    priority: uint32,
    address,
    type: literal('host', 'srflx', 'prflx', 'relay'),
  },
  { related: object<TransportAddress>({ host: ipAddress, port: integer(0, 65_535) }) },
);
const candidates = list(candidate, maxCandidates);
const ice = object<IceSettings>(
  { local: object<IceSettings['local']>({ ufrag: word, password: word }), controlling: boolean },
  {
    remote: object<NonNullable<IceSettings['remote']>>({
      ufrag: word,
      password: word,
      lite: boolean,
      candidates,
      trickle: boolean,
    }),
  },
);

const format = object<Format>({
  payloadType: integer(0, 127),
  codec: literal('PCMU', 'PCMA', 'G722', 'opus', 'L16', 'telephone-event', 'CN'),
  clockRate: integer(8000, 192_000),
  channels: integer(1, 2),
  parameters: printable,
});
const formats = list(format, maxFormats);

const toneStep = object<ToneStep>({
  frequencies: list(number(0, 4000), 4),
  level: number(-96, 3),
  durationMs: number(0, 3_600_000),
});
const tone = object<Tone>({ steps: list(toneStep, maxToneSteps) }, { repeatFrom: integer(0, maxToneSteps) });
const source = byKind<Source>({
  nothing: [{}],
  port: [{ port: id }],
  mix: [{ mix: word, speaks: boolean }],
  tone: [{ tone }],
  file: [{ path, loop: boolean, shared: boolean }],
});

const settings = object<RtpSettings>(
  {
    rtcpMux: boolean,
    latch: literal('signalled', 'address', 'any'),
    latchEpoch: uint32,
    security,
    receives: formats,
    sends: formats,
    packetMs: integer(10, 60),
    direction: object<PortDirection>({ sends: boolean, receives: boolean }),
    rtcpXr: boolean,
    jitter,
    detectDigits: boolean,
    detectFax: boolean,
    gainInDb: decibels,
    gainOutDb: decibels,
    dscp: integer(0, 63),
    opaque: boolean,
    hears: source,
  },
  { remote: object<NonNullable<RtpSettings['remote']>>({ rtp: address, rtcp: address }), ice },
);
const tdmSettings = object<TdmSettings>({
  law: literal('u', 'a'),
  echoCanceller: boolean,
  listens: object<LineListening>({
    digits: boolean,
    mf: boolean,
    tones: list(list(hertz, 2), maxListenedTones),
    fsk: literal('off', 'bell202', 'v23'),
    fax: boolean,
  }),
  gainInDb: decibels,
  gainOutDb: decibels,
  jitter,
  hears: source,
});

const turnServer = object<TurnServer>({ address, username: printable, password: printable });
const place = object<RtpPlace>(
  { rtp: address, rtcp: address, ssrc: uint32, cname: word },
  {
    ice: object<NonNullable<RtpPlace['ice']>>({
      mode: literal('lite', 'full'),
      stun: list(address, maxStunServers),
      turn: list(turnServer, maxStunServers),
    }),
  },
);
const playedSound = byKind<PlayedSound>({
  tone: [{ frequencies: list(hertz, 4), level: number(-60, 3), durationMs: number(0, 60_000) }],
  fsk: [
    {
      markHz: hertz,
      spaceHz: hertz,
      baud: number(50, 1200),
      level: number(-60, 3),
      bits: text(/^[01]*$/, maxFskBits),
    },
  ],
});
const tdmPlace = object<TdmPlace>({ path, blockBytes: integer(8, 160) });
const dtlsKeys = object<DtlsKeys>(
  { suite: word, send: base64, receive: base64 },
  { rtcp: object<NonNullable<DtlsKeys['rtcp']>>({ send: base64, receive: base64 }) },
);
type Resumed = NonNullable<Extract<MediaCommand, { readonly kind: 'open' }>['resumed']>;
const resumed = object<Resumed>(
  { received: list(object<Rollover>({ ssrc: uint32, roc: uint32 }), maxStreams) },
  { dtlsKeys, latched: address },
);

const command = byKind<MediaCommand>({
  open: [{ port: id, place, settings }, { resumed }],
  openTdm: [{ port: id, place: tdmPlace, settings: tdmSettings }],
  configure: [{ port: id, settings }],
  configureTdm: [{ port: id, settings: tdmSettings }],
  addCandidates: [{ port: id, candidates }],
  play: [{ port: id, play: uint32, sounds: list(playedSound, maxPlayed) }],
  hear: [{ port: id, source }],
  digit: [{ port: id, digit: text(/^[0-9A-D*#]$/, 1), durationMs: number(1, 60_000) }],
  record: [{ recording: word, ports: list(id, maxRecorded), path }],
  stopRecording: [{ recording: word }],
  close: [{ port: id }],
  askStatistics: [{ port: id }],
  list: [{}],
});

/** What a command that cannot be read was about, as far as it says. Never what it carried: that may be a key. */
export interface CommandFault {
  readonly port?: string;
  readonly command: string;
  readonly why: string;
}

/** A command as it came over the socket. */
export function readCommand(value: unknown): Result<MediaCommand, CommandFault> {
  const why = command(value, 'command');
  if (why === undefined && isCommand(value)) return ok(value);
  const said = (name: string): string => {
    const word = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    return typeof word === 'string' && /^[A-Za-z0-9]{1,32}$/.test(word) ? word : '';
  };
  const port = said('port');
  return err({ ...(port === '' ? {} : { port }), command: said('kind'), why: why ?? 'not a command' });
}

/** Of what was found to have the shape of one. */
function isCommand(value: unknown): value is MediaCommand {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
