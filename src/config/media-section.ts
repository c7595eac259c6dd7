import { Secret } from '../base/index.js';
import { initially, optional, required, section, tableOf } from './field.js';
import { ipAddress, ipPort, portRange } from './network-kinds.js';
import { boolean, choice, count, filePath, identifier, milliseconds, seconds, secret, text } from './plain-kinds.js';
import { list } from './shape.js';

const codecs = choice(['opus', 'G722', 'PCMU', 'PCMA']);

const suites = choice([
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AES_CM_128_HMAC_SHA1_32',
]);

type CodecName = 'opus' | 'G722' | 'PCMU' | 'PCMA';

/** What is the same of telephones, the centre and trunks: each is a side of this box with rules of its own. */
function side(title: string, help: string, initial: readonly CodecName[]) {
  return section(title, help, {
    address: optional(ipAddress, 'the address of the interface that leads to the peer', {
      title: 'Address',
      help: 'Where this box sends and receives the sound of these peers.',
      sample: '192.168.10.1',
    }),
    externalAddress: optional(ipAddress, 'peers are told the address itself', {
      title: 'External address',
      help: 'What these peers are told instead, where an address translator stands between.',
      sample: '203.0.113.7',
    }),
    secure: initially(boolean, false, {
      title: 'Secure side',
      help: 'Whether these peers are on the secure side: see secureSideNeverPlain.',
    }),
    srtp: initially(choice(['never', 'allowed', 'required']), 'allowed', {
      title: 'SRTP',
      help: 'allowed: taken where a peer offers it, and offered to peers that are signalled over TLS. required: a call without it is refused.',
    }),
    ice: initially(choice(['off', 'lite', 'full']), 'off', {
      title: 'ICE',
      help: 'off: only for peers that offer it themselves, as browsers do. lite: offered too. full: with candidates of the servers for STUN and TURN below, for peers behind address translators.',
    }),
    codecs: initially(list(codecs, { min: 1, max: 4 }), initial, {
      title: 'Codecs',
      help: 'What is offered, best first. What both ends of a call have in common is preferred: then nothing is transcoded.',
    }),
  });
}

export const media = section('Media', 'How the sound of calls passes this box.', {
  path: initially(choice(['anchored', 'direct']), 'anchored', {
    title: 'Path',
    help: 'anchored: through the media engine, which encrypts, transcodes and watches it. direct: descriptions pass as they are, and the sound goes from end to end beside this box.',
    takesEffect: 'restart',
  }),
  ports: initially(
    portRange,
    { first: 20_000, last: 29_999 },
    {
      title: 'Ports',
      help: 'UDP ports for sound; a leg of a call takes two.',
    },
  ),
  phones: side('Telephones', 'The sound of the telephones of the branch.', ['opus', 'G722', 'PCMU', 'PCMA']),
  centre: side('Centre', 'The sound of calls from and to the centre.', ['opus', 'G722', 'PCMU', 'PCMA']),
  trunks: side('Trunks', 'The sound of calls from and to the telephone network.', ['PCMU', 'PCMA']),
  secureSideNeverPlain: initially(boolean, true, {
    title: 'Secure side never plain',
    help: 'On a secure side nothing is sent or believed without SRTP, whatever srtp says and whatever a peer wants.',
  }),
  suites: initially(
    list(suites, { min: 1, max: 6 }),
    [
      'AEAD_AES_256_GCM',
      'AEAD_AES_128_GCM',
      'AES_256_CM_HMAC_SHA1_80',
      'AES_CM_128_HMAC_SHA1_80',
      'AES_256_CM_HMAC_SHA1_32',
      'AES_CM_128_HMAC_SHA1_32',
    ],
    { title: 'Suites of SRTP', help: 'Best first (RFC 4568, RFC 7714).' },
  ),
  stun: initially(list(ipPort, { max: 4 }), [], {
    title: 'STUN servers',
    help: 'Tell a full ICE agent what its packets look like from outside.',
  }),
  turn: initially(
    tableOf(
      'name',
      {
        name: required(identifier, { title: 'Name', help: 'For people.', example: 'turn-1' }),
        address: required(ipPort, {
          title: 'Address',
          help: 'An IP address: names are not looked up in the path of a call.',
          example: { host: '203.0.113.20', port: 3478 },
        }),
        username: required(text, {
          title: 'User',
          help: 'Of the server’s long-term credentials.',
          example: 'branch-chicago',
        }),
        password: required(secret, {
          title: 'Password',
          help: 'Of that user.',
          example: new Secret('change-me'),
        }),
      },
      { max: 4 },
    ),
    [],
    { title: 'TURN servers', help: 'Relay the sound of a full ICE agent where nothing else reaches the peer.' },
  ),
  packetMs: initially(milliseconds(10, 60), 20, {
    title: 'Packet time',
    help: 'Milliseconds of sound in a packet, where the peer does not say: a multiple of 10.',
  }),
  dscp: initially(count(0, 63), 46, {
    title: 'Differentiated services',
    help: 'The class of packets of sound; 46 is expedited forwarding (RFC 3246).',
  }),
  jitter: section('Jitter buffer', 'Where sound is mixed, recorded or played to a line card.', {
    minMs: initially(milliseconds(0, 200), 20, { title: 'Least delay', help: 'Milliseconds.' }),
    maxMs: initially(milliseconds(20, 1000), 200, { title: 'Greatest delay', help: 'Milliseconds.' }),
  }),
  musicOnHold: optional(filePath, 'the one on hold hears what the other telephone sends, which often is nothing', {
    title: 'Music on hold',
    help: 'A WAV or Ogg Opus file that whoever is on hold hears, from where it is for everybody.',
    sample: 'music.wav',
  }),
  silenceSeconds: initially(seconds(10, 3600), 120, {
    title: 'Silence',
    help: 'A call whose signalling finds nobody is kept while there is sound, and cleared after this many seconds without any, both ways; never while it is on hold.',
  }),
  kernelPath: initially(boolean, false, {
    title: 'Kernel path',
    help: 'Whether the kernel forwards plain sound over IPv4 that needs no transcoding, by a table of nftables of its own. It takes the right NET_ADMIN and net.ipv4.ip_forward.',
    takesEffect: 'restart',
  }),
});
