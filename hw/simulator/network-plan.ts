/** What the telephone network does with a number. */
export type NetworkOutcome =
  | { readonly kind: 'answers'; readonly afterMs: number; readonly says: string }
  | { readonly kind: 'rings' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'congestion' };

/** Numbers that a newcomer can try; any other number answers, so that nobody has to know them. */
export function networkOutcome(number: string): NetworkOutcome {
  if (number.endsWith('00')) return { kind: 'busy' };
  if (number.endsWith('01')) return { kind: 'congestion' };
  if (number.endsWith('02')) return { kind: 'rings' };
  return { kind: 'answers', afterMs: 4000, says: `this is ${number}` };
}
