import { initially, optional, required, section } from './field.js';
import { cidr, hostName, hostPort, interfaceName, ipAddress, port, sipListener, sipUri } from './network-kinds.js';
import { digits, e164 } from './number-kinds.js';
import { boolean, choice, count, filePath, ratio, seconds, text } from './plain-kinds.js';
import { list } from './shape.js';

export const site = section('Site', 'Who this branch is, and how its people dial.', {
  name: required(text, {
    title: 'Name of the site',
    help: 'Shown on the web page, in logs and in metrics.',
    takesEffect: 'at once',
    example: 'Chicago branch',
  }),
  countryCode: initially(digits(1, 3), '1', {
    title: 'Country code',
    help: 'The site’s country in E.164, without the plus sign. Prefixes and emergency numbers follow from it.',
    example: '1',
  }),
  nationalPrefix: optional(digits(0, 3), 'the usual one of the country: 1 in North America, 0 in most others', {
    title: 'National prefix',
    help: 'What people here dial before a number of their own country; "" where there is none.',
    sample: '1',
  }),
  internationalPrefix: optional(digits(1, 5), 'the usual one of the country: 011 in North America, 00 in most others', {
    title: 'International prefix',
    help: 'What people here dial before a country code.',
    sample: '011',
  }),
  areaCode: optional(digits(1, 6), 'local numbers without an area code cannot be dialled', {
    title: 'Area code',
    help: 'Completes local numbers that are dialled without one, e.g. seven digits in North America.',
    example: '312',
  }),
  extensionDigits: initially(count(2, 8), 4, {
    title: 'Digits of an extension',
    help: 'Tells an extension that does not exist from a short outside number.',
  }),
  mainNumber: optional(e164, 'calls of users without a number of their own carry no caller ID', {
    title: 'Main number',
    help: 'Shown as caller ID for users without a direct number, and called back by emergency services.',
    example: '+13125550100',
  }),
});

export const sip = section('SIP', 'Where phones, the centre and trunks reach this box.', {
  listen: initially(
    list(sipListener, { min: 1, max: 32 }),
    [
      { transport: 'udp', host: '0.0.0.0', port: 5060 },
      { transport: 'tcp', host: '0.0.0.0', port: 5060 },
    ],
    {
      title: 'Listeners',
      help: 'Addresses and ports on which SIP is spoken. Phones look first at 5060, and at 5061 for tls; ws and wss are for telephones in browsers.',
      takesEffect: 'restart',
    },
  ),
  tls: section('TLS', 'Certificates for listeners of tls and wss, and for servers that are reached over TLS.', {
    certificate: optional(filePath, 'nothing can be reached over TLS', {
      title: 'Certificate',
      help: 'A PEM file: the certificate of this box, behind it those that lead to its authority. It is read again when it changes; connections stay. Let a group other than root read it and the key, because the SIP server gives up root.',
      takesEffect: 'restart',
      sample: 'tls/cert.pem',
    }),
    key: optional(filePath, 'nothing can be reached over TLS', {
      title: 'Private key',
      help: 'A PEM file: the key of the certificate.',
      takesEffect: 'restart',
      sample: 'tls/key.pem',
    }),
    authority: optional(filePath, 'the authorities that browsers know', {
      title: 'Authority',
      help: 'A PEM file: whose certificates are believed, those of phones and those of servers.',
      takesEffect: 'restart',
      sample: 'tls/ca.pem',
    }),
    verify: initially(choice(['none', 'optional', 'required']), 'none', {
      title: 'Certificates of phones',
      help: 'none: not asked for. optional: one that is shown must be good. required: one must be shown.',
      takesEffect: 'restart',
    }),
    checkPeer: initially(boolean, true, {
      title: 'Names of servers',
      help: 'Whether a server must prove by its certificate that it is the one that was looked for (RFC 5922).',
      takesEffect: 'restart',
    }),
  }),
  externalAddress: optional(ipAddress, 'each message carries the address of the interface it leaves by', {
    title: 'External address',
    help: 'Put into Via and Contact when the box stands behind an address translator, for all peers outside of the networks of the phones.',
    takesEffect: 'restart',
    sample: '203.0.113.7',
  }),
  trustedNetworks: initially(list(cidr, { max: 64 }), [], {
    title: 'Trusted networks',
    help: 'From these no source is slowed down or banned, however much it sends. The centre, the trunks and this machine are among them already; name here what else speaks for many, e.g. a session border controller. Passwords are asked for all the same.',
    takesEffect: 'restart',
  }),
  control: initially(
    hostPort,
    { host: '127.0.0.1', port: 9022 },
    {
      title: 'Control port',
      help: 'Where the SIP server and the controller meet. It is guarded by a random secret; keep it on loopback.',
      takesEffect: 'restart',
    },
  ),
});

