import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Capture } from './capture.js';
import { Gate } from './gate.js';
import { Namespace } from './namespace.js';
import type { PeerProcess } from './peer-process.js';
import { requireRootAndPeers } from './requirements.js';

/** The addresses are the same in every run: each run has its own namespaces. */
export const address = {
  holdfast: '10.10.0.1',
  holdfastV6: 'fd00:10::1',
  holdfastWan: '10.20.0.2',
  holdfastPstn: '10.30.0.2',
  /** Where the test stands on the branch's LAN. */
  observer: '10.10.0.250',
  router: '10.20.0.1',
  centre: '10.40.0.2',
  /** A second address of the centre, for the users that live there. */
  centreUser: '10.40.0.3',
  pstn: '10.30.0.1',
  /** A second telephone network, reached over the same line. */
  pstnOther: '10.30.0.3',
  phone: (index: number): string => `10.10.0.${10 + index}`,
  phoneV6: (index: number): string => `fd00:10::${10 + index}`,
} as const;

export interface NetworkOptions {
  readonly phones: number;
  /** One way between branch and centre; the round trip is twice this. */
  readonly oneWayMs?: number;
}

/**
 * A branch office, its WAN and its centre:
 *
 *     phone 0 … n ── lan (bridge) ── holdfast ── wan (router, delay line) ── centre
 *                                        └────── pstn
 */
export class BranchNetwork {
  readonly folder: string;
  readonly lan: Namespace;
  readonly phones: readonly Namespace[];
  readonly holdfast: Namespace;
  readonly wan: Namespace;
  readonly centre: Namespace;
  readonly pstn: Namespace;
  #captures: Capture[] = [];
  #delayLine: PeerProcess | undefined;
  #gate: Gate | undefined;
  #pstnGate: Gate | undefined;

