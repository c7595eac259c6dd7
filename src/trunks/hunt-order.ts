/** In which order the free channels of a trunk are taken. The far end should hunt from the other side, so that both seldom want one. */
export type HuntOrder = 'lowest' | 'highest' | 'circular' | 'leastUsed';

/** What the order asks of a channel. */
export interface Huntable {
  /** Calls so far. */
  readonly calls: number;
}

/** `members` as the order would try them. `last`: where the last call went, as its place among them; -1: there was none. */
export function hunted<T extends Huntable>(order: HuntOrder, members: readonly T[], last: number): readonly T[] {
  switch (order) {
    case 'lowest':
      return members;
    case 'highest':
      return members.toReversed();
    case 'circular':
      return [...members.slice(last + 1), ...members.slice(0, last + 1)];
    case 'leastUsed':
      return members.toSorted((a, b) => a.calls - b.calls);
  }
}
