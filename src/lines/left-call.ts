import type { LegContinuation } from '../call/index.js';
import type { Channel, LeftLine } from '../tdm/index.js';
import type { TelephoneSettings } from './telephone-settings.js';

/** A telephone's leg that another process may go on with. Who holds a call or talks with two has more than a process can be sure of. */
export function isTalking({ line, wish }: LegContinuation): boolean {
  return line === 'telephone' && wish === 'talk';
}

/** Whether the user of a telephone may still be in the call that another process left on its line. */
export function isLeftTalking(
  { settings, farOffHook, farOnHookMs }: LeftLine,
  { abilities }: Channel,
  { signalling, law, country }: TelephoneSettings,
): boolean {
  if (settings.signalling !== signalling || settings.law !== law) return false;
  const longestFlashMs = abilities.hook === 'raw' ? country.flash.maxMs : 0;
  // On hook now is for the line to judge; off hook again is another call.
  return !farOffHook || farOnHookMs <= longestFlashMs;
}
