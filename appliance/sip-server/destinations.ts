import { isIP } from 'node:net';
import type { Clock, Timer } from '../../src/base/index.js';
import { parseNameAddr, parseSipUri, type SipUri, type Way } from '../../src/sip/index.js';
import { defaultPort, type Protocol } from './listen-address.js';
import type { LocalAddresses } from './local-address.js';
import { PeerHealth } from './peer-health.js';
import type { Address, Resolver } from './resolver.js';
import type { Link, Transport } from './transport.js';

/** How long a peer counts as one without TCP. */
const WITHOUT_TCP_MS = 600_000;
const MAX_WITHOUT_TCP = 10_000;

/** A link, and the next one where the name has more addresses; or why there is none. */
export type Destination = Way<Link>;

export interface Preference {
  /** The listener that the dialog began on. */
  readonly listener?: Transport | undefined;
  /** `host:port` of the Contact that the application chose: naming a listener there selects it. */
  readonly contact?: string | undefined;
  /** The address that a dialog has used: it stays there as long as its name has it. */
  readonly stay?: string | undefined;
}

/** Where a request goes: URI → address, listener, connection (RFC 3263; RFC 3261 §18.1.1). */
export class Destinations {
  readonly #transports: readonly Transport[];
  readonly #locals: LocalAddresses;
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #health: PeerHealth;
  /** Connections of registered phones, by the contact that they registered. */
  readonly #registered = new Map<string, { link: Link; timer: Timer }>();

  /** Peers that did not take a TCP connection, and when. */
  readonly #withoutTcp = new Map<string, number>();

  constructor(transports: readonly Transport[], locals: LocalAddresses, resolver: Resolver, clock: Clock) {
    this.#transports = transports;
    this.#locals = locals;
    this.#resolver = resolver;
    this.#clock = clock;
    this.#health = new PeerHealth(clock);
  }

