import type { Cause } from '../base/index.js';

/** What routing needs to know of a user. */
export interface RoutedUser {
  readonly username: string;
  readonly extension: string;
  /** E.164 with `+`. */
  readonly did?: string;
  readonly classOfRestriction: string;
}

/** What routing asks of the directory. */
export interface UserLookup {
  byUsername(username: string): RoutedUser | undefined;
  byExtension(extension: string): RoutedUser | undefined;
  byDid(e164: string): RoutedUser | undefined;
}

/** Where a call comes from. A phone whose `user` is absent is one that nobody here has authenticated. */
export type CallOrigin =
  | { readonly kind: 'phone'; readonly user?: RoutedUser }
  | { readonly kind: 'centre' }
  | { readonly kind: 'trunk'; readonly trunk: string };

export interface RouteRequest {
  readonly origin: CallOrigin;
  /** The user part of the Request-URI, or the whole of a service URN (RFC 5031). */
  readonly dialled: string;
  /** The posture: whether the centre decides first. */
  readonly calls: 'primary' | 'local';
  /** The caller's number as the centre states it, for calls through us as its gateway. */
  readonly calling?: string;
  /** False keeps the centre out, e.g. for a transfer whose other side already is there. True unless told. */
  readonly allowCentre?: boolean;
}

/** One place to send the call to. Steps are tried in turn; how long the centre is given is measured by `wan`. */
export type RouteStep =
  | { readonly via: 'centre'; readonly number: string }
  | { readonly via: 'extension'; readonly username: string }
  | {
      readonly via: 'trunk';
      readonly trunk: string;
      /** As the trunk wants it. */
      readonly number: string;
      /** As the trunk wants it; absent: the trunk sets its own. */
      readonly callingNumber?: string;
      /** Milliseconds without any answer until the next step. */
      readonly giveUpMs: number;
    };

export type RoutePlan =
  | {
      readonly kind: 'route';
      readonly emergency: boolean;
      /** The called number, normalised: an extension, +E.164, or a service number. */
      readonly called: string;
      /** At least one. */
      readonly steps: readonly RouteStep[];
    }
  | { readonly kind: 'refuse'; readonly cause: Cause /** For people. */; readonly reason: string };
