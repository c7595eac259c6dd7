/** What a user may dial in place of a number. Each code is `*` or `#` and digits; '' switches one off. */
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
}

/** The usual vertical service codes of North America (NANPA); pick-up and park have none there and are a PBX's. */
export const usualFeatureCodes: FeatureCodes = {
  forwardOn: '*72',
  forwardOff: '*73',
  forwardBusyOn: '*90',
  forwardBusyOff: '*91',
  forwardNoAnswerOn: '*92',
  forwardNoAnswerOff: '*93',
  doNotDisturbOn: '*78',
  doNotDisturbOff: '*79',
  pickUp: '*8',
  park: '*68',
  callReturn: '*69',
  hideCallerId: '*67',
  showCallerId: '*82',
  cancelCallWaiting: '*70',
};

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
};

const features = Object.keys(usualFeatureCodes).filter((name): name is Feature => name in usualFeatureCodes);

/** A feature and what was dialled after its code. */
export interface DialledFeature {
  readonly feature: Feature;
  readonly argument: string;
}

/** How far digits have come: `more` are needed, the number may be `complete` but could go on, or nothing can follow. */
export type NumberState = 'more' | 'possible' | 'complete';

/**
 * The feature that was dialled. The longest code that fits counts, so that `*8` and `*82` can stand side by side; a user who wants the
 * shorter one waits, or ends with `#`.
 */
export function readFeature(codes: FeatureCodes, dialled: string): DialledFeature | undefined {
  const fitting = features
    .filter((feature) => codes[feature] !== '' && dialled.startsWith(codes[feature]))
    .sort((a, b) => codes[b].length - codes[a].length);
  const [feature] = fitting;
  return feature === undefined
    ? undefined
    : { feature, argument: dialled.slice(codes[feature].length).replace(/#$/, '') };
}

/** Whether a code is complete; undefined where `dialled` begins like none. `number`: how far the digits after the code are. */
export function featureState(
  codes: FeatureCodes,
  dialled: string,
  number: (digits: string) => NumberState,
): NumberState | undefined {
  if (!/^[*#]/.test(dialled)) return undefined;
  if (dialled.length > 1 && dialled.endsWith('#')) return 'complete';
  const longer = features.some(
    (feature) => codes[feature].length > dialled.length && codes[feature].startsWith(dialled),
  );
  const found = readFeature(codes, dialled);
  if (found === undefined) return longer ? 'more' : 'complete';
  if (longer) return 'possible';
  const { feature, argument } = found;
  if (takes[feature] === 'nothing') return 'complete';
  if (takes[feature] === 'extension') return argument === '' ? 'possible' : number(argument);
  return argument === '' ? 'more' : number(argument);
}
