import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Log, Secret } from '../../src/base/index.js';
import { App } from './app.js';
import { FrameReader } from './control-codec.js';
import { type ProxyCommand, readProxyCommand } from './proxy-command.js';

/** Applications connected at one time; drachtio-srf needs one connection each. */
const MAX_CONNECTIONS = 1_000;
/** Verbs that one application may route: every method, the call detail events, and room for unknown ones. */
const MAX_VERBS = 64;
const MAX_VERB_LENGTH = 64;
/** drachtio-srf allows 20 tags of 32 characters. */
const MAX_TAGS = 20;
const MAX_TAG_LENGTH = 32;
/** An application that connects and says nothing is cut off. */
const AUTHENTICATE_WITHIN_MS = 10_000;
/** drachtio-srf starts its pings from v0.8.2 on; the protocol spoken is that of drachtio 0.9.10. */
export const protocolVersion = 'v0.9.10';

/** A `sip` frame of an application, taken apart. */
export interface SipCommand {
  readonly messageId: string;
  /** Empty unless it answers a request or cancels one. */
  readonly transactionId: string;
  /** Empty unless it belongs to a dialog. */
  readonly dialogId: string;
  /** Where to send it, if not to its Request-URI. */
  readonly proxy: string;
  readonly text: string;
}

export interface ControlServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
  /** Certificate and key in PEM: applications must speak TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly log: Log;
  readonly nextId: () => string;
  /** Comma lists of `protocol/host:port`, as seen from outside and as bound. */
  readonly hostPorts: () => { readonly external: string; readonly local: string };
  /** The answer to a verb beyond drachtio's, one line without bars or line ends; undefined: unknown. */
  readonly ownVerb: (verb: string, fields: readonly string[]) => string | undefined;
  readonly onCommand: (app: App, command: SipCommand) => void;
  readonly onProxy: (app: App, command: ProxyCommand) => void;
  /** A new application can take verbs now. */
  readonly onRoute: () => void;
  readonly onGone: (app: App) => void;
}

/** The server side of drachtio's control protocol: who is connected, who routes which verb. */
export class ControlServer {
  readonly #server: Server;
  readonly #options: ControlServerOptions;
  readonly #apps = new Set<App>();
  readonly #byVerb = new Map<string, { apps: App[]; next: number }>();