export const centre = section('Centre', 'The central site that phones belong to.', {
  domain: required(hostName, {
    title: 'SIP domain',
    help: 'The domain of the users’ addresses and the realm of their passwords; phones keep it in an outage.',
    takesEffect: 'restart',
    example: 'example.com',
  }),
  targets: required(list(sipUri, { min: 1, max: 16 }), {
    title: 'Servers of the centre',
    help: 'Tried in this order. The centre counts as lost only when all of them are.',
    example: ['sip:sbc1.example.com;transport=udp', 'sip:sbc2.example.com;transport=udp'],
  }),
  contact: initially(choice(['rewrite', 'path']), 'rewrite', {
    title: 'How the centre finds phones',
    help: 'rewrite: registrations name this box as the contact; every centre understands it. path: the phone’s own contact with a Path header (RFC 3327), where the centre supports it.',
    takesEffect: 'at once',
  }),
  expiresSeconds: initially(seconds(60, 86400), 600, {
    title: 'Registration at the centre',
    help: 'Seconds asked for upstream: twice the phones’ own, so that one lost refresh loses no binding.',
    takesEffect: 'at once',
  }),
  reRegisterPerSecond: initially(count(1, 1000), 20, {
    title: 'Registrations per second after an outage',
    help: 'The token bucket that keeps all branches together from flooding a centre that has just come back.',
    takesEffect: 'at once',
  }),
});

export const phones = section('Phones', 'How phones register here.', {
  expiresSeconds: initially(seconds(30, 86400), 300, {
    title: 'Registration of a phone',
    help: 'Seconds a registration lasts: short enough to notice a dead phone, long enough to keep the load low.',
    takesEffect: 'at once',
  }),
  minExpiresSeconds: initially(seconds(10, 3600), 60, {
    title: 'Shortest registration',
    help: 'Seconds; a phone that asks for less is told 423 with this value (RFC 3261 §10.3).',
    takesEffect: 'at once',
  }),
  jitter: initially(ratio(0, 0.5), 0.15, {
    title: 'Jitter of registrations',
    help: 'Each registration is shortened by a random part of up to this ratio, so that phones do not come back all at once.',
    takesEffect: 'at once',
  }),
  bindingsPerUser: initially(count(1, 100), 10, {
    title: 'Phones per user',
    help: 'More registrations of one user than this are refused: a phone that forgets its own would fill the store.',
    takesEffect: 'at once',
  }),
  networks: initially(
    list(cidr, { min: 1, max: 64 }),
    [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      '127.0.0.0/8',
      'fc00::/7',
      'fe80::/10',
      '::1/128',
    ],
    {
      title: 'Networks of the phones',
      help: 'From these an emergency call is taken even from a phone that is not registered.',
      takesEffect: 'at once',
    },
  ),
});

export const users = section('Users', 'Who may register and call.', {
  file: required(filePath, {
    title: 'File of users',
    help: 'YAML with extension, direct number, password hashes and class of restriction of each user. A bad file is refused and the old users stay.',
    takesEffect: 'at once',
    example: 'users.yaml',
  }),
});

export const web = section('Web', 'The page that shows how the branch is doing.', {
  address: initially(ipAddress, '127.0.0.1', {
    title: 'Address',
    help: 'The page has no sign-in in this version: open it to other machines only where everybody may force a mode.',
    takesEffect: 'restart',
  }),
  port: initially(port, 8080, {
    title: 'Port',
    help: 'Of the page, /api/status and /metrics.',
    takesEffect: 'restart',
  }),
  sip: initially(boolean, false, {
    title: 'SIP under /sip',
    help: 'Whether telephones in browsers may register through the page’s own address, as a WebSocket under /sip (RFC 7118).',
    takesEffect: 'restart',
  }),
});

export const store = section('Store', 'What must survive a power loss.', {
  directory: initially(filePath, '/var/lib/holdfast', {
    title: 'Folder',
    help: 'Holds registrations, call records and the failover timeline. It must be on a local disk that honours fsync.',
    takesEffect: 'restart',
  }),
});

export const wanInterface = optional(interfaceName, 'every interface with a default route is watched', {
  title: 'Interface',
  help: 'The interface towards the centre, e.g. eth0: its carrier loss is the end of the WAN, without waiting for probes.',
  takesEffect: 'at once',
  sample: 'eth0',
});
