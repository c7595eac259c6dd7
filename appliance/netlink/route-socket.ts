import { messageType, watchedGroups } from './rtnetlink.js';

const NETLINK_ROUTE = 0;
const NLM_F_REQUEST = 1n;
const NLM_F_ACK = 4n;
const NLM_F_DUMP_INTR = 0x10n;
const NLM_F_DUMP = 0x300n;
/** The kernel answers in about a millisecond; a second means that nobody reads any more. */
const ANSWER_MS = 1000;

/** One message of the kernel, checked for shape. */
interface Packet {
  readonly header: { readonly nlmsg_type: bigint; readonly nlmsg_flags: bigint; readonly nlmsg_pid: bigint };
  readonly payload: Buffer;
}

/** What of node-netlink is used. */
interface Netlink {
  readonly nl_pid: bigint;
  tryTalk(request: object, options: { timeout: number }): Promise<unknown>;
  on(event: 'message', listener: (packet: unknown) => void): void;
}

export type Answer =
  | { readonly kind: 'answer'; readonly payloads: readonly Buffer[]; readonly interrupted: boolean }
  | { readonly kind: 'error'; readonly errno: number };

/** node-netlink or one of its native parts is not there, or is another one. */
export class NetlinkUnusable extends Error {}

/**
 * The one netlink socket of the process, over node-netlink 0.0.4, whose every object is checked. The library shows no
 * sender addresses, so an event only wakes; answers count if the kernel put this socket's port into them (only a
 * process with CAP_NET_ADMIN could send others).
 */
export class RouteSocket {
  readonly #netlink: Netlink;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(netlink: Netlink) {
    this.#netlink = netlink;
  }

  static async open(): Promise<RouteSocket> {
    // Not a literal: the package has no types, and its absence must be a message, not a crash of the loader.
    const name: string = 'node-netlink';
    let opened: unknown;
    try {
      const loaded: unknown = await import(name);
      const library = isObject(loaded) ? loaded.default : undefined;
      if (!isObject(library) || typeof library.open !== 'function') throw new Error('it has no function `open`');
      opened = await library.open({ family: NETLINK_ROUTE, groups: watchedGroups });
    } catch (error) {
      throw new NetlinkUnusable(error instanceof Error ? error.message : String(error));
    }
    if (!isNetlink(opened)) throw new NetlinkUnusable('its socket has another shape than that of version 0.0.4');
    return new RouteSocket(opened);
  }

  /** Something about links, addresses or routes changed; what, is to be asked. */
  onNews(listener: () => void): void {
    const news: readonly number[] = [
      messageType.newLink,
      messageType.delLink,
      messageType.newAddress,
      messageType.delAddress,
      messageType.newRoute,
      messageType.delRoute,
    ];
    this.#netlink.on('message', (packet) => {
      if (!isPacket(packet) || packet.header.nlmsg_pid === this.#netlink.nl_pid) return;
      if (news.includes(Number(packet.header.nlmsg_type))) listener();
    });
  }

  /** Rejects when no answer comes in time. */
  request(type: number, payload: Buffer): Promise<Answer> {
    return this.#talk(type, NLM_F_REQUEST | NLM_F_ACK, payload);
  }

  dump(type: number, payload: Buffer): Promise<Answer> {
    return this.#talk(type, NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP, payload);
  }

  /** One request at a time: the library forgets every other one that waits when an answer arrives. */
  #talk(type: number, flags: bigint, payload: Buffer): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(type, flags, payload));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(type: number, flags: bigint, payload: Buffer): Promise<Answer> {
    const header = { nlmsg_type: BigInt(type), nlmsg_flags: flags };
    const answer = await this.#netlink.tryTalk({ header, payload }, { timeout: ANSWER_MS });
    if (!isObject(answer) || typeof answer.errorCode !== 'number' || !Array.isArray(answer.packets)) {
      throw new Error('node-netlink answered in another shape than that of version 0.0.4');
    }
    if (answer.errorCode !== 0) return { kind: 'error', errno: answer.errorCode };
    // Events that bear the sequence number of our request are sorted in by the library: the port tells them apart.
    const packets = answer.packets.filter(isPacket).filter(({ header: h }) => h.nlmsg_pid === this.#netlink.nl_pid);
    return {
      kind: 'answer',
      payloads: packets.map((packet) => packet.payload),
      interrupted: packets.some((packet) => (packet.header.nlmsg_flags & NLM_F_DUMP_INTR) !== 0n),
    };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isNetlink(value: unknown): value is Netlink {
  if (!isObject(value) || typeof value.nl_pid !== 'bigint') return false;
  return typeof value.tryTalk === 'function' && typeof value.on === 'function';
}

function isPacket(value: unknown): value is Packet {
  if (!isObject(value) || !Buffer.isBuffer(value.payload) || !isObject(value.header)) return false;
  const { nlmsg_type, nlmsg_flags, nlmsg_pid } = value.header;
  return typeof nlmsg_type === 'bigint' && typeof nlmsg_flags === 'bigint' && typeof nlmsg_pid === 'bigint';
}
