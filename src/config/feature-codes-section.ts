import { ok } from '../base/index.js';
import { initially, section } from './field.js';
import { complain } from './plain-kinds.js';
import { kind } from './shape.js';

/** What users of analog telephones dial for a service. The signs before the digits keep it apart from every number. */
const featureCode = kind<string>({
  name: 'feature code',
  says: '* or # and up to five digits or signs, e.g. *72; "" for none',
  jsonSchema: { type: 'string', pattern: '^([*#][0-9*#]{1,5})?$' },
  readText: (word) =>
    /^([*#][0-9*#]{1,5})?$/.test(word)
      ? ok(word)
      : complain(`"${word}" is not a feature code`, 'write * or # and digits; "" for none'),
  write: (value) => value,
});

function code(initial: string, title: string, help: string) {
  return initially(featureCode, initial, { title, help, takesEffect: 'restart' });
}

/**
 * Initially the vertical service codes of North America (NANPA); pick-up, park and what follows a flash have none there and are a
 * PBX's. No code may be the beginning of another, so that none has to be waited for.
 */
export const featureCodes = section(
  'Feature codes',
  'What users of analog telephones dial in place of a number. No code may begin like another, or be an emergency number behind its sign.',
  {
    forwardOn: code('*72', 'Forward all calls', 'Followed by the number that all calls go to.'),
    forwardOff: code('*73', 'Forward no calls', 'Ends the forwarding of all calls.'),
    forwardBusyOn: code(
      '*90',
      'Forward when busy',
      'Followed by the number that calls go to while the telephone is busy.',
    ),
    forwardBusyOff: code('*91', 'No forward when busy', 'Ends that.'),
    forwardNoAnswerOn: code(
      '*92',
      'Forward without an answer',
      'Followed by the number that calls go to after lines.forwardAfterSeconds of ringing.',
    ),
    forwardNoAnswerOff: code('*93', 'No forward without an answer', 'Ends that.'),
    doNotDisturbOn: code('*78', 'Do not disturb', 'Callers hear that the telephone is busy.'),
    doNotDisturbOff: code('*79', 'Disturb again', 'Calls ring again.'),
    pickUp: code(
      '*88',
      'Pick up',
      'Followed by an extension: takes the call that rings there. By # alone: a call that rings anywhere.',
    ),
    park: code(
      '*68',
      'Park and retrieve',
      'After a flash: parks the call at one’s own extension, or at the one that follows. From the dial tone: takes the call that is parked there.',
    ),
    callReturn: code('*69', 'Call return', 'Calls whoever called last.'),
    hideCallerId: code('*67', 'Hide the caller ID', 'Before a number: the called person does not see who calls.'),
    showCallerId: code('*82', 'Show the caller ID', 'Before a number: the called person sees who calls.'),
    cancelCallWaiting: code('*70', 'No call waiting', 'Before a number: nothing knocks during that call.'),
    swapCalls: code('*94', 'Swap calls', 'With two calls, after a flash: the other one is heard, and this one held.'),
    joinCalls: code('*95', 'Join calls', 'With two calls, after a flash: all three talk.'),
  },
);
