import { equalUris, escapeUser, parseDeltaSeconds, parseNameAddrList } from '../sip/index.js';
import type { Binding } from './binding.js';
import { tokenIn } from './contact.js';
import type { RegistrarSettings } from './registrar-settings.js';
import type { UpstreamAnswer, UpstreamRequest, UpstreamTrouble } from './upstream-register.js';

/**
 * How the centre is told of one binding: our address with its token, or the phone's own behind a Path (RFC 3327). With
 * Path we are the first hop of RFC 5626 §5: the centre hears of the flow, and may choose among several. With an address
 * of our own the flows stay our business: the instance would be ours, not the phone's.
 */
export function upstreamContact(
  settings: RegistrarSettings,
  binding: Pick<Binding, 'token' | 'contact' | 'username' | 'aor' | 'instance' | 'regId'>,
): Pick<UpstreamRequest, 'contactUri' | 'path' | 'flow'> {
  const { host, port, transport } = settings.contactAddress;
  const address = `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port};transport=${transport}`;
  if (settings.contactMode === 'path') {
    const { contact: contactUri, token, instance, regId } = binding;
    if (instance === undefined || regId === undefined) return { contactUri, path: `<sip:${address};lr;hf=${token}>` };
    return { contactUri, path: `<sip:${address};lr;hf=${token};ob>`, flow: { instance, regId } };
  }
  return { contactUri: `sip:${escapeUser(binding.aor ?? binding.username)}@${address};hf=${binding.token}` };
}

/** Seconds that a 200 grants to our contact: its own `expires`, else the Expires header (RFC 3261 §10.2.4). */
export function grantedS(headers: Readonly<Record<string, readonly string[]>>, contactUri: string): number | undefined {
  const token = tokenIn(contactUri);
  for (const line of headers.contact ?? []) {
    const contacts = parseNameAddrList(line);
    if (!contacts.ok) continue;
    for (const { uri, parameters } of contacts.value) {
      const ours = token === undefined ? equalUris(uri, contactUri) : tokenIn(uri) === token;
      const expires = ours ? parseDeltaSeconds(parameters.get('expires') ?? '') : undefined;
      if (expires !== undefined) return expires;
    }
  }
  const [expires] = headers.expires ?? [];
  return parseDeltaSeconds(expires ?? '');
}

/** Whether the centre's registrar failed, as against answering. */
export function troubleOf(answer: UpstreamAnswer): UpstreamTrouble | undefined {
  if (answer.kind !== 'answer') return answer;
  const { status } = answer;
  const failed = status === 408 || (status >= 300 && status < 400) || (status >= 500 && status < 600);
  return failed ? { kind: 'status', status } : undefined;
}
