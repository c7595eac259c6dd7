import type { HuntStep } from '../call/index.js';
import type { Telephones } from '../lines/index.js';
import type { Binding, Registrar } from '../registrar/index.js';
import type { LegDesk } from './leg-desk.js';

/** A phone on the branch's own LAN that says nothing at all for this long is gone (RFC 3261 §17.1.1.2: six retransmissions take 31 s). */
const phoneGiveUpMs = 4000;
/** The user's telephones on lines go to the same number by themselves; the step that rings all of them is over before, ms. */
const aheadMs = 200;

export interface ExtensionGround {
  readonly registrar: Registrar;
  readonly stations: Telephones | undefined;
  readonly legs: LegDesk;
  /** Where a call goes that the user forwards. */
  readonly forwarded: (number: string) => readonly HuntStep[];
}

/**
 * The telephones of one user, and where the call goes then. `phones`: those that are called; all where absent. What the user set at a
 * telephone on a line holds for the others too, as long as that telephone is there to be unset at.
 */
export function extensionSteps(
  { registrar, stations, legs, forwarded }: ExtensionGround,
  username: string,
  phones: readonly (readonly Binding[])[] | undefined,
): readonly HuntStep[] {
  const all = phones === undefined;
  const rings = phones ?? registrar.phonesOf(username);
  const noAnswer = all && rings.length > 0 ? stations?.wishesOf(username).noAnswer : undefined;
  const step: HuntStep = {
    name: `extension ${username}`,
    open: () => {
      const onLines = all ? (stations?.legsTo(username) ?? []) : [];
      // They say themselves that the user is not to be disturbed, or where the call goes.
      if (onLines.length > 0 && stations?.wishesOf(username).turnsAway === true) return onLines;
      return [
        ...(phones ?? registrar.phonesOf(username)).flatMap(([newest, ...older]) =>
          newest === undefined ? [] : [legs.toPhone([newest, ...older])],
        ),
        ...onLines,
      ];
    },
    giveUpMs: phoneGiveUpMs,
  };
  const further = noAnswer === undefined ? [] : forwarded(noAnswer.number);
  if (noAnswer === undefined || further.length === 0) return [step];
  return [{ ...step, ringMs: noAnswer.afterMs - aheadMs, onNoAnswer: 'next' }, ...further];
}
