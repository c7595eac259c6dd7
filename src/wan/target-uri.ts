/**
 * `uri` with its host and port replaced by `address` ("192.0.2.1:5060"), everything else kept: the same centre by its
 * last known address. A SIPS or TLS target keeps its scheme and parameters; its certificate is still checked by name.
 */
export function targetAt(uri: string, address: string): string {
  const [start, end] = hostport(uri);
  return uri.slice(0, start) + address + uri.slice(end);
}

/** Host and port of `uri` as they are written: what people call the target. */
export function hostOfTarget(uri: string): string {
  const [start, end] = hostport(uri);
  return uri.slice(start, end);
}

/** The host is a name, which a resolver must turn into an address. */
export function namesHost(uri: string): boolean {
  const [start, end] = hostport(uri);
  const text = uri.slice(start, end);
  if (text.startsWith('[')) return false;
  const host = text.split(':', 1)[0] ?? '';
  return !host.split('.').every((part) => part !== '' && [...part].every((c) => c >= '0' && c <= '9'));
}

/** Where host and port stand in a SIP URI (RFC 3261 §25.1). */
function hostport(uri: string): [number, number] {
  const scheme = uri.indexOf(':') + 1;
  let end = uri.length;
  for (const mark of [';', '?']) {
    const at = uri.indexOf(mark, scheme);
    if (at !== -1 && at < end) end = at;
  }
  const user = uri.lastIndexOf('@', end) + 1;
  return [Math.max(scheme, user), end];
}
