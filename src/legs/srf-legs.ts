import { hexToken, type Log, type Random } from '../base/index.js';
import type { CallSetup, Leg, LegContinuation, ResumedEnd } from '../call/index.js';
import type { Binding, Flow } from '../registrar/index.js';
import type { MediaDescription } from '../sdp/index.js';
import { escapeUser, parseSipUri, splitList, tagOf } from '../sip/index.js';
import type { ReceivedRequest, Reply, SipApplication } from './application.js';
import { type Credentials, type DigestIdentity, digestCredentials, type PasswordIdentity } from './credentials.js';
import { FlowLeg } from './flow-leg.js';
import { flowOf, flowUri } from './flows.js';
import { isServiceUrn, readIdentity } from './identity.js';
import { IncomingLeg } from './incoming-leg.js';
import { answer, type LegGround, newSdpSessionId } from './leg-ground.js';
import { LegMedia } from './leg-media.js';
import { OutgoingLeg, type OutgoingTarget } from './outgoing-leg.js';
import { ResumedLeg } from './resumed-leg.js';

/** A trunk as a SIP gateway. */
export interface TrunkTarget {
  /** SIP URI of the gateway, without user. */
  readonly uri: string;
  readonly trusted?: boolean;
  readonly credentials?: PasswordIdentity;
  readonly takes?: (media: MediaDescription) => boolean;
}

export interface SrfLegsOptions {
  readonly application: SipApplication;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
  /** The centre's SIP domain, which is also the phones'. */
  readonly domain: () => string;
  readonly trunk: (name: string) => TrunkTarget | undefined;
  /** Who answers the centre's challenges for a user; needed to go on with legs of another process. */
  readonly user?: (username: string) => DigestIdentity | undefined;
  /** Whose P-Asserted-Identity is believed, by source address; everybody else's is dropped (RFC 3325 §5). */
  readonly trusts: (address: string) => boolean;
}

/** An INVITE outside any dialog: a leg, and what is known of its call. */
export interface ArrivedCall {
  readonly leg: Leg;
  readonly setup: CallSetup;
  readonly requestUri: string;
  readonly source: Flow;
  /** Proxy-Authorization, else Authorization, as it came. */
  readonly authorization?: string;
  /** The `hf` parameter of the Request-URI: which of the contacts that Holdfast registered is called. */
  readonly token?: string;
}

/** Option tags that a caller may require (RFC 3261 §8.2.2.3). */
const supportedOptions: ReadonlySet<string> = new Set(['norefersub', 'histinfo', 'privacy', 'timer']);

/** Makes legs over drachtio-srf: for calls that arrive, and for those that are placed. */
export class SrfLegs {
  readonly #options: SrfLegsOptions;
  readonly #ground: LegGround;
  /** Legs of another process, until the SIP server has shown that it has their dialogs. */
  readonly #unconfirmed = new Set<ResumedLeg>();

  constructor(options: SrfLegsOptions) {
    this.#options = options;
    const { application, random, log, userAgent } = options;
    this.#ground = { application, random, log, userAgent, live: new Set() };
    application.on('close', () => this.#serverLost());
  }

  /** Answers requests of dialogs that are not known (any more), so that telephones let go of them. */
  refuseStrays(): void {
    for (const method of ['bye', 'info', 'refer', 'update']) {
      this.#options.application.use(method, (request, reply) => {
        this.#options.log.info('request of an unknown dialog', { method: request.method });
        answer(this.#ground, reply, 481);
      });
    }
  }

