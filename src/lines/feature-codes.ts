/** What a user may dial in place of a number. Each code is `*` or `#` and digits, none begins like another; '' switches one off. */
export interface FeatureCodes {
  readonly forwardOn: string;
  readonly forwardOff: string;
  readonly forwardBusyOn: string;
  readonly forwardBusyOff: string;
  readonly forwardNoAnswerOn: string;
  readonly forwardNoAnswerOff: string;
  readonly doNotDisturbOn: string;
  readonly doNotDisturbOff: string;
  /** Any telephone that rings, or with an extension that one. */
  readonly pickUp: string;
  /** With a held call: parks it. From a dial tone: takes the call that is parked at one's own extension, or at the one that follows. */
  readonly park: string;
  readonly callReturn: string;
  readonly hideCallerId: string;
  readonly showCallerId: string;
  readonly cancelCallWaiting: string;
  /** With two calls, after a flash. */
  readonly swapCalls: string;
  readonly joinCalls: string;
}

export type Feature = keyof FeatureCodes;

/** `takes`: what follows the code. `number`: a number to call or to forward to; `extension`: perhaps one; `nothing`: it stands alone. */
const takes: { readonly [feature in Feature]: 'number' | 'extension' | 'nothing' } = {
  forwardOn: 'number',
  forwardOff: 'nothing',
  forwardBusyOn: 'number',
  forwardBusyOff: 'nothing',
  forwardNoAnswerOn: 'number',
  forwardNoAnswerOff: 'nothing',
  doNotDisturbOn: 'nothing',
  doNotDisturbOff: 'nothing',
  pickUp: 'extension',
  park: 'extension',
  callReturn: 'nothing',
  hideCallerId: 'number',
  showCallerId: 'number',
  cancelCallWaiting: 'number',
  swapCalls: 'nothing',
  joinCalls: 'nothing',
};

const features = Object.keys(takes).filter((name): name is Feature => name in takes);

/** A feature and what was dialled after its code. */
export interface DialledFeature {
  readonly feature: Feature;
  readonly argument: string;
}

/** How far digits have come: `more` are needed, the number may be `complete` but could go on, or nothing can follow. */
export type NumberState = 'more' | 'possible' | 'complete';

/** The feature that was dialled, and what follows its code. */
export function readFeature(codes: FeatureCodes, dialled: string): DialledFeature | undefined {
  const feature = features.find((each) => codes[each] !== '' && dialled.startsWith(codes[each]));
  return feature === undefined
    ? undefined
    : { feature, argument: dialled.slice(codes[feature].length).replace(/#$/, '') };
}

/** Whether digits are the beginning of a code, or of one of `some`. */
export function beginsCode(codes: FeatureCodes, dialled: string, some: readonly Feature[] = features): boolean {
  return some.some((feature) => codes[feature].length > dialled.length && codes[feature].startsWith(dialled));
}

/** Whether a code is complete; undefined where `dialled` begins like none. `number`: how far the digits after the code are. */
export function featureState(
  codes: FeatureCodes,
  dialled: string,
  number: (digits: string) => NumberState,
): NumberState | undefined {
  if (!/^[*#]/.test(dialled)) return undefined;
  const found = readFeature(codes, dialled);
  if (found === undefined) return beginsCode(codes, dialled) ? 'more' : 'complete';
  const { feature, argument } = found;
  const ended = dialled.length > codes[feature].length && dialled.endsWith('#');
  if (takes[feature] === 'nothing' || ended) return 'complete';
  if (takes[feature] === 'extension') return argument === '' ? 'possible' : number(argument);
  return argument === '' ? 'more' : number(argument);
}
