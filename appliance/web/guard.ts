import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';

/** Nothing from elsewhere, nothing inline: the page is three kinds of files of its own. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. */
export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.set({
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    'Cache-Control': 'no-store',
  });
  next();
}

/**
 * Refuses a Host header that is a foreign name: a page elsewhere whose name was pointed at this address (DNS rebinding)
 * would otherwise count as the same origin. Addresses cannot be rebound.
 */
export function hostGuard(names: readonly string[]) {
  const knows = knownHosts(names);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (knows(request.headers)) {
      next();
      return;
    }
    response.status(421).json({ error: 'This server does not answer under that name.' });
  };
}

/** True for a Host header that is an address or one of our names. */
export function knownHosts(names: readonly string[]): (headers: IncomingHttpHeaders) => boolean {
  const known = new Set(['localhost', ...names].map((name) => name.toLowerCase()));
  return (headers) => {
    const name = hostName(headers.host ?? '');
    return isIP(name) !== 0 || known.has(name);
  };
}

/**
 * Lets a state-changing request pass only when it comes from the page itself or from a program (which sends neither
 * Origin nor Sec-Fetch-Site). A form of a foreign page cannot send JSON without asking first.
 */
export function sameOriginGuard(request: Request, response: Response, next: NextFunction): void {
  if (request.method === 'GET' || request.method === 'HEAD') {
    next();
    return;
  }
  const refusal = crossSite(request.headers);
  if (refusal !== undefined) {
    response.status(403).json({ error: refusal });
    return;
  }
  if (request.is('application/json') !== 'application/json') {
    response.status(415).json({ error: 'Send the request as application/json.' });
    return;
  }
  next();
}

/** Why a request does not come from the page itself; undefined when it does, or comes from a program. */
export function crossSite(headers: IncomingHttpHeaders): string | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'The request comes from another site.';
  }
  const { origin } = headers;
  if (origin === undefined) return undefined;
  if (!URL.canParse(origin)) return 'The Origin header is not one.';
  if (new URL(origin).host !== (headers.host ?? '').toLowerCase()) {
    return 'The request comes from another origin.';
  }
  return undefined;
}

/** `[::1]:8080` → `::1`; `Box.example:80` → `box.example`. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d+$/, '')).toLowerCase();
}
