/** What the telephone network does with a number. */
export type NetworkOutcome =
  | {
      readonly kind: 'answers';
      readonly afterMs: number;
      readonly says: string;
      /** Whoever answered hangs up again by themselves. */
      readonly talksMs?: number;
    }
  | { readonly kind: 'rings' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'congestion' }
  /** Nobody has this number, as a voice says. */
  | { readonly kind: 'announcement'; readonly says: string };

/** Numbers that a newcomer can try; any other number answers, so that nobody has to know them. */
export function networkOutcome(number: string): NetworkOutcome {
  if (/^9?(?:911|112)$/.test(number)) return { kind: 'answers', afterMs: 1000, says: 'what is your emergency' };
  if (number.endsWith('00')) return { kind: 'busy' };
  if (number.endsWith('01')) return { kind: 'congestion' };
  if (number.endsWith('02')) return { kind: 'rings' };
  if (number.endsWith('03')) return { kind: 'announcement', says: `${number} is not in service` };
  if (number.endsWith('04')) return { kind: 'answers', afterMs: 2000, says: `this is ${number}`, talksMs: 5000 };
  return { kind: 'answers', afterMs: 4000, says: `this is ${number}` };
}
