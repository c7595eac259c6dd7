import { err, ok, type Result } from '../../src/base/index.js';

export const usage = `usage: holdfast-lines [--check] [--root PATH] [--web ADDRESS:PORT]
       holdfast-lines out|in CHANNELS... [--now] [--web ADDRESS:PORT]
       holdfast-lines trace [D-CHANNEL] [--link] [--web ADDRESS:PORT]

Without a word: what cards there are, how their lines are, and what is to be done. It only looks.
  --check     prints only what needs a person; the exit status is 1 when there is something
  --root PATH reads a recorded tree of sysfs in place of this machine's and of a running Holdfast's
out, in: takes channels of trunks out of service, or puts them back; it outlives restarts. CHANNELS: sim/1:5,
sim/1:1-4, a span (sim/1) or a trunk (pstn). A channel with a call goes out after it.
  --now       calls end at once, but calls for help
trace: frames of a D-channel in words, live, until it is interrupted. With callers' numbers.
  --link      frames of the link (Q.921) too
  --web       the page of the running Holdfast (127.0.0.1:8080, or HOLDFAST_WEB in the environment)
`;

export interface Words {
  readonly verb: 'report' | 'out' | 'in' | 'trace';
  /** Behind the verb. */
  readonly names: readonly string[];
  readonly flags: ReadonlySet<'--check' | '--now' | '--link'>;
  readonly root: string | undefined;
  /** `http://ADDRESS:PORT/` */
  readonly web: string;
}

const flagsOf = { report: ['--check'], out: ['--now'], in: [], trace: ['--link'] } as const;

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
  if (verb !== 'report' && verb !== 'out' && verb !== 'in' && verb !== 'trace') return err(`unknown word '${verb}'`);
  const rest = names.slice(1);
  const strange = [...flags].find((flag) => !flagsOf[verb].some((known) => known === flag));
  if (strange !== undefined) return err(`${strange} means nothing with ${verb}`);
  if (root !== undefined && verb !== 'report') return err(`--root means nothing with ${verb}`);
  if ((verb === 'out' || verb === 'in') && rest.length === 0)
    return err(`${verb} what? Name channels, a span or a trunk`);
  if ((verb === 'trace' && rest.length > 1) || (verb === 'report' && rest.length > 0)) return err(`one word too many`);
  const url = /^https?:\/\//.test(web) ? web : `http://${web}/`;
  if (!URL.canParse(url)) return err(`--web ${web} is not ADDRESS:PORT`);
  return ok({ verb, names: rest, flags, root, web: new URL(url).href });
}
