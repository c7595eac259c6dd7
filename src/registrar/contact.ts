import { createHash } from 'node:crypto';
import { equalUris, formatParameters, parseSipUri, quote, type SipUri, unescapeUri } from '../sip/index.js';
import type { Binding } from './binding.js';
import type { Gruus } from './gruu.js';
import type { RegisterContact } from './register-request.js';

/** Parameters that tell two URIs apart even when only one of them has it (RFC 3261 §19.1.4). */
const decisive = ['transport', 'user', 'method', 'ttl', 'maddr'] as const;

/** Equal URIs have equal keys; URIs with equal keys may still differ in parameters of their own. */
export function contactKey(uri: string): string {
  const parsed = parseSipUri(uri);
  if (!parsed.ok) return uri;
  const { scheme, user, host, port, parameters } = parsed.value;
  const told = decisive.map((name) => parameters.get(name)?.toLowerCase() ?? '').join(';');
  return `${scheme}:${unescapeUri(user ?? '')}@${host.toLowerCase()}:${port ?? ''};${told}`;
}

/** `+sip.instance` and `reg-id` of a contact; both together name a flow (RFC 5626 §4.2). */
export function flowNameOf(contact: RegisterContact): { readonly instance?: string; readonly regId?: string } {
  const instance = contact.params['+sip.instance'];
  const regId = contact.params['reg-id'];
  return { ...(instance ? { instance } : {}), ...(regId ? { regId } : {}) };
}

/** RFC 5626 §6: the same flow of the same instance; otherwise RFC 3261 §10.3: the same URI. */
export function isSameContact(binding: Binding, contact: RegisterContact): boolean {
  const { instance, regId } = flowNameOf(contact);
  if (instance !== undefined && regId !== undefined && binding.instance !== undefined && binding.regId !== undefined) {
    return binding.instance === instance && binding.regId === regId;
  }
  return binding.contact === contact.uri || equalUris(binding.contact, contact.uri);
}

/** The name of a new binding: the same phone gets the same one again, after a restart of either too. */
export function tokenOf(username: string, contact: RegisterContact): string {
  const { instance, regId } = flowNameOf(contact);
  const flow = instance !== undefined && regId !== undefined;
  const what = flow ? `flow\n${instance}\n${regId}` : `contact\n${ownParameters(contact.uri)}`;
  return createHash('sha256').update(`${username}\n${what}`).digest('hex').slice(0, 16);
}

function ownParameters(uri: string): string {
  const parsed = parseSipUri(uri);
  if (!parsed.ok) return uri;
  const others = [...parsed.value.parameters].map(([name, value]) => `${name}=${value.toLowerCase()}`);
  return `${contactKey(uri)}\n${others.sort().join(';')}`;
}

/** The value of one Contact header of an answer. `gruus`: for a phone that asked for them (RFC 5627 §5.3). */
export function contactValue(binding: Binding, expiresS: number, gruus?: Gruus): string {
  const parameters = new Map([['expires', String(expiresS)]]);
  if (binding.q !== undefined) parameters.set('q', String(binding.q));
  if (binding.instance !== undefined) parameters.set('+sip.instance', quote(binding.instance));
  if (binding.regId !== undefined) parameters.set('reg-id', binding.regId);
  const [open, temporary] = [gruus?.publicOf(binding), gruus?.temporaryOf(binding)];
  if (open !== undefined) parameters.set('pub-gruu', quote(open));
  if (temporary !== undefined) parameters.set('temp-gruu', quote(temporary));
  return `<${binding.contact}>${formatParameters(parameters)}`;
}

/** The `hf` parameter by which a URI of ours names a binding. */
export function tokenIn(uri: string | SipUri): string | undefined {
  if (typeof uri !== 'string') return uri.parameters.get('hf') || undefined;
  if (!uri.includes('hf=')) return undefined;
  const parsed = parseSipUri(uri);
  return parsed.ok ? parsed.value.parameters.get('hf') || undefined : undefined;
}
