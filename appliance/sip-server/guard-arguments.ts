import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, Log, Timer } from '../../src/base/index.js';
import { type GuardNetworks, loopbackNetworks } from './guard.js';

/** How often a trusted name is asked for again: it may move. */
const ASK_EVERY_MS = 60_000;

export const guardUsage = `  --trusted  an address, network or name for which no limit of a source and no ban holds: the centre, the trunks
             (127.0.0.0/8, ::1); repeat for more
  --branch   a network where telephones stand, whose calls for help pass bans and overload (private ones); repeat for more
  --emergency  a number that is a call for help, as it may be dialled; repeat for more`;

/** What the command line says about who may do what. */
export class GuardArguments {
  readonly #trusted: string[] = [];
  readonly #names: string[] = [];
  readonly #branch: string[] = [];
  readonly #numbers: string[] = [];

  /** True: the option is one of these and was taken; a text: what is wrong with it. */
  take(option: string, value: string): boolean | string {
    switch (option) {
      case '--trusted':
        return this.#trust(value);
      case '--branch':
        if (!isNetwork(value)) return `--branch '${value}' is not NETWORK/LENGTH`;
        this.#branch.push(value);
        return true;
      case '--emergency':
        if (!/^\+?[0-9*#]{2,20}$/.test(value)) return `--emergency '${value}' is not a number`;
        this.#numbers.push(value);
        return true;
      default:
        return false;
    }
  }

  get options(): { readonly networks: Partial<GuardNetworks>; readonly emergencyNumbers: readonly string[] } {
    const branch = this.#branch.length === 0 ? {} : { branch: this.#branch };
    return { networks: { trusted: this.#networks([]), ...branch }, emergencyNumbers: this.#numbers };
  }

  /** Keeps asking for the addresses of trusted names, and tells all that is trusted after each answer. */
  follow(clock: Clock, log: Log, tell: (trusted: readonly string[]) => void): void {
    if (this.#names.length === 0) return;
    const known = new Map<string, readonly string[]>();
    let timer: Timer | undefined;
    const ask = async (): Promise<void> => {
      for (const name of this.#names) {
        try {
          const found = await lookup(name, { all: true });
          known.set(
            name,
            found.map(({ address }) => address),
          );
        } catch (error) {
          // What was known of it stays: a name server that is away makes nobody a stranger.
          log.debug('a trusted name does not resolve', { name, error });
        }
      }
      tell(this.#networks([...known.values()].flat()));
      timer?.cancel();
      timer = clock.after(ASK_EVERY_MS, () => void ask());
    };
    void ask();
  }

  #trust(value: string): boolean | string {
    const bare = value.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0) this.#trusted.push(alone(bare));
    else if (isNetwork(value)) this.#trusted.push(value);
    else if (/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})$/.test(value)) this.#names.push(value);
    else return `--trusted '${value}' is no address, network or name`;
    return true;
  }

  #networks(more: readonly string[]): readonly string[] {
    return [...loopbackNetworks, ...this.#trusted, ...more.map(alone)];
  }
}

function alone(address: string): string {
  return `${address}/${isIP(address) === 6 ? 128 : 32}`;
}

function isNetwork(text: string): boolean {
  const [address = '', length = ''] = text.split('/', 2);
  const family = isIP(address);
  return family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 6 ? 128 : 32);
}
