interface Item<T> {
  readonly value: T;
  readonly rank: number;
  readonly order: number;
}

/** A binary heap: the lowest rank first, the longest waiting among equals. */
export class PriorityQueue<T> {
  readonly #heap: Item<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(value: T, rank: number): void {
    const heap = this.#heap;
    const item = { value, rank, order: this.#order++ };
    let i = heap.length;
    for (; i > 0; i = (i - 1) >> 1) {
      const parent = heap[(i - 1) >> 1];
      if (parent === undefined || !isBefore(item, parent)) break;
      heap[i] = parent;
    }
    heap[i] = item;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top?.value;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child++;
      const smaller = heap[child];
      if (smaller === undefined || !isBefore(smaller, last)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
    return top?.value;
  }

  clear(): void {
    this.#heap.length = 0;
  }
}

function isBefore<T>(a: Item<T>, b: Item<T>): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.order < b.order);
}
