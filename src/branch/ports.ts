import type { Clock, Log, Random } from '../base/index.js';
import type { CallRecordStore, CallSetup, Leg, LegContinuation, ResumedEnd } from '../call/index.js';
import type { Configuration } from '../config/index.js';
import type { LiveDirectory, User } from '../directory/index.js';
import type { MediaAnchors } from '../legs/index.js';
import type { UserFeatureStore } from '../lines/index.js';
import type { LineEngine } from '../media/index.js';
import type { Binding, BindingStore, Flow, GruuKey, UpstreamRegister, UpstreamSubscribe } from '../registrar/index.js';
import type { CallOrigin } from '../routing/index.js';
import type { TimelineStore } from '../survivability/index.js';
import type { DChannels, LineHardware } from '../tdm/index.js';
import type { OutOfServiceStore } from '../trunks/index.js';
import type { LinkEvents, Prober } from '../wan/index.js';

/** An INVITE outside any dialog, already a leg, not yet anybody's call. */
export interface ArrivingCall {
  readonly leg: Leg;
  readonly setup: CallSetup;
  /** As it came: what the caller's digest is computed over. */
  readonly requestUri: string;
  /** Where the request came from. */
  readonly source: Flow;
  /** Proxy-Authorization, or Authorization, as it came. */
  readonly authorization?: string;
  /** The binding that the centre calls: the `hf` parameter of the contact that Holdfast registered. */
  readonly token?: string;
}

/** A call that begins on a line: its leg has a port of the media engine already, and `setup` its bridge description. */
export interface LineCall {
  readonly leg: Leg;
  readonly setup: CallSetup;
  /** Whoever owns the line says who calls. */
  readonly origin: CallOrigin;
}

/** Makes outgoing legs; each is new and without setup. */
export interface LegFactory {
  /** `flows` of one telephone, the newest first: one at a time (RFC 5626 §7). */
  toPhone(flows: readonly [Binding, ...Binding[]]): Leg;
  /** `user`: on whose behalf the centre's challenge is answered. `target`: SIP URI of the server to use. */
  toCentre(number: string, user: User | undefined, target: string): Leg;
  toTrunk(trunk: string, number: string): Leg;
  /** Goes on with a leg of another process; undefined where that cannot be. Absent: no call survives its process. */
  resume?(kept: LegContinuation): ResumedEnd | undefined;
}

/** What a branch needs of the world; simulated in tests, real in the appliance. */
export interface BranchPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directory: LiveDirectory;
  readonly bindings: BindingStore;
  readonly gruuKey: GruuKey;
  readonly records: CallRecordStore;
  readonly timeline: TimelineStore;
  readonly upstream: UpstreamRegister;
  /** Absent: the centre is not asked for the mailboxes of users on lines. */
  readonly subscriptions?: UpstreamSubscribe;
  readonly prober: Prober;
  readonly legs: LegFactory;
  /** Absent: descriptions pass as they are, and the sound goes from end to end. */
  readonly anchors?: MediaAnchors;
  /** Absent where there are no line cards; they need `anchors`. */
  readonly lines?: {
    readonly hardware: LineHardware;
    readonly dChannels: DChannels;
    readonly engine: LineEngine;
    /** File of the music on hold; undefined: none. */
    readonly music?: () => string | undefined;
    /** Absent: what users set at their telephones is forgotten with the process. */
    readonly features?: UserFeatureStore;
    /** Absent: what is taken out of service serves again with the next process. */
    readonly outOfService?: OutOfServiceStore;
  };
  /** Absent where no interface is watched. */
  readonly links?: LinkEvents;
}

export interface BranchOptions {
  readonly configuration: Configuration;
  /** Where the centre reaches Holdfast. */
  readonly contactAddress: { readonly host: string; readonly port: number; readonly transport: 'udp' | 'tcp' | 'tls' };
  /** Something that the status shows has changed. Called often: let the listener gather. */
  readonly onChange?: () => void;
}
