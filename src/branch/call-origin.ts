import type { CallRecord } from '../call/index.js';
import type { Directory } from '../directory/index.js';
import type { CallOrigin } from '../routing/index.js';

/** Kept in the call record, so that another process may go on with the call. */
export function originName(origin: CallOrigin): string {
  return origin.kind === 'trunk' ? `trunk ${origin.trunk}` : origin.kind;
}

/** What {@link originName} wrote. */
export function readOrigin({ origin = '', user }: CallRecord, directory: Pick<Directory, 'byUsername'>): CallOrigin {
  const [kind, name = ''] = origin.split(' ');
  if (kind === 'centre') return { kind: 'centre' };
  if (kind === 'trunk') return { kind: 'trunk', trunk: name };
  const found = user === undefined ? undefined : directory.byUsername(user);
  return found === undefined ? { kind: 'phone' } : { kind: 'phone', user: found };
}

/** Who is called by the step `via`, as one who calls. */
export function calledParty(via: string, directory: Pick<Directory, 'byUsername'>): CallOrigin | undefined {
  if (via === 'centre') return { kind: 'centre' };
  if (!via.startsWith('extension ')) return undefined;
  const user = directory.byUsername(via.slice('extension '.length));
  return user === undefined ? undefined : { kind: 'phone', user };
}
