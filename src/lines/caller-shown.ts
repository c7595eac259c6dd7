import type { Absence, DataMessage } from '../analog/index.js';
import type { CallSetup } from '../call/index.js';
import type { TelephoneHost } from './telephone-host.js';
import type { TelephoneSettings } from './telephone-settings.js';

const hidden: Absence = { absent: 'private' };
const unknown: Absence = { absent: 'unavailable' };

/** What the telephone's screen is told of a call; undefined: nothing. */
export function callShown(
  { callerId }: TelephoneSettings,
  setup: CallSetup | undefined,
  { localTime, extensionOf }: Pick<TelephoneHost, 'localTime' | 'extensionOf'>,
): DataMessage | undefined {
  if (callerId === 'none' || setup === undefined) return undefined;
  const { number, displayName } = setup.asserted ?? setup.from;
  const isHidden = setup.privacy.some((each) => each === 'id' || each === 'user');
  const digits = (extensionOf(number) ?? number).replace(/^\+/, '');
  const date = localTime();
  return {
    kind: 'call',
    callerId: {
      ...(date === undefined ? {} : { date }),
      number: isHidden ? hidden : /^\d+$/.test(digits) ? digits : unknown,
      ...(callerId === 'number' ? {} : { name: isHidden ? hidden : (displayName ?? unknown) }),
    },
  };
}

/** 1-5, or the country's own. The caller's side may say it by Alert-Info (RFC 7462 §7 names these as what is in use). */
export function distinctiveOf(
  { rings }: TelephoneSettings,
  setup: CallSetup | undefined,
  extensionOf: TelephoneHost['extensionOf'],
): number | undefined {
  if (rings === undefined || setup === undefined) return undefined;
  const said = setup.carried.find(([name]) => name.toLowerCase() === 'alert-info')?.[1];
  const named = said === undefined ? undefined : /bellcore-dr([1-5])/i.exec(said)?.[1];
  if (named !== undefined) return Number(named);
  return extensionOf((setup.asserted ?? setup.from).number) !== undefined ? rings.inside : rings.outside;
}
