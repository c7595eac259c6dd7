import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Baresip, type BaresipSettings, type BaresipSound } from './baresip.js';
import { address, BranchNetwork, type NetworkOptions } from './branch-network.js';
import { headerOf } from './capture.js';
import { Holdfast } from './holdfast.js';
import { Kamailio } from './kamailio.js';
import { resolveAt, startNameServer } from './name-server.js';
import { sleep, until, wallNow } from './patience.js';
import type { PeerProcess } from './peer-process.js';
import { Sipp } from './sipp.js';
import { answering } from './sipp-scenario.js';
import { readWav, toneShare } from './tone.js';

export const domain = 'office.example';

export interface OfficeUser {
  readonly username: string;
  readonly password: string;
  readonly extension: string;
  readonly did: string;
}

/** The branch's people: u1001 … The first ones have telephones with a voice. */
export function userNumber(index: number): OfficeUser {
  const extension = String(1001 + index);
  return { username: `u${extension}`, password: `secret-${extension}`, extension, did: `+1312555${extension}` };
}

/** A person at the centre, who repeats what is said; at an outage reached over the telephone network. */
export const centreDesk = { extension: '2001', did: '+15105552001' } as const;

/** A subscriber of the telephone network, who answers at once and speaks. */
export const subscriber = { number: '+13125559000', dialled: '913125559000', tone: 880 } as const;

export const tones: readonly number[] = [440, 620, 1000, 1300];

export interface OfficeOptions extends NetworkOptions {
  /** Telephones that are switched on from the start. */
  readonly voices: number;
  readonly users?: number;
  /** Sections of Holdfast's configuration that differ from {@link configuration}. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** SIP URI of the centre as Holdfast is told. */
  readonly target?: string;
  /** Where a name server runs that knows the host of `target`, on an address of the router. */
  readonly nameServer?: string;
}

/** A branch office at work: network, centre, telephones, telephone network, and Holdfast between them. */
export class BranchOffice {
  readonly network: BranchNetwork;
  readonly users: readonly OfficeUser[];
  readonly phones: Baresip[] = [];
  #kamailio: Kamailio | undefined;
  #holdfast: Holdfast | undefined;
  #pstn: Baresip | undefined;
  #nameServer: PeerProcess | undefined;
  #startNames: (() => Promise<PeerProcess>) | undefined;
  #failed = false;

  private constructor(network: BranchNetwork, users: readonly OfficeUser[]) {
    this.network = network;
    this.users = users;
  }

  static async open(options: OfficeOptions): Promise<BranchOffice> {
    const network = await BranchNetwork.create(options);
    const users = Array.from({ length: options.users ?? 4 }, (_, index) => userNumber(index));
    const office = new BranchOffice(network, users);
    try {
      await office.#staff(options);
    } catch (error) {
      office.#failed = true;
      console.error(office.evidence());
      await office.close();
      throw error;
    }
    return office;
  }