  private constructor(server: Server, options: ControlServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      if (this.#apps.size >= MAX_CONNECTIONS) {
        options.log.warn('too many applications', { limit: MAX_CONNECTIONS });
        socket.destroy();
      } else this.#accept(new App(socket, options.nextId), socket);
    });
    server.on('error', () => undefined);
  }

  /** Rejects with the operating system's error, e.g. code EADDRINUSE. */
  static open(options: ControlServerOptions): Promise<ControlServer> {
    return new Promise((resolve, reject) => {
      const always = { noDelay: true, keepAlive: true };
      const { tls } = options;
      const server =
        tls === undefined
          ? createServer(always)
          : createTlsServer({ ...always, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: AUTHENTICATE_WITHIN_MS });
      // A handshake that fails costs nobody but its peer.
      server.on('tlsClientError', () => undefined);
      server.once('error', reject);
      server.listen({ port: options.port, host: options.host }, () => {
        server.off('error', reject);
        resolve(new ControlServer(server, options));
      });
    });
  }

  get port(): number {
    const bound = this.#server.address();
    return bound !== null && typeof bound === 'object' ? bound.port : this.#options.port;
  }

  get apps(): number {
    return this.#apps.size;
  }

  /** The next application in turn for a method, or for a call detail event; with `tag`, of those that gave it. */
  pick(method: string, tag?: string): App | undefined {
    const route = this.#byVerb.get(method.toLowerCase());
    if (route === undefined || route.apps.length === 0) return undefined;
    for (let tried = 0; tried < route.apps.length; tried++) {
      route.next = (route.next + 1) % route.apps.length;
      const app = route.apps[route.next];
      if (tag === undefined || app?.tags.includes(tag) === true) return app;
    }
    return undefined;
  }

  close(): Promise<void> {
    for (const app of [...this.#apps]) app.close();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** A connection of ours to a listening application: `done` once it said the secret, or will not. */
  adopt(socket: Socket, done: (app: App | undefined) => void): void {
    const app = new App(socket, this.#options.nextId, done);
    this.#accept(app, socket);
  }

  #accept(app: App, socket: Socket): void {
    const { log, onGone } = this.#options;
    const reader = new FrameReader();
    this.#apps.add(app);
    socket.setTimeout(AUTHENTICATE_WITHIN_MS, () => {
      if (!app.authenticated) socket.destroy();
    });
    socket.on('data', (chunk) => {
      const frames = reader.push(chunk);
      if (!frames.ok) {
        log.warn('application connection closed', { why: frames.error, address: socket.remoteAddress });
        socket.destroy();
        return;
      }
      for (const frame of frames.value) this.#frame(app, frame);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#apps.delete(app);
      for (const verb of [...app.verbs]) this.#unroute(app, verb);
      if (app.authenticated) {
        log.info('application gone');
        onGone(app);
      }
      app.settle(false);
    });
  }

  #frame(app: App, frame: string): void {
    const leaderTo = frame.indexOf('\r');
    const fields = (leaderTo < 0 ? frame : frame.slice(0, leaderTo)).split('|');
    const [messageId = '', verb = ''] = fields;
    if (!app.authenticated) {
      if (verb === 'authenticate') this.#authenticate(app, messageId, fields[2] ?? '', fields[3] ?? '');
      else app.destroy();
      return;
    }
    switch (verb) {
      case 'sip':
        this.#options.onCommand(app, {
          messageId,
          transactionId: fields[2] ?? '',
          dialogId: fields[3] ?? '',
          // A dialog id ends at the next bar; whatever an address may hold, it holds no bar.
          proxy: fields[4] ?? '',
          text: textAfter(frame, leaderTo),
        });
        return;
      case 'proxy':
        this.#options.onProxy(app, readProxyCommand(fields, textAfter(frame, leaderTo), this.#options.log));
        return;
      case 'route':
        this.#route(app, messageId, fields[2] ?? '');
        return;
      case 'remove_route':
        this.#unroute(app, (fields[2] ?? '').toLowerCase());
        app.ok(messageId);
        return;
      case 'ping':
        app.ok(messageId, 'pong');
        return;
      case 'authenticate':
        app.ok(messageId, this.#welcome());
        return;
      default: {
        const answer = this.#options.ownVerb(verb, fields.slice(2));
        if (answer !== undefined) {
          app.ok(messageId, answer);
          return;
        }
        app.nok(messageId, `unknown verb '${verb.slice(0, 20)}'`);
      }
    }
  }

  #authenticate(app: App, messageId: string, secret: string, tags: string): void {
    const given = Buffer.from(secret);
    const wanted = Buffer.from(this.#options.secret.reveal());
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      this.#options.log.warn('application refused: incorrect secret');
      app.send(`response|${messageId}|NO|incorrect secret`);
      app.end();
      return;
    }
    app.authenticated = true;
    app.tags = tags === '' ? [] : tags.split(',', MAX_TAGS).filter((tag) => tag.length <= MAX_TAG_LENGTH);
    this.#options.log.info('application connected', { tags: app.tags });
    app.ok(messageId, this.#welcome());
    app.settle(true);
  }

  #welcome(): string {
    const { external, local } = this.#options.hostPorts();
    return `${external}|${protocolVersion}|${local}`;
  }

  #route(app: App, messageId: string, name: string): void {
    const verb = name.toLowerCase();
    if (verb === '' || verb.length > MAX_VERB_LENGTH || (app.verbs.size >= MAX_VERBS && !app.verbs.has(verb))) {
      app.nok(messageId, 'a verb without a name, or more of them than an application may route');
      return;
    }
    if (!app.verbs.has(verb)) {
      app.verbs.add(verb);
      const route = this.#byVerb.get(verb);
      if (route === undefined) this.#byVerb.set(verb, { apps: [app], next: 0 });
      else route.apps.push(app);
    }
    app.ok(messageId);
    this.#options.onRoute();
  }

  #unroute(app: App, verb: string): void {
    app.verbs.delete(verb);
    const route = this.#byVerb.get(verb);
    if (route === undefined) return;
    const at = route.apps.indexOf(app);
    if (at >= 0) route.apps.splice(at, 1);
    if (route.apps.length === 0) this.#byVerb.delete(verb);
  }
}

/** The SIP text behind the leader's CR, with or without LF. */
function textAfter(frame: string, leaderTo: number): string {
  return leaderTo < 0 ? '' : frame.slice(frame.charCodeAt(leaderTo + 1) === 10 ? leaderTo + 2 : leaderTo + 1);
}
