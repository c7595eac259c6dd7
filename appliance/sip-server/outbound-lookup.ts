import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../src/base/index.js';
import { formatMessage, parseNameAddr, parseSipUri, type SipRequest } from '../../src/sip/index.js';
import type { Link } from './transport.js';

/** From the question to the last byte of the answer: a caller waits for it. */
const LOOKUP_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface WebQuestion {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Authorities for https, in PEM, instead of those that Node.js knows. */
  readonly authority: string | undefined;
}

/** The body of a 2xx, or why there is none. */
export type WebAnswer = { readonly body: string } | { readonly failure: string };

/** Asks a web server what to do with a request: facts in the query, as drachtio gives them, and by POST the request itself. */
export function askWeb(
  question: WebQuestion,
  request: SipRequest,
  link: Link,
  clock: Clock,
  done: (answer: WebAnswer) => void,
): void {
  const url = new URL(question.url);
  for (const [name, value] of facts(request, link)) url.searchParams.append(name, value);
  const post = question.method === 'POST';
  const headers = { Accept: 'application/json', ...(post ? { 'Content-Type': 'text/plain; charset=UTF-8' } : {}) };
  const tls = question.authority === undefined ? {} : { ca: question.authority };
  const call =
    url.protocol === 'https:'
      ? httpsRequest(url, { method: question.method, headers, ...tls })
      : httpRequest(url, { method: question.method, headers });
  let over = false;
  const end = (answer: WebAnswer): void => {
    if (over) return;
    over = true;
    timer.cancel();
    call.destroy();
    done(answer);
  };
  const timer = clock.after(LOOKUP_MS, () => end({ failure: `no answer within ${LOOKUP_MS} ms` }));
  call.on('error', (error) => end({ failure: error.message }));
  call.on('response', (response) => {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) {
      end({ failure: `the web server answered ${status}` });
      return;
    }
    const parts: Buffer[] = [];
    let bytes = 0;
    response.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > MAX_ANSWER_BYTES) end({ failure: `an answer of more than ${MAX_ANSWER_BYTES} bytes` });
      else parts.push(part);
    });
    response.on('error', (error) => end({ failure: error.message }));
    response.on('close', () => end({ failure: 'the answer broke off' }));
    response.on('end', () => end({ body: Buffer.concat(parts).toString('utf8') }));
  });
  call.end(post ? formatMessage(request) : undefined);
}

function facts(request: SipRequest, link: Link): readonly (readonly [string, string])[] {
  const uri = parseSipUri(request.uri);
  const named = uri.ok ? uri.value : undefined;
  return [
    ['method', request.method],
    ['domain', named?.host ?? ''],
    ['protocol', link.protocol],
    ['source_address', link.address],
    ['fromUser', userOf(request.headers.get('From'))],
    ['toUser', userOf(request.headers.get('To'))],
    ['uriUser', named?.user ?? ''],
    ['contentType', request.headers.get('Content-Type') ?? ''],
    ['uri', request.uri],
    ...(named === undefined ? [] : [...named.parameters.entries()].map(([n, v]): [string, string] => [n, v ?? ''])),
  ];
}

function userOf(party: string | undefined): string {
  const parsed = parseNameAddr(party ?? '');
  const uri = parsed.ok ? parseSipUri(parsed.value.uri) : undefined;
  return uri?.ok === true ? (uri.value.user ?? '') : '';
}
