/** The path on which a phone reached us; what it is sent goes back on the same one (RFC 5626 §5.3). */
export interface Flow {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  readonly address: string;
  readonly port: number;
}

/** One contact of one user (RFC 3261 §10.3). Plain JSON: this is what the store keeps. */
export interface Binding {
  /** Names the binding in the URI that the centre calls; stable for the same phone, 16 hex digits. */
  readonly token: string;
  /** The directory's user name; the user part of To when the directory does not know the user. */
  readonly username: string;
  /** The user part of To where it is not {@link username} (a phone that registers as its extension). */
  readonly aor?: string;
  /** URI as the phone gave it. */
  readonly contact: string;
  readonly flow: Flow;
  /** `+sip.instance` without quotation marks (RFC 5626 §4.1). */
  readonly instance?: string;
  /** `reg-id` (RFC 5626 §4.2). */
  readonly regId?: string;
  /** 0 to 1; higher is preferred. */
  readonly q?: number;
  readonly callId: string;
  readonly cseq: number;
  /**
   * Since when this Call-ID has kept the telephone registered, ms since 1970: the temporary GRUUs made since then are
   * valid (RFC 5627 §5.4). Telephones with an instance only.
   */
  readonly since?: number;
  /** When the phone's registration ends, ms since 1970. */
  readonly expiresAtWall: number;
  readonly userAgent?: string;
  /** Who authenticated it last: the centre or Holdfast. */
  readonly origin: 'relayed' | 'served';
  /** Until when the centre holds our registration for it, ms since 1970. */
  readonly upstreamExpiresAtWall?: number;
}

/** Where bindings live on disk. */
export interface BindingStore {
  load(): Promise<readonly Binding[]>;
  /** Resolves when durable; calls take effect in order. `remove`: tokens. Rejects when the disk refuses. */
  save(changes: { readonly put: readonly Binding[]; readonly remove: readonly string[] }): Promise<void>;
}
