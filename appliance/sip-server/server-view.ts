import type { Log } from '../../src/base/index.js';
import { type LadderStep, ladderSteps } from '../../src/sip/index.js';
import { ControlClient, type ControlClientOptions } from './control-client.js';
import type { ServerStatistics } from './statistics.js';
import { readTrace } from './trace-reader.js';

/**
 * What a server tells about itself, over a control connection of its own that is opened when somebody asks, and again
 * when it is gone. Undefined where the server does not answer, or is one that does not know these verbs.
 */
export class ServerView {
  readonly #options: ControlClientOptions;
  readonly #log: Log;
  #client: Promise<ControlClient> | undefined;

  constructor(options: ControlClientOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  async statistics(): Promise<ServerStatistics | undefined> {
    return this.#asking(async (client) => JSON.parse(await client.ask('statistics')));
  }

  /** The messages of these calls and their twins, or all that there are. */
  async steps(callIds: readonly string[]): Promise<readonly LadderStep[] | undefined> {
    return this.#asking(async (client) => {
      const lines = await readTrace(client, callIds);
      return lines.ok ? ladderSteps(lines.value) : [];
    });
  }

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  async #asking<T>(question: (client: ControlClient) => Promise<T>): Promise<T | undefined> {
    try {
      return await question(await this.#connected());
    } catch (error) {
      this.#log.debug('the SIP server does not tell about itself', { error });
      return undefined;
    }
  }

  async #connected(): Promise<ControlClient> {
    const before = await this.#client?.catch(() => undefined);
    if (before?.open === true) return before;
    this.#client = ControlClient.open(this.#options);
    return this.#client;
  }
}
