import type { SipRequest } from './message.js';
import { parseNameAddr } from './name-addr.js';
import { parseMaxForwards } from './numbers.js';
import { parseSipUri } from './uri.js';

/** What is wrong with a request that is to be proxied (RFC 3261 §16.3). */
export interface ProxyRefusal {
  readonly status: 420 | 483;
  readonly headers: readonly (readonly [string, string])[];
}

/** Undefined: the request may go on. Loops are another matter, see `hasLooped`. */
export function proxyRefusal(request: SipRequest): ProxyRefusal | undefined {
  const hops = parseMaxForwards(request.headers.get('Max-Forwards') ?? '70');
  if (hops.ok && hops.value === 0) return { status: 483, headers: [] };
  const required = request.headers.list('Proxy-Require');
  if (required.length > 0) return { status: 420, headers: [['Unsupported', required.join(', ')]] };
  return undefined;
}

/** The request as it goes on: one hop fewer (RFC 3261 §16.6 step 3), its headers its own. */
export function proxiedCopy(request: SipRequest, uri: string): SipRequest {
  const headers = request.headers.clone();
  const hops = parseMaxForwards(headers.get('Max-Forwards') ?? '');
  headers.set('Max-Forwards', String(hops.ok ? Math.max(0, hops.value - 1) : 70));
  return { kind: 'request', method: request.method, uri, headers, body: request.body };
}

/** Where a request stands on its route after we have taken our own part off it. */
export interface RouteTaken {
  readonly request: SipRequest;
  /** Our URIs that were on top, in their order; none when the route does not lead here. */
  readonly own: readonly string[];
}

/** RFC 3261 §16.4, and RFC 5658 §4.3 for two routes of ours in a row. `isOwn` knows our own URIs. */
export function takeOwnRoutes(request: SipRequest, isOwn: (uri: string) => boolean): RouteTaken {
  const own: string[] = [];
  let uri = request.uri;
  const routes = [...request.headers.list('Route')];
  // A strict router before us has put our route into the Request-URI, and the target at the end.
  if (routes.length > 0 && isOwn(uri) && hasLooseRouting(uri)) {
    own.push(uri);
    uri = uriOf(routes.pop() ?? '');
  }
  for (let first = routes[0]; first !== undefined && isOwn(uriOf(first)); first = routes[0]) {
    own.push(uriOf(first));
    routes.shift();
  }
  if (own.length === 0) return { request, own };
  const headers = request.headers.clone();
  headers.remove('Route');
  for (const route of routes) headers.append('Route', route);
  return { request: { ...request, uri, headers }, own };
}

/** The next hop by route or Request-URI; a strict router is given its due (RFC 3261 §16.6 step 6). */
export function followRoute(request: SipRequest): string {
  const [first, ...rest] = request.headers.list('Route');
  if (first === undefined) return request.uri;
  const hop = uriOf(first);
  if (hasLooseRouting(hop)) return hop;
  request.headers.remove('Route');
  for (const route of rest) request.headers.append('Route', route);
  request.headers.append('Route', `<${request.uri}>`);
  request.uri = hop;
  return hop;
}

function hasLooseRouting(uri: string): boolean {
  const parsed = parseSipUri(uri);
  return parsed.ok && parsed.value.parameters.has('lr');
}

function uriOf(route: string): string {
  const parsed = parseNameAddr(route);
  return parsed.ok ? parsed.value.uri : route;
}