  get kamailio(): Kamailio {
    return present(this.#kamailio);
  }

  get holdfast(): Holdfast {
    return present(this.#holdfast);
  }

  get pstn(): Baresip {
    return present(this.#pstn);
  }

  get nameServer(): PeerProcess {
    return present(this.#nameServer);
  }

  async restoreNames(): Promise<void> {
    this.#nameServer = await this.#startNames?.();
  }

  phone(index: number): Baresip {
    return present(this.phones[index]);
  }

  user(index: number): OfficeUser {
    return present(this.users[index]);
  }

  /** A telephone of user `index` in its own namespace, switched on. */
  async plugIn(
    index: number,
    transport: 'udp' | 'tcp' | 'tls' = 'udp',
    sound?: BaresipSound,
    tls?: BaresipSettings['tls'],
  ): Promise<Baresip> {
    const user = this.user(index);
    const phone = await Baresip.start(this.network.phone(index), this.network.gate, this.network.folder, {
      name: `phone${index}`,
      address: address.phone(index),
      device: 'eth0',
      tone: tones[index] ?? 500,
      ...(sound === undefined ? {} : { sound }),
      ...(tls === undefined ? {} : { tls }),
      accounts: [
        {
          username: user.username,
          domain,
          password: user.password,
          outboundProxy: `sip:${address.holdfast}${transport === 'tls' ? ':5061' : ''};transport=${transport}`,
          expires: 300,
          answer: 'auto',
        },
      ],
    });
    this.phones[index] = phone;
    return phone;
  }

  /** The status of the answer that ended a phone's registration: 200, or a second challenge, or another refusal. */
  async registration(phone: Baresip, since: number, withinMs = 6000): Promise<number> {
    const to = `${phone.settings.address}:5060`;
    return until(`${phone.settings.name}'s registration is answered`, withinMs, () => {
      const answers = this.network.lanCapture
        .sipSince(since, /^SIP\/2.0 [2-6]/)
        .filter((one) => one.to === to && headerOf(one.text, 'CSeq')?.endsWith('REGISTER') === true)
        .map((one) => Number(one.text.slice(8, 11)));
      const refusals = answers.filter((status) => status === 401);
      return answers.find((status) => status !== 401) ?? (refusals.length > 1 ? 401 : undefined);
    });
  }

  /**
   * Asserts by voice that `listener` hears the tone `frequency`: judged on the RTP that reaches its network,
   * over windows of 300 ms, within `withinMs`.
   */
  async hears(listener: Baresip, frequency: number, withinMs = 3000): Promise<void> {
    const capture = listener === this.#pstn ? this.network.pstnCapture : this.network.lanCapture;
    const start = performance.now();
    let share = 0;
    while (performance.now() - start < withinMs) {
      const sound = capture.soundTo(listener.settings.address, 300);
      share = sound.length >= 1600 ? toneShare(sound, frequency) : 0;
      if (share > 0.8) return;
      await sleep(50);
    }
    throw new Error(
      `${listener.settings.name} does not hear ${frequency} Hz: its share of the sound is ${share.toFixed(3)}`,
    );
  }

  /** The same of a telephone that records, once its call is over: judged on half a second at the end of its last recording. */
  async heard(listener: Baresip, frequency: number): Promise<void> {
    const share = await until(`${listener.settings.name}'s recording is written`, 3000, () => {
      const file = listener.recordings.at(-1);
      const sound = file === undefined ? undefined : readWav(readFileSync(file));
      return sound === undefined || sound.length < 8000
        ? undefined
        : toneShare(sound.subarray(-5600, -1600), frequency);
    });
    if (share <= 0.8) {
      throw new Error(`${listener.settings.name} did not hear ${frequency} Hz: its share is ${share.toFixed(3)}`);
    }
  }

  /** Both hear one another. */
  async talk(a: Baresip, b: Baresip, withinMs = 3000): Promise<void> {
    await Promise.all([this.hears(a, b.settings.tone, withinMs), this.hears(b, a.settings.tone, withinMs)]);
  }

  /** Every telephone on the hook, and Holdfast knows of no call. */
  async quiet(): Promise<void> {
    await Promise.all([...this.phones, this.pstn].map((one) => one.hangUpAll()));
    await this.holdfast.reaches('no call is left', 5000, (status) => status.calls.length === 0);
  }

  /** Runs one story; when it fails, the evidence is kept and its place told. */
  async story<T>(tell: () => Promise<T>): Promise<T> {
    const since = wallNow();
    try {
      return await tell();
    } catch (error) {
      this.#failed = true;
      const evidence = this.evidence(since);
      throw new Error(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${evidence}`);
    }
  }

  /** Writes the ladders beside the logs; returns what a person wants to see first. */
  evidence(since = 0): string {
    const { folder, lanCapture, wanCapture, pstnCapture } = this.network;
    const ladders = [lanCapture, wanCapture, pstnCapture]
      .map((one) => `== ${one.title} ==\n${one.ladder()}\n`)
      .join('\n');
    writeFileSync(join(folder, 'ladders.txt'), ladders);
    const messages = [lanCapture, wanCapture, pstnCapture].flatMap((one) =>
      one.sip.map((seen) => ({ ...seen, where: one.title })),
    );
    writeFileSync(
      join(folder, 'messages.txt'),
      messages
        .sort((a, b) => a.at - b.at)
        .map((one) => `--- ${new Date(one.at).toISOString()} ${one.where} ${one.from} -> ${one.to}\n${one.text}`)
        .join('\n'),
    );
    const log = this.#holdfast === undefined ? '' : tail(this.#holdfast.logFile, 25);
    return `Holdfast's last words:\n${log}\nLast of the LAN's ladder:\n${lanCapture.ladder(since).split('\n').slice(-25).join('\n')}\nof the WAN's:\n${wanCapture.ladder(since).split('\n').slice(-25).join('\n')}\nAll logs, ladders.txt and messages.txt: ${folder}`;
  }

  async close(): Promise<void> {
    await this.#holdfast?.stop();
    await this.network.close(this.#failed);
  }

  async #staff(options: OfficeOptions): Promise<void> {
    const { network } = this;
    const { folder } = network;
    this.#kamailio = await Kamailio.start(network.centre, folder, {
      domain,
      listen: [`udp:${address.centre}:5060`, `tcp:${address.centre}:5060`],
      users: this.users,
      desks: {
        [centreDesk.extension]: `sip:${address.centreUser}:5080`,
        [centreDesk.did]: `sip:${address.centreUser}:5080`,
      },
      gateway: address.holdfastWan,
      authenticate: true,
      workers: 2,
    });
    new Sipp(network.centre, folder, {
      name: 'centre-desk',
      scenario: answering({ ringMs: 0 }),
      address: address.centreUser,
      port: 5080,
      timeoutS: 900,
      echo: true,
    });
    this.#pstn = await Baresip.start(network.pstn, network.pstnGate, folder, {
      name: 'pstn',
      address: address.pstn,
      device: 'branch',
      tone: subscriber.tone,
      accounts: [subscriber.number, '911', centreDesk.did].map((username) => ({
        username,
        domain: address.pstn,
        expires: 0,
        answer: 'auto',
      })),
    });
    const { nameServer, target = '' } = options;
    if (nameServer !== undefined) {
      const host = /^sips?:([^;:]+)/.exec(target)?.[1] ?? '';
      this.#startNames = () => startNameServer(network.wan, folder, nameServer, host, address.centre);
      resolveAt(network.holdfast, nameServer);
      await this.restoreNames();
    }
    this.#holdfast = await Holdfast.start(network.holdfast, network.gate, folder, {
      configuration: configuration(options),
      users: usersFile(this.users),
      webAddress: address.holdfast,
      webPort: 8080,
    });
    // A phone that hears 503 at first waits long before it asks again.
    await this.#holdfast.reaches('a verdict about the WAN', 12_000, ({ mode }) => mode !== 'starting');
    for (let index = 0; index < options.voices; index += 1) await this.plugIn(index);
    for (const phone of this.phones) {
      const status = await this.registration(phone, 0, 8000);
      if (status !== 200) throw new Error(`${phone.settings.name} cannot register: ${status}`);
    }
  }
}

