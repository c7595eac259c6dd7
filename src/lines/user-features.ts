/** What a user has set at a telephone; kept over restarts. */
export interface UserFeatures {
  /** Numbers as the user dialled them; absent: off. */
  readonly forward?: string;
  readonly forwardBusy?: string;
  readonly forwardNoAnswer?: string;
  readonly doNotDisturb?: true;
  /** Calls go without the caller's number, unless a code says otherwise. */
  readonly hidden?: true;
  /** Messages wait for the user: the centre's or a message desk's last word. */
  readonly messagesWait?: true;
}

/** Where it is kept: every call asks, so it answers from memory. */
export interface UserFeatureStore {
  /** {} where nothing was set. */
  get(username: string): UserFeatures;
  /** Resolves when it is on disk; rejects where it could not be written, and then nothing has changed. */
  set(username: string, features: UserFeatures): Promise<void>;
}

/** Forgets with the process; for tests and for a branch without lines. */
export class UnkeptFeatures implements UserFeatureStore {
  readonly #features = new Map<string, UserFeatures>();

  get(username: string): UserFeatures {
    return this.#features.get(username) ?? {};
  }

  set(username: string, features: UserFeatures): Promise<void> {
    this.#features.set(username, features);
    return Promise.resolve();
  }
}

type Setting = 'forward' | 'forwardBusy' | 'forwardNoAnswer';

export function withForward(features: UserFeatures, setting: Setting, number: string | undefined): UserFeatures {
  const { [setting]: _before, ...others } = features;
  return number === undefined ? others : { ...others, [setting]: number };
}

export function withMessages({ messagesWait: _before, ...others }: UserFeatures, wait: boolean): UserFeatures {
  return wait ? { ...others, messagesWait: true } : others;
}

export function withDoNotDisturb({ doNotDisturb: _before, ...others }: UserFeatures, on: boolean): UserFeatures {
  return on ? { ...others, doNotDisturb: true } : others;
}
