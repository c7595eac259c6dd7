import { skipToken } from './characters.js';
import { parameterAt } from './parameters.js';

/** The dialog that an INVITE takes the place of (RFC 3891 §6.1); tags as the receiver of the INVITE knows them. */
export interface Replaces {
  readonly callId: string;
  /** `to-tag`: ours. */
  readonly localTag: string;
  /** `from-tag`: the other party's. */
  readonly remoteTag: string;
  readonly earlyOnly: boolean;
}

/** Undefined when it is malformed. */
export function parseReplaces(text: string): Replaces | undefined {
  const semicolon = text.indexOf(';');
  const callId = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  const localTag = parameterAt(text, semicolon, text.length, 'to-tag');
  const remoteTag = parameterAt(text, semicolon, text.length, 'from-tag');
  if (semicolon < 0 || callId === '' || localTag === undefined || remoteTag === undefined) return undefined;
  if (localTag === '' || remoteTag === '' || skipToken(localTag, 0, localTag.length) !== localTag.length)
    return undefined;
  const earlyOnly = parameterAt(text, semicolon, text.length, 'early-only') !== undefined;
  return { callId, localTag, remoteTag, earlyOnly };
}