/** What the branch of these tests is configured as; `overrides` replace single fields of its sections. */
export function configuration(options: Pick<OfficeOptions, 'configuration' | 'target'>): Record<string, unknown> {
  const base: Readonly<Record<string, unknown>> = {
    site: {
      name: 'Test branch',
      countryCode: '1',
      areaCode: '312',
      extensionDigits: 4,
      mainNumber: '+13125551000',
    },
    sip: { listen: ['udp/0.0.0.0:5060', 'tcp/0.0.0.0:5060', `udp/[${address.holdfastV6}]:5060`] },
    centre: { domain, targets: [options.target ?? `sip:${address.centre}:5060;transport=udp`] },
    phones: {},
    media: {},
    lines: {},
    users: { file: 'users.yaml' },
    wan: { interface: 'wan' },
    survivability: {},
    trunks: [{ name: 'line', uri: `sip:${address.pstn}:5060;transport=udp`, probeIntervalSeconds: 5 }],
    dialPlan: {
      outsidePrefix: '9',
      sites: [{ name: 'Centre', extensions: '2XXX', didPrefix: '+1510555' }],
      defaultExtension: '1001',
    },
    web: { address: address.holdfast, port: 8080 },
  };
  const merged = Object.entries(base).map(([section, fields]) => {
    const changed = options.configuration?.[section];
    if (changed === undefined) return [section, fields];
    return [section, Array.isArray(changed) ? changed : { ...asRecord(fields), ...asRecord(changed) }];
  });
  return Object.fromEntries(merged);
}

export function usersFile(users: readonly OfficeUser[]): string {
  return stringify({
    realm: domain,
    users: users.map((user) => ({
      username: user.username,
      extension: user.extension,
      did: user.did,
      displayName: `Person ${user.extension}`,
      classOfRestriction: 'national',
      // The telephones of these tests stop at a challenge that they do not know, so none but MD5 is offered.
      ha1: { md5: digest(user) },
    })),
  });
}

function digest(user: OfficeUser): string {
  return createHash('md5').update(`${user.username}:${domain}:${user.password}`).digest('hex');
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function tail(file: string, lines: number): string {
  return readFileSync(file, 'utf8').split('\n').slice(-lines).join('\n');
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('That part of the office is not there yet.');
  return value;
}
