import { err, ok, type Result } from '../../src/base/index.js';

export const usage = `usage: holdfast-lines [--check] [--root PATH] [--web ADDRESS:PORT]
       holdfast-lines out|in CHANNELS... [--now] [--web ADDRESS:PORT]
       holdfast-lines trace [D-CHANNEL] [--link] [--web ADDRESS:PORT]
       holdfast-lines record SPAN FILE [--web ADDRESS:PORT]
       holdfast-lines replay FILE

Without a word: what cards there are, how their lines are, and what is to be done. It only looks.
  --check     prints only what needs a person; the exit status is 1 when there is something
  --root PATH reads a recorded tree of sysfs in place of this machine's and of a running Holdfast's
out, in: takes channels of trunks out of service, or puts them back; it outlives restarts. CHANNELS: sim/1:5,
sim/1:1-4, a span (sim/1) or a trunk (pstn). A channel with a call goes out after it.
  --now       calls end at once, but calls for help
trace: frames of a D-channel in words, live, until it is interrupted. With callers' numbers.
  --link      frames of the link (Q.921) too
record: writes all that the lines of a span tell and are told into FILE, until it is interrupted. As private as call records.
replay: prints a recording in words.
  --web       the page of the running Holdfast (127.0.0.1:8080, or HOLDFAST_WEB in the environment)
`;

const flagsOf = {
  report: ['--check'],
  out: ['--now'],
  in: [],
  trace: ['--link'],
  record: [],
  replay: [],
} as const;
/** Behind each word: at least, at most. */
const namesOf = { report: [0, 0], out: [1, 100], in: [1, 100], trace: [0, 1], record: [2, 2], replay: [1, 1] } as const;

type Verb = keyof typeof flagsOf;

export interface Words {
  readonly verb: Verb;
  /** Behind the verb. */
  readonly names: readonly string[];
  readonly flags: ReadonlySet<'--check' | '--now' | '--link'>;
  readonly root: string | undefined;
  /** `http://ADDRESS:PORT/` */
  readonly web: string;
}

/** The error is what is wrong, for people. */
export function parseWords(argv: readonly string[], webInEnvironment: string | undefined): Result<Words, string> {
  const names: string[] = [];
  const flags = new Set<'--check' | '--now' | '--link'>();
  let root: string | undefined;
  let web = webInEnvironment ?? '127.0.0.1:8080';
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--root' || word === '--web') {
      const value = argv[++at];
      if (value === undefined) return err(`${word} needs a value`);
      if (word === '--root') root = value;
      else web = value;
    } else if (word === '--check' || word === '--now' || word === '--link') flags.add(word);
    else if (word.startsWith('-')) return err(`unknown option '${word}'`);
    else names.push(word);
  }
  const [first] = names;
  const verb = first === undefined ? 'report' : first;
  if (!isVerb(verb)) return err(`unknown word '${verb}'`);
  const rest = names.slice(1);
  const strange = [...flags].find((flag) => !flagsOf[verb].some((known) => known === flag));
  if (strange !== undefined) return err(`${strange} means nothing with ${verb}`);
  if (root !== undefined && verb !== 'report') return err(`--root means nothing with ${verb}`);
  const [least, most] = namesOf[verb];
  if (rest.length < least) return err(`${verb} needs ${least === 1 ? 'a name' : `${least} names`} behind it`);
  if (rest.length > most) return err(`a word too many: '${rest[most] ?? ''}'`);
  const url = /^https?:\/\//.test(web) ? web : `http://${web}/`;
  if (!URL.canParse(url)) return err(`--web ${web} is not ADDRESS:PORT`);
  return ok({ verb, names: rest, flags, root, web: new URL(url).href });
}

function isVerb(word: string): word is Verb {
  return Object.hasOwn(flagsOf, word);
}
