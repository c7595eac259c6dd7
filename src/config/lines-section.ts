import { featureCodes } from './feature-codes-section.js';
import { initially, optional, required, section, tableOf } from './field.js';
import { channelId, slotRange, spanId } from './line-kinds.js';
import { digits, e164 } from './number-kinds.js';
import { boolean, choice, count, identifier, milliseconds, seconds } from './plain-kinds.js';
import { list } from './shape.js';
import { gains, stationFields, stationSignalling, telephoneFields } from './telephone-section.js';

const restart = { takesEffect: 'restart' } as const;

/** What may be set on a span or a jack; each is named by what this box is on it. */
const trunkSignalling = ['em-immediate', 'em-wink', 'em-fgd', 'cama'] as const;
const officeSignalling = ['fxo-loop', 'fxo-ground', 'fxo-kewl'] as const;

const spanFields = {
  span: required(spanId, {
    title: 'Span',
    help: 'As the page and holdfast-lines list it.',
    example: 'dahdi/1',
    ...restart,
  }),
  kind: initially(choice(['t1', 'e1']), 't1', {
    title: 'Kind',
    help: 'T1 has 24 time slots, E1 has 30 for calls; a card that can be both is set to this.',
    ...restart,
  }),
  framing: optional(choice(['esf', 'd4', 'ccs', 'cas']), 'esf on T1; on E1 ccs with PRI and cas without', {
    title: 'Framing',
    help: 'T1: esf or d4. E1: ccs leaves time slot 16 to a D-channel, cas to the signalling bits.',
    ...restart,
    sample: 'esf',
  }),
  coding: optional(choice(['b8zs', 'ami', 'hdb3']), 'b8zs on T1, hdb3 on E1', {
    title: 'Line coding',
    help: 'T1: b8zs or ami. E1: hdb3 or ami.',
    ...restart,
    sample: 'b8zs',
  }),
  crc4: initially(boolean, true, {
    title: 'CRC-4',
    help: 'E1: whether frames carry CRC-4 (ITU-T G.704). Ask the provider; a T1 has none.',
    ...restart,
  }),
  timing: initially(count(0, 64), 1, {
    title: 'Clock',
    help: '0: this box gives the clock, as towards an old PBX. 1: the far end’s clock is taken, first of all; 2 and more: in that order where those before are lost.',
    ...restart,
  }),
  buildOut: initially(count(0, 7), 0, {
    title: 'Build-out',
    help: 'T1: how long the cable is, by its number: 0 is up to 133 ft, 1 266, 2 399, 3 533, 4 655 ft; 5, 6, 7 are -7.5, -15, -22.5 dB.',
    ...restart,
  }),
  signalling: initially(
    choice(['pri', ...trunkSignalling, ...stationSignalling, ...officeSignalling, 'clear']),
    'pri',
    {
      title: 'Signalling',
      help: 'pri: ISDN with a D-channel. em-immediate, em-wink, em-fgd: E&M trunks with immediate start, wink start, feature group D. cama: trunks of the emergency services. fxs-…: a channel bank with telephones. fxo-…: one with lines of an exchange. clear: samples alone.',
      ...restart,
    },
  ),
  channels: optional(list(slotRange, { min: 1, max: 31 }), 'all but the D-channel', {
    title: 'Time slots',
    help: 'Those that carry calls, where the provider sells less than the whole span.',
    ...restart,
    sample: [{ first: 1, last: 23 }],
  }),
  switchType: initially(choice(['ni2', '5ess', 'dms100', '4ess', 'euroisdn', 'qsig']), 'ni2', {
    title: 'Switch type',
    help: 'PRI: the dialect that the other end speaks. ni2 in North America unless the provider says otherwise, euroisdn nearly everywhere else, qsig between PBXs.',
    ...restart,
  }),
  side: initially(choice(['user', 'network']), 'user', {
    title: 'Side',
    help: 'PRI: user towards the telephone network, network towards a PBX that believes this box to be the network.',
    ...restart,
  }),
  dChannel: optional(count(1, 31), '24 on T1, 16 on E1', {
    title: 'D-channel',
    help: 'PRI: the time slot that carries the signalling, in spans that have one.',
    ...restart,
    sample: 24,
  }),
  group: optional(identifier, 'the span has its own D-channel and none with others', {
    title: 'NFAS group',
    help: 'T1 with PRI: spans of one group share the D-channel of its primary (Q.931 annex F).',
    ...restart,
    sample: 'pstn',
  }),
  groupRole: initially(choice(['primary', 'backup', 'none']), 'primary', {
    title: 'Role in the group',
    help: 'primary: carries the D-channel of the group. backup: carries the one that stands in while the primary has no link, and until the other end speaks on the primary again; calls go on over it. none: all 24 time slots are for calls. SERVICE messages about D-channels are understood, and none are sent: a switch that insists on them needs a group without a backup.',
    ...restart,
  }),
  interface: initially(count(0, 31), 0, {
    title: 'Interface in the group',
    help: 'The number by which the other end knows the span in its NFAS group.',
    ...restart,
  }),
  restartChannels: initially(boolean, true, {
    title: 'Restart of channels',
    help: 'PRI: whether idle channels are restarted when this box has begun anew, so that the other end forgets calls that are gone here (Q.931 §5.5). Switch it off where the provider dislikes it.',
    ...restart,
  }),
  serviceMessages: initially(boolean, false, {
    title: 'Service messages',
    help: 'PRI of North America: whether the other end is told by messages which channels are out of service.',
    ...restart,
  }),
};

