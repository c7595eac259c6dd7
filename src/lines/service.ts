import type { DialledFeature } from './feature-codes.js';
import { type UserFeatureStore, type UserFeatures, withDoNotDisturb, withForward } from './user-features.js';

/** What became of a service code. `written`: rejects where it could not be kept after all. */
export interface ServiceOutcome {
  readonly done: boolean;
  readonly written?: Promise<void>;
}

/** Carries out a code that changes what is set for its user. */
export function serve(
  { feature, argument }: DialledFeature,
  username: string,
  store: UserFeatureStore,
): ServiceOutcome {
  const before = store.get(username);
  const after = changed(before, feature, argument);
  if (after === undefined) return { done: false };
  return { done: true, written: store.set(username, after) };
}

/** Undefined: the code asks for something else, or lacks its number. */
function changed(features: UserFeatures, feature: DialledFeature['feature'], number: string): UserFeatures | undefined {
  switch (feature) {
    case 'forwardOn':
      return number === '' ? undefined : withForward(features, 'forward', number);
    case 'forwardBusyOn':
      return number === '' ? undefined : withForward(features, 'forwardBusy', number);
    case 'forwardNoAnswerOn':
      return number === '' ? undefined : withForward(features, 'forwardNoAnswer', number);
    case 'forwardOff':
      return withForward(features, 'forward', undefined);
    case 'forwardBusyOff':
      return withForward(features, 'forwardBusy', undefined);
    case 'forwardNoAnswerOff':
      return withForward(features, 'forwardNoAnswer', undefined);
    case 'doNotDisturbOn':
    case 'doNotDisturbOff':
      return withDoNotDisturb(features, feature === 'doNotDisturbOn');
    default:
      return undefined;
  }
}