  private constructor(spaces: readonly Namespace[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'holdfast-system-'));
    const [lan, holdfast, wan, centre, pstn, ...phones] = spaces;
    if (!(lan && holdfast && wan && centre && pstn)) throw new Error('a namespace is missing');
    this.lan = lan;
    this.holdfast = holdfast;
    this.wan = wan;
    this.centre = centre;
    this.pstn = pstn;
    this.phones = phones;
  }

  static async create(options: NetworkOptions): Promise<BranchNetwork> {
    requireRootAndPeers();
    const roles = [
      'lan',
      'holdfast',
      'wan',
      'centre',
      'pstn',
      ...Array.from({ length: options.phones }, (_, n) => `phone${n}`),
    ];
    const spaces: Namespace[] = [];
    for (const role of roles) spaces.push(await Namespace.create(role));
    const network = new BranchNetwork(spaces);
    try {
      await network.#wire();
      await network.#startDelayLine(options.oneWayMs ?? 5);
      network.#gate = await Gate.open(network.lan, network.folder);
      network.#pstnGate = await Gate.open(network.pstn, network.folder);
      network.#captures = await Promise.all([
        Capture.start('lan', network.lan, 'bridge', network.folder),
        Capture.start('wan', network.wan, 'tun-branch', network.folder),
        Capture.start('pstn', network.pstn, 'branch', network.folder),
      ]);
    } catch (error) {
      await network.close(true);
      throw error;
    }
    return network;
  }

  /** On the branch's LAN: phones' control ports and Holdfast's pages. */
  get gate(): Gate {
    return present(this.#gate);
  }

  get pstnGate(): Gate {
    return present(this.#pstnGate);
  }

  get lanCapture(): Capture {
    return present(this.#captures[0]);
  }

  /** At the branch's end of the WAN: what leaves the branch is seen, also when it never arrives. */
  get wanCapture(): Capture {
    return present(this.#captures[1]);
  }

  get pstnCapture(): Capture {
    return present(this.#captures[2]);
  }

  phone(index: number): Namespace {
    return present(this.phones[index]);
  }

  /** The router's end goes down: Holdfast's WAN interface loses its carrier. */
  async cutCarrier(): Promise<void> {
    await this.wan.ip('link set branch down');
  }

  async restoreCarrier(): Promise<void> {
    await this.wan.ip('link set branch up', `route replace 10.10.0.0/24 via ${address.holdfastWan}`);
  }

  /** Every packet between branch and centre is dropped; the link stays up. */
  async blackHole(): Promise<void> {
    await this.#filter('iifname "centre" drop\noifname "centre" drop');
  }

  /** The router refuses: ICMP port unreachable, and RST for TCP. */
  async refuse(): Promise<void> {
    await this.#filter(
      'iifname "branch" meta l4proto tcp reject with tcp reset\niifname "branch" reject with icmp port-unreachable',
    );
  }

  async heal(): Promise<void> {
    await this.wan.nft('table inet cut {}\ndelete table inet cut\n');
    this.setDelay({ loss: 0 });
  }

  /** `loss` of the packets vanish, each way, by a seeded chance. */
  setDelay(order: { readonly oneWayMs?: number; readonly loss?: number; readonly seed?: number }): void {
    present(this.#delayLine).write(`${JSON.stringify(order)}\n`);
  }

  /** Removes everything; `keepLogs` leaves the folder of logs and writes the ladders into it. */
  async close(keepLogs: boolean): Promise<void> {
    await Promise.all(this.#captures.map((one) => one.stop()));
    const spaces = [this.holdfast, ...this.phones, this.pstn, this.centre, this.lan, this.wan];
    for (const space of spaces) await space.destroy();
    if (!keepLogs) rmSync(this.folder, { recursive: true, force: true });
  }

  async #filter(rules: string): Promise<void> {
    await this.wan.nft(
      `table inet cut {}\ndelete table inet cut\ntable inet cut {\nchain forward {\ntype filter hook forward priority 0;\n${rules}\n}\n}\n`,
    );
  }

  async #wire(): Promise<void> {
    const { lan, holdfast, wan, centre, pstn, phones } = this;
    await lan.ip(
      'link add bridge type bridge forward_delay 0',
      'link set bridge up',
      `addr add ${address.observer}/24 dev bridge`,
    );
    await connect(lan, 'to-holdfast', holdfast, 'lan');
    await connect(holdfast, 'wan', wan, 'branch');
    await connect(wan, 'centre', centre, 'wan');
    await connect(holdfast, 'pstn', pstn, 'branch');
    for (const [index, phone] of phones.entries()) {
      await connect(lan, `to-phone${index}`, phone, 'eth0');
      await phone.ip(
        `addr add ${address.phone(index)}/24 dev eth0`,
        `addr add fd00:10::${10 + index}/64 dev eth0 nodad`,
        `route add default via ${address.holdfast}`,
      );
      await lan.ip(`link set to-phone${index} master bridge`);
    }
    await lan.ip('link set to-holdfast master bridge');
    await holdfast.ip(
      `addr add ${address.holdfast}/24 dev lan`,
      `addr add ${address.holdfastV6}/64 dev lan nodad`,
      `addr add ${address.holdfastWan}/24 dev wan`,
      `addr add ${address.holdfastPstn}/24 dev pstn`,
      `route add default via ${address.router}`,
    );
    // Media passes end to end: the branch's LAN is reachable from the centre, through Holdfast's kernel.
    await wan.ip(
      `addr add ${address.router}/24 dev branch`,
      'addr add 10.40.0.1/24 dev centre',
      `route add 10.10.0.0/24 via ${address.holdfastWan}`,
    );
    await centre.ip(
      `addr add ${address.centre}/24 dev wan`,
      `addr add ${address.centreUser}/24 dev wan`,
      'route add default via 10.40.0.1',
    );
    await pstn.ip(
      `addr add ${address.pstn}/24 dev branch`,
      `addr add ${address.pstnOther}/24 dev branch`,
      `route add default via ${address.holdfastPstn}`,
    );
    for (const space of [holdfast, wan]) {
      await space.run('sh', [
        '-c',
        'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter',
      ]);
    }
  }

  async #startDelayLine(oneWayMs: number): Promise<void> {
    const { wan, folder } = this;
    await wan.ip(
      'tuntap add dev tun-branch mode tun',
      'tuntap add dev tun-centre mode tun',
      'link set tun-branch up',
      'link set tun-centre up',
      'route add default dev tun-branch table 100',
      'route add default dev tun-centre table 101',
      'rule add iif branch lookup 100',
      'rule add iif centre lookup 101',
    );
    const program = fileURLToPath(new URL('./delay-line-main.js', import.meta.url));
    await new Promise<void>((resolve, reject) => {
      const started = wan.spawn(process.execPath, [program], {
        logFile: `${folder}/delay-line.log`,
        onLine: (line) => line === 'ready' && resolve(),
      });
      this.#delayLine = started;
      started.ended.then((code) => reject(new Error(`The delay line ended with ${code}: ${started.output()}`)));
    });
    this.setDelay({ oneWayMs });
  }
}

async function connect(a: Namespace, deviceA: string, b: Namespace, deviceB: string): Promise<void> {
  await a.ip(`link add ${deviceA} type veth peer name ${deviceB} netns ${b.name}`, `link set ${deviceA} up`);
  await b.ip(`link set ${deviceB} up`);
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The network is not ready.');
  return value;
}
