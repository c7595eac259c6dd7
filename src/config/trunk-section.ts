import { Secret } from '../base/index.js';
import { initially, optional, required, tableOf } from './field.js';
import { channelRange } from './line-kinds.js';
import { sipUri } from './network-kinds.js';
import { dialString, digits } from './number-kinds.js';
import { boolean, choice, count, identifier, milliseconds, seconds, secret, text } from './plain-kinds.js';
import { list } from './shape.js';

/** What only trunks of channels have; without effect on SIP gateways. */
const lineFields = {
  hunt: initially(choice(['lowest', 'highest', 'circular', 'leastUsed']), 'highest', {
    title: 'Hunting',
    help: 'Which free channel a call takes. The other end should hunt from the other side, so that both rarely take the same one (glare): towards the telephone network highest, which mostly begins at the lowest. circular: the next one after the last. leastUsed: the one that has been idle for longest.',
  }),
  reserve: initially(count(0, 100), 0, {
    title: 'Reserved channels',
    help: 'As many channels are left free by ordinary calls that go out, for emergency calls and for calls that arrive.',
  }),
  preempt: initially(boolean, true, {
    title: 'Pre-emption',
    help: 'Whether an emergency call that finds all channels taken ends an ordinary call; never another emergency call.',
  }),
  direction: initially(choice(['both', 'outgoing', 'incoming']), 'both', {
    title: 'Direction',
    help: 'Which calls the trunk carries. cama trunks only go out, and only for emergency calls.',
  }),
  emergencyOnly: initially(boolean, false, {
    title: 'For emergency calls alone',
    help: 'A line that is kept for calls for help.',
  }),
  removeDigits: initially(count(0, 20), 0, {
    title: 'Digits removed from what is sent',
    help: 'From the front of the called number, after its format; never of an emergency number.',
  }),
  addDigits: initially(dialString, '', {
    title: 'Digits put before what is sent',
    help: 'After the removal, e.g. an access code of a PBX.',
  }),
  removeReceivedDigits: initially(count(0, 20), 0, {
    title: 'Digits removed from what arrives',
    help: 'From the front of the number that a call asks for.',
  }),
  addReceivedDigits: initially(dialString, '', {
    title: 'Digits put before what arrives',
    help: 'After the removal: the provider that sends four digits of +1312555XXXX has +1312555 put before them.',
  }),
  receivedDigits: optional(count(1, 20), 'the call says when its number is whole, or a pause does', {
    title: 'Digits of what arrives',
    help: 'As many digits make a number whole: then nobody waits for more, with E&M and with overlap receiving.',
    sample: 4,
  }),
  overlapReceiving: initially(boolean, false, {
    title: 'Overlap receiving',
    help: 'PRI: whether digits may come one by one after the call began (Q.931 §5.2.4), as PBXs of Europe send them.',
  }),
  numberType: initially(choice(['auto', 'unknown', 'international', 'national', 'subscriber', 'abbreviated']), 'auto', {
    title: 'Type of number',
    help: 'PRI: what called numbers are declared to be. auto: as numberFormat has them, and unknown for dialled ones and emergency numbers.',
  }),
  callerName: initially(boolean, true, {
    title: 'Caller’s name',
    help: 'PRI: whether the name is sent along.',
  }),
  presentation: initially(choice(['asCaller', 'allowed', 'restricted']), 'asCaller', {
    title: 'Presentation',
    help: 'Whether the called party may see the caller’s number. asCaller: as the caller wishes. Emergency calls always show it.',
  }),
  redirecting: initially(boolean, true, {
    title: 'Redirecting number',
    help: 'PRI: whether a call that was sent on says from whom and why.',
  }),
  networkTransfer: initially(boolean, false, {
    title: 'Transfer in the network',
    help: 'PRI: whether two calls that are joined here leave for the network, which must offer it (two B-channel transfer, GR-2865).',
  }),
  announcements: initially(boolean, false, {
    title: 'Announcements of the network',
    help: 'PRI: whether a caller hears what the network says of a number that fails, for 30 s at most, before the call fails here too.',
  }),
  bearer: initially(choice(['speech', '3.1-khz']), 'speech', {
    title: 'Bearer capability',
    help: 'PRI: what ordinary calls are declared to be; fax calls are always 3.1-khz.',
  }),
  digitSignals: initially(choice(['dtmf', 'mf']), 'dtmf', {
    title: 'Digits on E&M',
    help: 'em-immediate and em-wink: how digits are said. Feature group D and cama always speak MF.',
  }),
  glare: initially(choice(['yield', 'persist']), 'yield', {
    title: 'Glare',
    help: 'E&M: who gives way when both ends begin a call at once: this box, or the other end. One of them should. With PRI the network side wins.',
  }),
  camaAreaCodes: initially(list(digits(3, 3), { max: 4 }), [], {
    title: 'Area codes of the emergency tandem',
    help: 'cama: the area codes that stand for the digits 0 to 3 before seven digits of the calling number (NPD). Empty: all ten digits are sent.',
  }),
};