const officeFields = {
  channel: required(channelId, { title: 'Channel', help: 'The jack.', example: 'dahdi/3:5', ...restart }),
  number: optional(e164, 'the site’s main number', {
    title: 'Number',
    help: 'The line’s own number: what its callers have called, and where emergency services call back.',
    ...restart,
    sample: '+13125550140',
  }),
  rings: optional(digits(2, 8), 'dialPlan.defaultExtension', {
    title: 'Rings',
    help: 'The extension that calls which arrive on this line ring.',
    ...restart,
    sample: '2000',
  }),
  signalling: initially(choice(officeSignalling), 'fxo-kewl', {
    title: 'Signalling',
    help: 'fxo-kewl: loop start, and an opened loop is the far end’s hang-up. fxo-loop: only tones tell it. fxo-ground: ground start.',
    ...restart,
  }),
  dialling: initially(choice(['tone', 'pulse']), 'tone', {
    title: 'Dialling',
    help: 'pulse: for exchanges that do not understand tones.',
    ...restart,
  }),
  pulsesPerSecond: initially(choice(['10', '20']), '10', {
    title: 'Speed of pulses',
    help: 'Pulses a second; 20 only where the exchange is known to take them.',
    ...restart,
  }),
  answerBy: initially(choice(['polarity', 'tone', 'dialled']), 'tone', {
    title: 'Answer supervision',
    help: 'How an answer is known. polarity: the exchange reverses the line. tone: ringing tone ends and somebody speaks. dialled: the call counts as answered once it is dialled.',
    ...restart,
  }),
  disconnectByPolarity: initially(boolean, false, {
    title: 'Disconnect by reversal',
    help: 'Whether another reversal of the line is the far end’s hang-up.',
    ...restart,
  }),
  dialWithoutTone: initially(boolean, false, {
    title: 'Dial without dial tone',
    help: 'Dials after a pause where no dial tone can be heard. Emergency calls always do.',
    ...restart,
  }),
  waitForCallerId: initially(boolean, true, {
    title: 'Wait for caller ID',
    help: 'Whether a call that arrives rings here only once the caller ID came, or the time for it is over.',
    ...restart,
  }),
  ...gains,
};

/** More than a rack of cards. */
const mostSpans = 64;
const mostJacks = 1000;

export const lines = section('Lines', 'Line cards in this box: T1, E1 and analog lines, and who is on them.', {
  cards: initially(choice(['none', 'dahdi', 'simulator']), 'none', {
    title: 'Cards',
    help: 'dahdi: real cards, by the kernel’s drivers of DAHDI. simulator: a small telephone world without any card. none: the process for lines is not started.',
    ...restart,
  }),
  country: optional(digits(1, 3), 'site.countryCode', {
    title: 'Country of the lines',
    help: 'Country code whose ringing, hook flash, dial pulses and caller ID the telephones and lines have.',
    ...restart,
    sample: '1',
  }),
  law: optional(choice(['u', 'a']), 'µ-law on T1, A-law on E1; on analog lines µ-law in North America and Japan', {
    title: 'Companding',
    help: 'Of analog lines: u or a. Spans follow their kind.',
    ...restart,
    sample: 'u',
  }),
  echoTailMs: initially(milliseconds(0, 128), 64, {
    title: 'Echo canceller',
    help: 'Milliseconds of echo path that are cancelled, as far as a card can; 0 switches it off. Fax lines never have it.',
    ...restart,
  }),
  testHour: initially(count(0, 23), 3, {
    title: 'Hour of the line test',
    help: 'Local hour in which elevator lines are tested each day; a failure is an alarm.',
    ...restart,
  }),
  elevatorAnswerSeconds: initially(seconds(10, 300), 45, {
    title: 'Patience of elevator lines',
    help: 'Seconds in which somebody must answer a call from an elevator before it goes to the emergency services.',
    ...restart,
  }),
  ...stationFields,
  featureCodes,
  spans: initially(tableOf('span', spanFields, { max: mostSpans }), [], {
    title: 'Spans',
    help: 'Digital spans and how they are used. A span that is not listed is left alone.',
    ...restart,
    sample: [
      {
        span: 'dahdi/1',
        kind: 't1',
        crc4: true,
        timing: 1,
        buildOut: 0,
        signalling: 'pri',
        switchType: 'ni2',
        side: 'user',
        groupRole: 'primary',
        interface: 0,
        restartChannels: true,
        serviceMessages: false,
      },
    ],
  }),
  telephones: initially(tableOf('channel', telephoneFields, { max: mostJacks }), [], {
    title: 'Telephones',
    help: 'Analog telephones, fax machines, elevator and door phones on jacks (FXS) of this box.',
    ...restart,
    sample: [
      {
        channel: 'dahdi/3:1',
        user: 'reception',
        use: 'telephone',
        signalling: 'fxs-kewl',
        hotlineDelaySeconds: 0,
        callWaiting: true,
        callerId: 'nameAndNumber',
        messageLamp: 'data',
        distinctiveRing: true,
        reverseOnAnswer: false,
        receiveGainDb: 0,
        transmitGainDb: 0,
      },
    ],
  }),
  officeLines: initially(tableOf('channel', officeFields, { max: mostJacks }), [], {
    title: 'Exchange lines',
    help: 'Ordinary lines of the telephone network on jacks (FXO) of this box. A trunk names those that may be called out on.',
    ...restart,
    sample: [
      {
        channel: 'dahdi/3:5',
        signalling: 'fxo-kewl',
        dialling: 'tone',
        pulsesPerSecond: '10',
        answerBy: 'tone',
        disconnectByPolarity: false,
        dialWithoutTone: false,
        waitForCallerId: true,
        receiveGainDb: 0,
        transmitGainDb: 0,
      },
    ],
  }),
});