  /** Calls back at once for an IP address; a name may take as long as the resolver does. */
  find(target: string, preference: Preference, done: (destination: Destination) => void): void {
    const uri = readTarget(target);
    if (uri === undefined) {
      done({ failure: `no SIP URI: ${target.slice(0, 80)}` });
      return;
    }
    const connection = this.#registered.get(contactKey(uri));
    if (connection?.link.open === true) {
      done({ link: connection.link });
      return;
    }
    const protocol = protocolOf(uri);
    if (protocol === undefined) {
      done({ failure: `unsupported transport in ${target.slice(0, 80)}` });
      return;
    }
    const host = (uri.parameters.get('maddr') ?? uri.host).replace(/^\[|\]$/g, '');
    if (uri.parameters.has('ob')) {
      done(this.#flow(protocol, host, uri.port ?? defaultPort(protocol)));
      return;
    }
    if (isIP(host) !== 0) {
      done(this.#to(protocol, host, uri.port ?? defaultPort(protocol), preference));
      return;
    }
    if (host.endsWith('.invalid')) {
      done({ failure: 'the connection of this contact is gone' });
      return;
    }
    const named = uri.parameters.has('transport') ? protocol : undefined;
    const wanted = { host, protocol: named, port: uri.port, secure: uri.scheme === 'sips' };
    this.#resolver.locate(wanted, (addresses, why) => {
      if (addresses.length === 0) done({ failure: why });
      else done(this.#ways(this.#health.order(staying(addresses, preference.stay), peerName), preference, host));
    });
  }

  /** A request that wants an answer goes this way: where there are others, silence is noted before it is over. */
  asks(destination: Destination): void {
    if ('link' in destination && destination.next !== undefined) this.#health.asked(peerName(destination.link));
  }

  /** What a request found out about its peer: one that failed is tried after others for a while. */
  judge(link: Link, alive: boolean): void {
    if (!alive) this.#health.failed(peerName(link));
    else if (!this.#health.clean) this.#health.answered(peerName(link));
  }

  /** The way to an address that needs no resolving, e.g. where a peer behind NAT really is. */
  direct(protocol: Protocol, address: string, port: number, preference: Preference): Destination {
    return this.#to(protocol, address, port, preference);
  }

  /**
   * A way for a request that is too large for a datagram: TCP to the same place, if the peer takes it, otherwise the
   * datagram after all (RFC 3261 §18.1.1).
   */
  forLarge(link: Link, done: (link: Link) => void): void {
    const { family, address } = link.listener;
    const listeners = this.#transports.filter((t) => t.protocol === 'tcp' && t.family === family);
    const listener = listeners.find((t) => t.address === address) ?? listeners[0];
    const key = `${link.address} ${link.port}`;
    const refusedAt = this.#withoutTcp.get(key);
    const known = refusedAt !== undefined && this.#clock.now() - refusedAt < WITHOUT_TCP_MS;
    if (listener?.connect === undefined || known) {
      done(link);
      return;
    }
    listener.connect(link.address, link.port, (connected) => {
      if (connected === undefined) {
        if (this.#withoutTcp.size >= MAX_WITHOUT_TCP) this.#withoutTcp.clear();
        this.#withoutTcp.set(key, this.#clock.now());
      }
      done(connected ?? link);
    });
  }

  /** A phone registered (or subscribed) over this connection: requests to its contact use it for `expires` seconds. */
  remember(contact: string, link: Link, expiresS: number): void {
    if (!link.reliable) return;
    const parsed = parseSipUri(contact);
    if (!parsed.ok) return;
    const key = contactKey(parsed.value);
    this.#registered.get(key)?.timer.cancel();
    if (expiresS <= 0) {
      this.#registered.delete(key);
      return;
    }
    const timer = this.#clock.after(expiresS * 1000, () => this.#registered.delete(key));
    this.#registered.set(key, { link, timer });
  }

  stop(): void {
    this.#resolver.stop();
    this.#health.stop();
    for (const { timer } of this.#registered.values()) timer.cancel();
    this.#registered.clear();
  }

  /** `ob`: a flow, which is a connection that is there, or has failed for good (RFC 5626 §5.3). Datagrams have none. */
  #flow(protocol: Protocol, address: string, port: number): Destination {
    if (protocol === 'udp') return this.#to(protocol, address, port, {});
    const link = this.#connected(protocol, address, port);
    return link === undefined ? { failure: 'flow failed: the connection is gone' } : { link };
  }

  /** An open connection, whichever listener has it: a peer that the web page passes on may be of another family. */
  #connected(protocol: Protocol, address: string, port: number, name?: string): Link | undefined {
    for (const transport of this.#transports) {
      const link = transport.protocol === protocol ? transport.connected?.(address, port, name) : undefined;
      if (link?.open === true) return link;
    }
    return undefined;
  }

  #ways(addresses: readonly Address[], preference: Preference, name: string): Destination {
    const [first, ...rest] = addresses;
    if (first === undefined) return { failure: 'no further address' };
    const way = this.#to(first.protocol, first.address, first.port, preference, name);
    if ('failure' in way) return rest.length === 0 ? way : this.#ways(rest, preference, name);
    if (rest.length === 0) return way;
    return { link: way.link, next: () => this.#ways(rest, preference, name) };
  }

  #to(protocol: Protocol, address: string, port: number, preference: Preference, name?: string): Destination {
    const open = protocol === 'udp' ? undefined : this.#connected(protocol, address, port, name);
    if (open !== undefined) return { link: open };
    const family = address.includes(':') ? 6 : 4;
    const candidates = this.#transports.filter((t) => t.protocol === protocol && t.family === family);
    const listener = this.#choose(candidates, address, preference);
    if (listener === undefined) return { failure: `no ${protocol} listener for IPv${family}` };
    return { link: listener.link(address, port, name) };
  }

  #choose(candidates: readonly Transport[], address: string, preference: Preference): Transport | undefined {
    const [first] = candidates;
    if (candidates.length <= 1 || first === undefined) return first;
    const { contact, listener } = preference;
    const named = candidates.find(
      (t) => contact === `${t.address}:${t.port}` || contact === `[${t.address}]:${t.port}`,
    );
    if (named !== undefined) return named;
    if (listener !== undefined && candidates.includes(listener)) return listener;
    const source = this.#locals.towards(address);
    return candidates.find((t) => t.address === source) ?? first;
  }
}

/** A URI as text, in angle brackets or not, or `address[:port]` alone as drachtio-srf's `proxy` allows. */
function readTarget(target: string): SipUri | undefined {
  const text = target.startsWith('<') ? addressUri(target) : target;
  const parsed = parseSipUri(/^sips?:/i.test(text) ? text : `sip:${text}`);
  return parsed.ok ? parsed.value : undefined;
}

function addressUri(text: string): string {
  const parsed = parseNameAddr(text);
  return parsed.ok ? parsed.value.uri : text;
}

function protocolOf(uri: SipUri): Protocol | undefined {
  const named = uri.parameters.get('transport')?.toLowerCase();
  if (uri.scheme === 'sips') return named === 'ws' || named === 'wss' ? 'wss' : named === 'udp' ? undefined : 'tls';
  if (named === undefined || named === 'udp') return 'udp';
  return named === 'tcp' || named === 'tls' || named === 'ws' || named === 'wss' ? named : undefined;
}

/** The address that a dialog has used goes first. */
function staying(addresses: readonly Address[], stay: string | undefined): readonly Address[] {
  if (stay === undefined || addresses.length < 2) return addresses;
  return [...addresses.filter((a) => a.address === stay), ...addresses.filter((a) => a.address !== stay)];
}

/** Without the protocol: a large request may take another one to the same peer. */
function peerName(peer: Address | Link): string {
  return `${peer.address} ${peer.port}`;
}

function contactKey(uri: SipUri): string {
  return `${uri.user ?? ''}@${uri.host.toLowerCase()}:${uri.port ?? ''}`;
}