/** In the examples, which are gateways. */
const lineInitials = {
  hunt: 'highest',
  reserve: 0,
  preempt: true,
  direction: 'both',
  emergencyOnly: false,
  removeDigits: 0,
  addDigits: '',
  removeReceivedDigits: 0,
  addReceivedDigits: '',
  overlapReceiving: false,
  numberType: 'auto',
  callerName: true,
  presentation: 'asCaller',
  redirecting: true,
  networkTransfer: false,
  announcements: false,
  bearer: 'speech',
  digitSignals: 'dtmf',
  glare: 'yield',
  camaAreaCodes: [],
} as const;

/** A trunk to the telephone network, or to a PBX. */
export const trunks = initially(
  tableOf(
    'name',
    {
      name: required(identifier, {
        title: 'Name',
        help: 'Used in the dial plan, on the web page and in metrics.',
        example: 'pstn-gateway',
      }),
      uri: optional(sipUri, 'the trunk is made of channels', {
        title: 'Address',
        help: 'A SIP gateway: where calls are sent. Calls from this host are taken as calls from the trunk.',
        example: 'sip:192.168.10.5:5060;transport=udp',
      }),
      channels: optional(list(channelRange, { min: 1, max: 64 }), 'the trunk is a SIP gateway', {
        title: 'Channels',
        help: 'In place of an address: channels of line cards, of spans and exchange lines with one signalling.',
        takesEffect: 'restart',
        sample: [{ span: 'dahdi/1', first: 1, last: 23 }],
      }),
      order: initially(count(1, 1000), 1, {
        title: 'Order',
        help: 'Trunks with a lower order are tried first, for ordinary and for emergency calls.',
      }),
      weight: initially(count(1, 1000), 1, {
        title: 'Weight',
        help: 'Among trunks of one order, each gets a share of the calls in proportion to its weight.',
      }),
      numberFormat: initially(choice(['e164', 'e164WithoutPlus', 'national', 'asDialled']), 'e164', {
        title: 'Number format',
        help: 'How the trunk wants numbers: +13125550123, 13125550123, 3125550123 (with the national number alone), or as a subscriber line dials them, with national and international prefix. Emergency numbers are always sent bare.',
        example: 'asDialled',
      }),
      callerId: initially(choice(['user', 'mainNumber', 'none']), 'user', {
        title: 'Caller ID',
        help: 'user: the caller’s direct number, or else the main number. mainNumber: always that one, for providers that refuse others. none: the trunk sets its own. Emergency calls state a number in any case.',
      }),
      maxCalls: optional(count(1, 10_000), 'no limit of our own', {
        title: 'Most calls at a time',
        help: 'Channels behind the gateway. A full trunk is passed over, except by emergency calls.',
        sample: 23,
      }),
      giveUpMs: initially(milliseconds(200, 32_000), 4000, {
        title: 'Patience',
        help: 'Milliseconds without any answer to a call before the next trunk is tried.',
      }),
      probe: initially(boolean, true, {
        title: 'Probe',
        help: 'Send SIP OPTIONS to see whether the trunk is up. Switch it off for a gateway that does not answer them: then only calls tell.',
        takesEffect: 'at once',
      }),
      probeIntervalSeconds: initially(seconds(1, 3600), 30, {
        title: 'Interval of probes',
        help: 'Seconds between probes of a healthy trunk; a failing one is probed every 5 s at the latest.',
        takesEffect: 'at once',
      }),
      failuresToDown: initially(count(1, 20), 3, {
        title: 'Failures in a row',
        help: 'A trunk counts as down after this many unanswered or 503-answered calls and probes; a refused connection is enough alone.',
        takesEffect: 'at once',
      }),
      username: optional(text, 'the trunk knows us by our address', {
        title: 'User name',
        help: 'Answers a challenge (digest) of the trunk.',
        sample: 'branch-17',
      }),
      password: optional(secret, 'the trunk knows us by our address', {
        title: 'Password',
        help: 'Answers a challenge (digest) of the trunk.',
        sample: new Secret('change-me'),
      }),
      classOfRestriction: optional(text, 'calls that arrive reach users of the branch alone', {
        title: 'Class of restriction of a PBX',
        help: 'For a trunk to a PBX behind this box: its users may call as users of this class do. Never write it for a trunk to the telephone network: strangers would call at your cost.',
        sample: 'national',
      }),
      ...lineFields,
    },
    { max: 100 },
  ),
  [],
  {
    title: 'Trunks',
    help: 'The branch’s own ways to the telephone network: SIP gateways, and groups of channels of line cards. Without one, calls outside the branch and emergency calls depend on the centre.',
    example: [
      {
        name: 'pstn-gateway',
        uri: 'sip:192.168.10.5:5060;transport=udp',
        order: 1,
        weight: 1,
        numberFormat: 'asDialled',
        callerId: 'user',
        maxCalls: 23,
        giveUpMs: 4000,
        probe: true,
        probeIntervalSeconds: 30,
        failuresToDown: 3,
        ...lineInitials,
      },
      {
        name: 'sip-provider',
        uri: 'sip:trunk.provider.example:5060;transport=udp',
        order: 2,
        weight: 1,
        numberFormat: 'e164',
        callerId: 'mainNumber',
        giveUpMs: 4000,
        probe: true,
        probeIntervalSeconds: 30,
        failuresToDown: 3,
        ...lineInitials,
      },
    ],
  },
);
