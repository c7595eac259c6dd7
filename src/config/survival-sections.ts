import { initially, section } from './field.js';
import { count, milliseconds, ratio, seconds, text } from './plain-kinds.js';
import { wanInterface } from './site-sections.js';

export const wan = section('WAN', 'How the loss of the centre is noticed.', {
  interface: wanInterface,
  probeIntervalMs: initially(milliseconds(200, 60_000), 2000, {
    title: 'Interval of probes',
    help: 'Milliseconds between SIP OPTIONS to the centre; each is shifted at random by the jitter. Any packet from the centre saves a probe.',
    takesEffect: 'at once',
  }),
  probeJitter: initially(ratio(0, 0.5), 0.2, {
    title: 'Jitter of probes',
    help: 'The part by which an interval is shortened or lengthened at random, so that branches do not probe in step.',
    takesEffect: 'at once',
  }),
  timeoutFactor: initially(count(2, 20), 4, {
    title: 'Factor of the adaptive timeout',
    help: 'An answer is awaited for this many times the 99th-percentile round trip, within the two bounds below.',
    takesEffect: 'at once',
  }),
  timeoutFloorMs: initially(milliseconds(100, 10_000), 500, {
    title: 'Shortest timeout',
    help: 'Milliseconds: no network is judged faster than one retransmission of SIP (T1).',
    takesEffect: 'at once',
  }),
  timeoutCeilingMs: initially(milliseconds(100, 30_000), 2000, {
    title: 'Longest timeout',
    help: 'Milliseconds: a person who dialled does not wait longer than this for the local route.',
    takesEffect: 'at once',
  }),
  retryMs: initially(milliseconds(50, 10_000), 300, {
    title: 'Interval after a miss',
    help: 'Milliseconds between probes while the centre is suspected.',
    takesEffect: 'at once',
  }),
  missesToDown: initially(count(1, 20), 3, {
    title: 'Misses in a row',
    help: 'The centre counts as lost after this many, and only together with the silence below: lost packets do not flap.',
    takesEffect: 'at once',
  }),
  silenceMs: initially(milliseconds(0, 60_000), 1500, {
    title: 'Least silence',
    help: 'Milliseconds without any packet from the centre before it counts as lost.',
    takesEffect: 'at once',
  }),
  verdictMs: initially(milliseconds(500, 120_000), 2300, {
    title: 'Latest verdict',
    help: 'Milliseconds from the first missed probe after which the centre counts as lost in any case.',
    takesEffect: 'at once',
  }),
  failuresToDown: initially(count(1, 20), 3, {
    title: 'Failing answers in a row',
    help: 'After this many 408 or 5xx answers the path is up but the centre’s application is down, and the branch serves itself. One 503 is mere overload.',
    takesEffect: 'at once',
  }),
  resolveRetryMs: initially(milliseconds(1000, 3_600_000), 30_000, {
    title: 'Interval of name look-ups',
    help: 'Milliseconds between tries of a name that does not resolve; its last address serves meanwhile.',
    takesEffect: 'at once',
  }),
  preferAfterGood: initially(count(1, 1000), 10, {
    title: 'Good probes before an earlier server is preferred again',
    help: 'So that calls do not move to and fro with a server that flaps.',
    takesEffect: 'at once',
  }),
});

export const survivability = section('Survivability', 'When the branch serves itself, and when it hands back.', {
  goodProbes: initially(count(1, 1000), 10, {
    title: 'Good probes before return',
    help: 'The centre must answer this many in a row.',
    takesEffect: 'at once',
  }),
  holdDownSeconds: initially(seconds(1, 3600), 120, {
    title: 'Hold-down',
    help: 'Seconds of a stable WAN before calls go to the centre again. It doubles with each flap.',
    takesEffect: 'at once',
  }),
  holdDownMaxSeconds: initially(seconds(1, 86_400), 900, {
    title: 'Longest hold-down',
    help: 'Seconds; where doubling ends.',
    takesEffect: 'at once',
  }),
  flapWindowSeconds: initially(seconds(1, 86_400), 600, {
    title: 'Flap window',
    help: 'Seconds: a loss of the centre this soon after a return is a flap, a later one a separate outage.',
    takesEffect: 'at once',
  }),
  decaySeconds: initially(seconds(1, 604_800), 1800, {
    title: 'Decay of the hold-down',
    help: 'Seconds of normal service that halve the hold-down again.',
    takesEffect: 'at once',
  }),
  notice: initially(text, 'Limited service', {
    title: 'Notice',
    help: 'What phones that can show text and the web page say while the branch serves itself.',
    takesEffect: 'at once',
  }),
});

export const calls = section('Calls', 'How long calls wait.', {
  noAnswerSeconds: initially(seconds(5, 600), 120, {
    title: 'No answer',
    help: 'Seconds a local extension rings before the caller is told that nobody answers.',
  }),
});