  /** Goes on with a leg of another process, before the connection to the SIP server; undefined where that cannot be. */
  resume(kept: LegContinuation): ResumedEnd | undefined {
    const { user, trunk, random } = this.#options;
    const media = LegMedia.resume(kept, trunk(kept.trunk ?? '')?.takes);
    if (media === undefined || (kept.id ?? '') === '' || (kept.dialog ?? '') === '') return undefined;
    // Looked up when they are asked for: a directory may be loaded later.
    const credentials: Credentials = (challenges, request) => {
      const identity =
        kept.trunk === undefined ? user?.(kept.username ?? '') : this.#options.trunk(kept.trunk)?.credentials;
      return identity && digestCredentials(identity, random)(challenges, request);
    };
    const leg = new ResumedLeg(this.#ground, kept, media, credentials);
    this.#unconfirmed.add(leg);
    const { received } = media;
    return { leg, ...(received === undefined ? {} : { described: received }) };
  }

  /** The SIP server is connected: asks it for the dialogs of resumed legs. Those that it does not have end their legs. */
  confirmResumed(): void {
    for (const leg of this.#unconfirmed) leg.confirm(() => this.#unconfirmed.delete(leg));
  }

  /** Whoever restarts has no dialogs: the calls are over here, and each telephone finds out by its next request. */
  #serverLost(): void {
    const { live } = this.#ground;
    if (live.size > 0) this.#options.log.warn('SIP server lost: its calls end', { legs: live.size });
    for (const outlet of [...live]) outlet.lost();
  }

  /** Undefined: the INVITE could not be understood, or came round too often, and was refused. */
  arrive(request: ReceivedRequest, reply: Reply): ArrivedCall | undefined {
    if (tagOf(request.get('To') ?? '') !== undefined) return this.#refuse(reply, 481, 'a dialog that is not known');
    const unsupported = splitList(request.get('Require') ?? '').filter(
      (option) => !supportedOptions.has(option.toLowerCase()),
    );
    if (unsupported.length > 0) {
      return this.#refuse(reply, 420, 'an extension is required', [['Unsupported', unsupported.join(', ')]]);
    }
    const source = flowOf(request);
    const { asserted, ...identity } = readIdentity(request, this.#options.random);
    const media = new LegMedia(newSdpSessionId(this.#options.random));
    const offer = media.readOffer(request);
    const target = parseSipUri(request.uri);
    // A number by itself and a call for help need no host.
    const hostless = isServiceUrn(request.uri) || /^tel:/i.test(request.uri);
    if (!target.ok && !hostless) return this.#refuse(reply, 416, `Request-URI: ${target.error}`);
    if (identity.hopsLeft < 0) return this.#refuse(reply, 483, 'Max-Forwards is used up');
    if (!offer.ok) return this.#refuse(reply, 488, offer.error);
    const trusted = this.#options.trusts(source.address);
    const setup: CallSetup = {
      ...identity,
      ...(asserted !== undefined && trusted ? { asserted } : {}),
      ...(offer.value === undefined ? {} : { offer: offer.value }),
    };
    if (offer.value !== undefined) media.accepted(offer.value);
    const token = target.ok ? target.value.parameters.get('hf') : undefined;
    return {
      leg: new IncomingLeg(this.#ground, this.#newId('in'), {
        ...{ setup, request, reply, media },
        identity: { domain: this.#options.domain(), trusted },
      }),
      setup,
      requestUri: request.uri,
      source,
      ...(setup.credentials === undefined ? {} : { authorization: setup.credentials }),
      ...(token === undefined ? {} : { token }),
    };
  }

  /** To a registered phone: its own contact as Request-URI, sent to where its packets come from (RFC 5626 §5.3). */
  toPhone(flows: readonly [Binding, ...Binding[]]): Leg {
    const [newest, ...older] = flows;
    const id = this.#newId(`phone-${newest.username}`);
    const by = (binding: Binding): Leg =>
      new OutgoingLeg(this.#ground, id, {
        requestUri: binding.contact,
        proxy: flowUri(binding.flow, binding.regId !== undefined),
        domain: this.#options.domain(),
        trusted: false,
      });
    const first = by(newest);
    return older.length === 0
      ? first
      : new FlowLeg(
          first,
          older.map((binding) => () => by(binding)),
        );
  }

  /** Through `target`, a server of the centre; `user` answers its challenge, else the caller's own credentials go along. */
  toCentre(number: string, user: DigestIdentity | undefined, target: string): Leg {
    const domain = this.#options.domain();
    return this.#outgoing('centre', {
      requestUri: `sip:${escapeUser(number)}@${domain}`,
      proxy: target,
      domain,
      trusted: true,
      ...(user === undefined
        ? { passCredentials: true }
        : { credentials: digestCredentials(user, this.#options.random), kept: { username: user.username } }),
    });
  }

  /** To a gateway; a name that is not configured (any more) makes a leg that reaches nobody. */
  toTrunk(name: string, number: string): Leg {
    const trunk = this.#options.trunk(name);
    const uri = parseSipUri(trunk?.uri ?? '');
    const host = uri.ok ? `${uri.value.host}${uri.value.port === undefined ? '' : `:${uri.value.port}`}` : 'invalid';
    const transport = uri.ok ? uri.value.parameters.get('transport') : undefined;
    const { credentials, takes } = trunk ?? {};
    return this.#outgoing(`trunk-${name}`, {
      requestUri: `sip:${escapeUser(number)}@${host}${transport === undefined ? '' : `;transport=${transport}`}`,
      domain: uri.ok ? uri.value.host : 'invalid',
      trusted: trunk?.trusted ?? false,
      kept: { trunk: name },
      ...(credentials === undefined ? {} : { credentials: digestCredentials(credentials, this.#options.random) }),
      ...(takes === undefined ? {} : { takes }),
    });
  }

  #outgoing(name: string, target: OutgoingTarget): Leg {
    return new OutgoingLeg(this.#ground, this.#newId(name), target);
  }

  #newId(name: string): string {
    return `${name}-${hexToken(this.#options.random, 4)}`;
  }

  #refuse(reply: Reply, status: number, why: string, fields: Parameters<typeof answer>[3] = []): undefined {
    this.#options.log.info('INVITE refused', { status, why });
    answer(this.#ground, reply, status, fields);
    return undefined;
  }
}
