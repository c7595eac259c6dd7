/** A REGISTER for the centre. */
export interface UpstreamRequest {
  /** User part of From and To. */
  readonly username: string;
  /** Host part of From and To. */
  readonly domain: string;
  /** For the start line; the URI that our own credentials name. */
  readonly requestUri: string;
  /** Contact URI without angle brackets; `*` removes all (RFC 3261 §10.2.2). */
  readonly contactUri: string;
  /** Value of a Path header, angle brackets included (RFC 3327). */
  readonly path?: string;
  /** `+sip.instance` without quotation marks, and `reg-id`, where the centre may know of them (RFC 5626). */
  readonly flow?: { readonly instance: string; readonly regId: string };
  /** Seconds, for the Contact's `expires`; 0 removes. */
  readonly expires: number;
  readonly callId: string;
  readonly cseq: number;
  /** Values of the phone's own or our answered credentials, passed unchanged. */
  readonly authorization?: string;
  readonly proxyAuthorization?: string;
}

export type UpstreamAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name; one element per header line or value. */
      readonly headers: Readonly<Record<string, readonly string[]>>;
    }
  /** No response at all within the port's adaptive time. */
  | { readonly kind: 'silent' }
  /** The network said no: reset, unreachable, unresolved. */
  | { readonly kind: 'refused'; readonly why: string };

/** The way to the centre's registrar. Never rejects: the world's failures are answers. */
export interface UpstreamRegister {
  register(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** Why the centre could not serve a REGISTER. `status`: 408, 5xx or 3xx. */
export type UpstreamTrouble =
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'status'; readonly status: number };
