import type { Dialog } from './dialog.js';

/** Finds dialogs by what requests and applications say of them. `D` is what the owner keeps beside the dialog. */
export class DialogSet<D extends { readonly dialog: Dialog }> {
  readonly #byTags = new Map<string, D>();
  readonly #byId = new Map<string, D[]>();
  readonly #byCallId = new Map<string, D[]>();

  get size(): number {
    return this.#byTags.size;
  }

  values(): IterableIterator<D> {
    return this.#byTags.values();
  }

  add(entry: D): void {
    const { dialog } = entry;
    if (this.withId(dialog.id).some((other) => other.dialog.role !== dialog.role)) dialog.distinguish();
    this.#byTags.set(tagsKey(dialog.callId, dialog.localTag, dialog.remoteTag), entry);
    push(this.#byId, dialog.id, entry);
    push(this.#byCallId, dialog.callId, entry);
  }

  remove(entry: D): void {
    const { dialog } = entry;
    const key = tagsKey(dialog.callId, dialog.localTag, dialog.remoteTag);
    if (this.#byTags.get(key) !== entry) return;
    this.#byTags.delete(key);
    pull(this.#byId, dialog.id, entry);
    pull(this.#byCallId, dialog.callId, entry);
  }

  /** RFC 3261 §12: `local` and `remote` as seen from here. */
  find(callId: string, local: string, remote: string): D | undefined {
    return this.#byTags.get(tagsKey(callId, local, remote));
  }

  /** All forks that share the application's dialog id, the oldest first. */
  withId(id: string): readonly D[] {
    return this.#byId.get(id) ?? none;
  }

  withCallId(callId: string): readonly D[] {
    return this.#byCallId.get(callId) ?? none;
  }
}

const none: readonly never[] = [];

function tagsKey(callId: string, local: string, remote: string): string {
  return `${callId}|${local}|${remote}`;
}

function push<D>(map: Map<string, D[]>, key: string, entry: D): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}

function pull<D>(map: Map<string, D[]>, key: string, entry: D): void {
  const list = map.get(key);
  if (list === undefined) return;
  const at = list.indexOf(entry);
  if (at >= 0) list.splice(at, 1);
  if (list.length === 0) map.delete(key);
}
