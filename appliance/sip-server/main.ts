import { isIP } from 'node:net';
import { Secret } from '../../src/base/index.js';
import { jsonLog, systemClock, systemRandom } from '../io/index.js';
import { ConnectionArguments, connectionUsage } from './connection-arguments.js';
import { ControlArguments, controlUsage } from './control-arguments.js';
import { GuardArguments, guardUsage } from './guard-arguments.js';
import { type ListenAddress, parseListenAddress, SipServerStartError, startSipServer } from './index.js';
import { giveUpRoot, readUnprivileged, type Unprivileged } from './privileges.js';

const usage = `usage: sip-server --control HOST:PORT --secret SECRET --listen PROTOCOL/ADDRESS:PORT [--listen ...]
                  [--control-tls CERT,KEY] [--outbound VERB=URL ...] [--outbound-ca FILE]
                  [--tls-cert FILE --tls-key FILE [--tls-ca FILE] [--tls-verify HOW] [--tls-check-peer yes|no]]
                  [--connections COUNT] [--connections-per-source COUNT]
                  [--external ADDRESS --inside NETWORK [--inside ...]] [--dns ADDRESS:PORT ...]
                  [--user USER[:GROUP]] [--log LEVEL]
                  [--trusted NETWORK ...] [--branch NETWORK ...] [--emergency NUMBER ...]
  --control  where applications (drachtio-srf) connect, e.g. 127.0.0.1:9022
  --secret   what they must say; HOLDFAST_SIP_SECRET in the environment does as well
${controlUsage}
  --listen   udp/127.0.0.1:5060, tcp/[::1]:5060, tls/0.0.0.0:5061, ws/127.0.0.1:5066, wss/[::]:443; repeat for more
${connectionUsage}
  --external what peers beyond an address translator are told as our address
  --inside   a network on this side of the translator, e.g. 192.168.0.0/16; repeat for more
  --dns      a name server in place of the system's, e.g. 127.0.0.1:53 or [::1]:53; repeat for more
${guardUsage}
  --user     USER[:GROUP] to become once everything is opened, when started as root (nogroup)
  --log      debug, info, warn or error (info)`;

/** Wrong arguments: a message for people. */
class UsageError extends Error {}

interface Arguments {
  control: { host: string; port: number };
  secret: Secret;
  listen: ListenAddress[];
  external?: { address: string; inside: string[] };
  nameServers?: string[];
  log: 'debug' | 'info' | 'warn' | 'error';
  guard: GuardArguments;
  outbound: ControlArguments['outbound'];
  connections: ConnectionArguments;
  user: Unprivileged | undefined;
}

type OptionGroup = GuardArguments | ControlArguments | ConnectionArguments;

function readArguments(argv: readonly string[]): Arguments {
  let control: Arguments['control'] | undefined;
  let secret = process.env.HOLDFAST_SIP_SECRET;
  let log: Arguments['log'] = 'info';
  let external: string | undefined;
  let user: Unprivileged | undefined;
  const inside: string[] = [];
  const nameServers: string[] = [];
  const listen: ListenAddress[] = [];
  const guard = new GuardArguments();
  const applications = new ControlArguments();
  const connections = new ConnectionArguments();
  const groups: readonly OptionGroup[] = [guard, applications, connections];
  for (let i = 0; i < argv.length; i += 2) {
    const [option, value] = [argv[i], argv[i + 1]];
    if (value === undefined) throw new UsageError(`${option} needs a value`);
    if (option === '--control') control = readControl(value);
    else if (option === '--secret') secret = value;
    else if (option === '--listen') listen.push(readListen(value));
    else if (option === '--external') external = readAddress(value);
    else if (option === '--inside') inside.push(value);
    else if (option === '--dns') nameServers.push(readNameServer(value));
    else if (option === '--user') user = readUser(value);
    else if (option === '--log') log = readLevel(value);
    else if (!groups.some((group) => taken(group, option ?? '', value)))
      throw new UsageError(`unknown option '${option}'`);
  }
  if (control === undefined) throw new UsageError('--control is missing');
  if (secret === undefined || secret === '') throw new UsageError('--secret is missing');
  if (listen.length === 0) throw new UsageError('--listen is missing');
  if (connections.fault !== undefined) throw new UsageError(connections.fault);
  const translated = external === undefined ? {} : { external: { address: external, inside } };
  const { outbound } = applications;
  return {
    outbound,
    control: { ...control, ...applications.tls },
    secret: new Secret(secret),
    listen,
    log,
    guard,
    connections,
    ...(nameServers.length > 0 ? { nameServers } : {}),
    user,
    ...translated,
  };
}

function taken(by: OptionGroup, option: string, value: string): boolean {
  const answer = by.take(option, value);
  if (typeof answer === 'string') throw new UsageError(answer);
  return answer;
}

function readControl(value: string): Arguments['control'] {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || !(port <= 65535)) throw new UsageError(`--control '${value}' is not HOST:PORT`);
  return { host, port };
}

function readListen(value: string): ListenAddress {
  const parsed = parseListenAddress(value);
  if (!parsed.ok) throw new UsageError(`--listen ${parsed.error}`);
  return parsed.value;
}

function readUser(value: string): Unprivileged {
  const user = readUnprivileged(value);
  if (user === undefined) throw new UsageError(`--user '${value}' is not USER or USER:GROUP`);
  return user;
}

function readAddress(value: string): string {
  if (isIP(value) === 0) throw new UsageError(`--external '${value}' is not an IP address`);
  return value;
}

function readNameServer(value: string): string {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (isIP(match?.[1] ?? match?.[2] ?? '') === 0 || !(port > 0 && port <= 65535)) {
    throw new UsageError(`--dns '${value}' is not ADDRESS:PORT`);
  }
  return value;
}

function readLevel(value: string): Arguments['log'] {
  if (value === 'debug' || value === 'info' || value === 'warn' || value === 'error') return value;
  throw new UsageError(`--log '${value}' is not debug, info, warn or error`);
}

async function main(): Promise<void> {
  const { log: level, guard, connections, user, ...rest } = readArguments(process.argv.slice(2));
  const log = jsonLog(level, { process: 'sip-server' });
  const options = { ...guard.options, ...connections.options, ...rest };
  const server = await startSipServer({ clock: systemClock, random: systemRandom, log, ...options });
  guard.follow(systemClock, log, (trusted) => server.trust(trusted));
  const { tls } = connections.options;
  const files =
    tls === undefined ? [] : [tls.certificate, tls.key, ...(tls.authority === undefined ? [] : [tls.authority])];
  if (user !== undefined) giveUpRoot(user, files, log);
  const stop = () => void server.close().then(() => process.exit(0));
  process.on('SIGHUP', () => server.reloadCertificates());
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) process.stderr.write(`sip-server: ${error.message}\n${usage}\n`);
  else if (error instanceof SipServerStartError) process.stderr.write(`sip-server: ${error.message}\n`);
  else throw error;
  process.exit(2);
});
