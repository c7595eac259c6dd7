import { err, ok, type Result } from '../../src/base/index.js';

/** Where a listening application is reached (`srf.listen`). */
export interface ApplicationAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** What a web server says is to be done with a request. */
export type Instruction =
  | { readonly action: 'reject'; readonly status: number; readonly reason: string | undefined }
  | { readonly action: 'redirect'; readonly contacts: readonly string[] }
  | { readonly action: 'connect'; readonly to: ApplicationAddress }
  /** To a connected application that gave this tag. */
  | { readonly action: 'tag'; readonly tag: string }
  | ProxyInstruction;

export interface ProxyInstruction {
  readonly action: 'proxy';
  readonly destinations: readonly string[];
  readonly recordRoute: boolean;
  readonly followRedirects: boolean;
  readonly simultaneous: boolean;
  /** `2s`, `500ms`, as in a `proxy` command. */
  readonly provisionalTimeout: string;
  readonly finalTimeout: string;
}

/** Destinations or contacts that one instruction may name. */
const MAX_URIS = 32;
/** The port that drachtio takes for an application that names none. */
const DEFAULT_PORT = 9021;

/** Reads `{"action": …, "data": {…}}`; the error says what is wrong, for the log. */
export function readInstruction(body: string): Result<Instruction, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return err('the answer is no JSON');
  }
  const data = field(parsed, 'data');
  const action = field(parsed, 'action');
  if (typeof data !== 'object' || data === null) return err("'data' is missing");
  switch (action) {
    case 'reject':
      return readReject(data);
    case 'redirect': {
      const contacts = uris(field(data, 'contact'));
      return contacts === undefined ? err("'contact' is no URI and no list of URIs") : ok({ action, contacts });
    }
    case 'route':
      return readRoute(data);
    case 'proxy': {
      const destinations = uris(field(data, 'destination'));
      if (destinations === undefined) return err("'destination' is no URI and no list of URIs");
      return ok({
        action,
        destinations,
        recordRoute: field(data, 'recordRoute') === true,
        followRedirects: field(data, 'followRedirects') !== false,
        simultaneous: field(data, 'simultaneous') === true,
        provisionalTimeout: text(field(data, 'provisionalTimeout')) ?? '5s',
        finalTimeout: text(field(data, 'finalTimeout')) ?? '60s',
      });
    }
    default:
      return err("'action' is not reject, redirect, route or proxy");
  }
}

/** `host:port`, `tcp://host:port`, `tls://host:port`, `host:port;transport=tls`. */
export function readApplicationAddress(uri: string): ApplicationAddress | undefined {
  const match =
    /^(?:(tcp|tls):\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^\s:;/[\]]+))(?::(\d{1,5}))?\/?(?:;transport=(tcp|tls))?$/.exec(uri);
  const host = match?.[2] ?? match?.[3];
  const port = match?.[4] === undefined ? DEFAULT_PORT : Number(match[4]);
  if (match === null || host === undefined || port < 1 || port > 65535) return undefined;
  return { host, port, tls: (match[5] ?? match[1]) === 'tls' };
}

function readReject(data: object): Result<Instruction, string> {
  const status = field(data, 'status');
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 699) {
    return err("'status' is not a number from 400 to 699");
  }
  return ok({ action: 'reject', status, reason: text(field(data, 'reason')) });
}

function readRoute(data: object): Result<Instruction, string> {
  const uri = text(field(data, 'uri'));
  const tag = text(field(data, 'tag'));
  if (uri === undefined) return tag === undefined ? err("'uri' is missing") : ok({ action: 'tag', tag });
  const to = readApplicationAddress(uri);
  return to === undefined ? err("'uri' is not HOST:PORT of an application") : ok({ action: 'connect', to });
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

/** A line of text that may stand in a SIP message. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 1000 && !/[\r\n\0]/.test(value)
    ? value
    : undefined;
}

function uris(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const read = list.map(text).filter((uri) => uri !== undefined);
  return read.length === 0 || read.length !== list.length || read.length > MAX_URIS ? undefined : read;
}
