import { initially, optional, required } from './field.js';
import { channelId, decibels } from './line-kinds.js';
import { dialString } from './number-kinds.js';
import { boolean, choice, milliseconds, seconds, text } from './plain-kinds.js';

const restart = { takesEffect: 'restart' } as const;

/** What a flash may mean. */
export const flashMeanings = ['threeWay', 'swap', 'digits'] as const;

/** What may be set on a jack for a telephone. */
export const stationSignalling = ['fxs-loop', 'fxs-ground', 'fxs-kewl'] as const;

/** Shorter is contact bounce; longer is a hang-up everywhere. */
const flashLength = milliseconds(20, 1500);

/** Twice what the loss plan of TR-57 asks for at most. */
const gain = decibels(-12, 12);

/** The sound of one jack. */
export const gains = {
  receiveGainDb: initially(gain, 0, {
    title: 'Gain of what comes from the line',
    help: 'Decibels added to what the line brings.',
    ...restart,
  }),
  transmitGainDb: initially(gain, 0, {
    title: 'Gain of what goes to the line',
    help: 'Decibels added to what the line is sent.',
    ...restart,
  }),
};

/** What all telephones have in common. */
export const stationFields = {
  flash: optional(choice(flashMeanings), 'threeWay in North America, digits elsewhere', {
    title: 'Hook flash',
    help: 'What a flash does while there are two calls. threeWay: all three talk, and another flash drops the second call; one that knocks is taken in turn. swap: the two calls are swapped. digits: a digit follows: 0 is rid of the other call, 1 drops this one, 2 swaps, 3 joins all, 4 joins both and leaves. With one call a flash holds it and gives dial tone for a second one; hanging up with two joins both.',
    ...restart,
    sample: 'swap',
  }),
  flashMinMs: optional(flashLength, 'the country’s', {
    title: 'Shortest hook flash',
    help: 'Milliseconds of an opened loop that are a flash at least, where the card does not decode it by itself. Where it is as short as a dial pulse, a single pulse in a call is a flash.',
    ...restart,
    sample: 300,
  }),
  flashMaxMs: optional(flashLength, 'the country’s', {
    title: 'Longest hook flash',
    help: 'Milliseconds of an opened loop that are a flash at most; longer is a hang-up.',
    ...restart,
    sample: 1000,
  }),
  firstDigitSeconds: initially(seconds(5, 60), 20, {
    title: 'Patience of the dial tone',
    help: 'Seconds of dial tone in which the first digit must come.',
    ...restart,
  }),
  interDigitSeconds: initially(seconds(2, 20), 5, {
    title: 'Patience between digits',
    help: 'Seconds without a further digit after which a number counts as whole, where the dial plan does not tell. Users end it at once with #.',
    ...restart,
  }),
  forwardAfterSeconds: initially(seconds(5, 120), 20, {
    title: 'Ringing before a forward',
    help: 'Seconds that a telephone rings before its calls go to the number that the user set for no answer.',
    ...restart,
  }),
  parkSeconds: initially(seconds(15, 600), 120, {
    title: 'Patience of parked calls',
    help: 'Seconds that a parked call waits for somebody to take it; then it rings whoever parked it.',
    ...restart,
  }),
  ringInside: initially(choice(['country', '1', '2', '3', '4', '5']), 'country', {
    title: 'Ringing of calls from inside',
    help: 'country: as telephones there ring. 1 to 5: Bellcore-dr1 to Bellcore-dr5: 1 one long, 2 two, 3 short short long, 4 short long short, 5 a splash. A caller whose side says one by Alert-Info has that.',
    ...restart,
  }),
  ringOutside: initially(choice(['country', '1', '2', '3', '4', '5']), '2', {
    title: 'Ringing of calls from outside',
    help: 'As lines.ringInside.',
    ...restart,
  }),
};

export const telephoneFields = {
  channel: required(channelId, { title: 'Channel', help: 'The jack.', example: 'dahdi/3:1', ...restart }),
  user: required(text, {
    title: 'User',
    help: 'Whose telephone it is, by the name in the file of users. The telephone rings beside the user’s others, and calls with the user’s number and class of restriction.',
    example: 'reception',
    ...restart,
  }),
  use: initially(choice(['telephone', 'fax', 'elevator', 'door']), 'telephone', {
    title: 'Use',
    help: 'fax: no echo canceller, no call waiting, a fixed buffer; for modems too. elevator: calls for help by itself, and is tested each day. door: a door phone.',
    ...restart,
  }),
  signalling: initially(choice(stationSignalling), 'fxs-kewl', {
    title: 'Signalling',
    help: 'fxs-kewl: loop start, and the loop is opened for a moment when the far end hangs up, which answering machines and PBXs wait for. fxs-ground: for trunks of a PBX with ground start.',
    ...restart,
  }),
  hotline: optional(dialString, 'the user dials', {
    title: 'Hot line',
    help: 'A number that is called for a user who dials nothing.',
    ...restart,
    sample: '2000',
  }),
  hotlineDelaySeconds: initially(seconds(0, 30), 0, {
    title: 'Delay of the hot line',
    help: 'Seconds of dial tone in which the user may dial something else (a warm line); 0: the call begins at once.',
    ...restart,
  }),
  callWaiting: initially(boolean, true, {
    title: 'Call waiting',
    help: 'Whether a second call knocks while the telephone is in use. A user of a telephone may switch it off for one call.',
    ...restart,
  }),
  callerId: initially(choice(['none', 'number', 'nameAndNumber']), 'nameAndNumber', {
    title: 'Caller ID',
    help: 'What the telephone is shown of who calls, also while a call waits.',
    ...restart,
  }),
  flash: optional(choice([...flashMeanings, 'none']), 'lines.flash', {
    title: 'Hook flash',
    help: 'What a flash does, where it is another than at most telephones here. none: it is taken for nothing, as fax machines need it.',
    ...restart,
    sample: 'swap',
  }),
  flashMinMs: optional(flashLength, 'lines.flashMinMs', {
    title: 'Shortest hook flash',
    help: 'As lines.flashMinMs, for this telephone.',
    ...restart,
    sample: 50,
  }),
  flashMaxMs: optional(flashLength, 'lines.flashMaxMs', {
    title: 'Longest hook flash',
    help: 'As lines.flashMaxMs, for this telephone.',
    ...restart,
    sample: 350,
  }),
  messageLamp: initially(choice(['none', 'data', 'neon', 'polarity']), 'data', {
    title: 'Message lamp',
    help: 'How it is lit while messages wait: data: by caller ID data. neon: by voltage. polarity: by a reversed line while the telephone rests. Where the card cannot do what is written, by data. none: there is no lamp. The dial tone stutters in any case.',
    ...restart,
  }),
  distinctiveRing: initially(boolean, true, {
    title: 'Distinctive ringing',
    help: 'Whether calls from inside ring otherwise than calls from outside: see lines.ringInside and lines.ringOutside.',
    ...restart,
  }),
  reverseOnAnswer: initially(boolean, false, {
    title: 'Reversal on answer',
    help: 'Tells an answer by reversing the line, for coin telephones and call accounting, where the card can.',
    ...restart,
  }),
  ...gains,
};
