import { parsePrefix } from './address.js';
import { countryOf, emergencyDigits, universalEmergencyNumber } from './country.js';
import { checkLines } from './line-checks.js';
import { overTls } from './network-kinds.js';
import { matchesPattern, type NumberPattern, overlap, parseNumberPattern } from './number-pattern.js';
import type { Configuration } from './schema.js';
import { nearest } from './suggestion.js';

export interface Finding {
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

interface Findings {
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type Note = (path: string, reason: string, remedy: string) => void;

/** Checks what no single value shows: references, clashes, and bounds that depend on each other. */
export function crossCheck(c: Configuration): Findings {
  const faults: Finding[] = [];
  const warnings: Finding[] = [];
  const fault: Note = (path, reason, remedy) => faults.push({ path, reason, remedy });
  const warn: Note = (path, reason, remedy) => warnings.push({ path, reason, remedy });
  checkListeners(c, fault, warn);
  checkTls(c, fault);
  checkTimes(c, fault, warn);
  checkTrunks(c, fault, warn);
  checkPatterns(c, fault, warn);
  checkSites(c, fault);
  checkEmergency(c, fault, warn);
  checkSite(c, warn);
  checkMedia(c, fault, warn);
  checkLines(c, fault, warn);
  return { faults, warnings };
}

function checkListeners(c: Configuration, fault: Note, warn: Note): void {
  const { listen, control } = c.sip;
  for (const [i, a] of listen.entries()) {
    const earlier = listen
      .slice(0, i)
      .findIndex((b) => (b.transport === 'udp') === (a.transport === 'udp') && clash(a, b));
    if (earlier >= 0) {
      const reason = `${a.transport} port ${a.port} is already taken by sip.listen[${earlier}]`;
      fault(`sip.listen[${i}]`, reason, 'use another port or address');
    }
  }
  const onTcp = [
    ...listen.flatMap((l, i) =>
      l.transport !== 'udp' ? [{ path: `sip.listen[${i}]`, host: l.host, port: l.port }] : [],
    ),
    { path: 'sip.control', ...control },
  ];
  if (onTcp.length > 1 && onTcp.slice(0, -1).some((l) => clash(l, control))) {
    fault('sip.control', `TCP port ${control.port} is already taken by a SIP listener`, 'use another port');
  }
  const taken = onTcp.find((l) => clash(l, { host: c.web.address, port: c.web.port }));
  if (taken !== undefined)
    fault('web.port', `TCP port ${c.web.port} is already taken by ${taken.path}`, 'use another port');
  if (!isLoopback(control.host)) {
    warn('sip.control', 'the control port can be reached from outside this box', 'use 127.0.0.1');
  }
  if (!isLoopback(c.web.address)) {
    warn('web.address', 'the page has no sign-in, and anybody who reaches it may force a mode', 'use 127.0.0.1');
  }
}

function checkTls(c: Configuration, fault: Note): void {
  const { listen, tls } = c.sip;
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    fault('sip.tls', 'certificate and key belong together', 'write both, or neither');
  }
  for (const [i, { transport }] of listen.entries()) {
    if ((transport !== 'tls' && transport !== 'wss') || tls.certificate !== undefined) continue;
    fault(`sip.listen[${i}]`, `${transport} needs a certificate`, 'write sip.tls.certificate and sip.tls.key');
  }
  const servers = [
    ...c.centre.targets.map((uri, i) => ({ path: `centre.targets[${i}]`, uri })),
    ...c.trunks.flatMap(({ uri }, i) => (uri === undefined ? [] : [{ path: `trunks[${i}].uri`, uri }])),
  ];
  if (listen.some(({ transport }) => transport === 'tls')) return;
  for (const { path, uri } of servers) {
    if (overTls(uri)) fault(path, 'no listener speaks TLS', 'add one to sip.listen, e.g. tls/0.0.0.0:5061');
  }
}

function clash(a: { host: string; port: number }, b: { host: string; port: number }): boolean {
  if (a.port !== b.port) return false;
  // Our IPv6 sockets take IPv6 alone, so the two families never meet.
  return a.host === b.host || (a.host.includes(':') === b.host.includes(':') && (isAny(a.host) || isAny(b.host)));
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host === 'localhost';
}

function checkTimes(c: Configuration, fault: Note, warn: Note): void {
  const { wan, survivability, phones } = c;
  if (wan.timeoutFloorMs > wan.timeoutCeilingMs) {
    fault(
      'wan.timeoutFloorMs',
      `it is longer than timeoutCeilingMs, ${wan.timeoutCeilingMs}`,
      'lower it, or raise timeoutCeilingMs',
    );
  }
  if (survivability.holdDownSeconds > survivability.holdDownMaxSeconds) {
    const reason = `it is longer than holdDownMaxSeconds, ${survivability.holdDownMaxSeconds}`;
    fault('survivability.holdDownSeconds', reason, 'lower it, or raise holdDownMaxSeconds');
  }
  if (phones.minExpiresSeconds > phones.expiresSeconds) {
    const reason = `it is longer than expiresSeconds, ${phones.expiresSeconds}`;
    fault('phones.minExpiresSeconds', reason, 'lower it, or raise expiresSeconds');
  }
  if (c.centre.expiresSeconds < phones.expiresSeconds) {
    const reason = `the centre would forget phones that are still registered here for ${phones.expiresSeconds} s`;
    warn('centre.expiresSeconds', reason, `use at least ${phones.expiresSeconds}`);
  }
  if (wan.retryMs > wan.probeIntervalMs) {
    warn('wan.retryMs', 'a suspected centre is probed more rarely than a healthy one', 'lower it');
  }
}

function checkTrunks(c: Configuration, fault: Note, warn: Note): void {
  for (const [i, trunk] of c.trunks.entries()) {
    if ((trunk.username === undefined) !== (trunk.password === undefined)) {
      const missing = trunk.username === undefined ? 'username' : 'password';
      fault(
        `trunks[${i}]`,
        `it has no ${missing}, and the other alone cannot answer a challenge`,
        `write ${missing} too`,
      );
    }
    if (trunk.callerId === 'mainNumber' && c.site.mainNumber === undefined) {
      fault(`trunks[${i}].callerId`, 'the site has no main number', 'write site.mainNumber');
    }
    const uri = trunk.uri?.toLowerCase();
    const same = c.trunks.slice(0, i).findIndex((t) => uri !== undefined && t.uri?.toLowerCase() === uri);
    if (same >= 0) {
      const reason = `trunks[${same}] has the same address: calls from it cannot be told apart`;
      warn(`trunks[${i}].uri`, reason, 'check the addresses');
    }
  }
  if (c.trunks.length === 0) {
    warn('trunks', 'there is no trunk: in an outage nobody can call outside, not even for help', 'add a trunk');
  }
}

function checkPatterns(c: Configuration, fault: Note, warn: Note): void {
  const seen: { readonly path: string; readonly pattern: NumberPattern }[] = [];
  for (const [i, entry] of c.dialPlan.patterns.entries()) {
    const path = `dialPlan.patterns[${i}]`;
    const pattern = parseNumberPattern(entry.pattern);
    if (!pattern.ok) continue;
    checkTrunkNames(c, entry.trunks ?? [], path, fault);
    if (entry.strip > pattern.value.places.length + (pattern.value.tail === 'none' ? 0 : 1)) {
      const reason = `${entry.strip} digits are removed, but the pattern may match only ${pattern.value.places.length}`;
      fault(`${path}.strip`, reason, 'remove fewer digits');
    }
    if (entry.pattern.startsWith('+') && (entry.strip > 0 || entry.prepend !== '')) {
      const reason = 'a pattern of numbers in international form does not rewrite them';
      fault(path, reason, 'remove strip and prepend; the trunk’s numberFormat says how numbers are sent');
    }
    if (entry.action === 'refuse' && (entry.trunks !== undefined || entry.strip > 0 || entry.prepend !== '')) {
      warn(path, 'the call is refused, so its other settings have no effect', 'remove them');
    }
    const twin = seen.find(
      (s) => s.pattern.places.join() === pattern.value.places.join() && s.pattern.tail === pattern.value.tail,
    );
    if (twin !== undefined)
      fault(`${path}.pattern`, `it matches the same numbers as ${twin.path}`, 'remove one of them');
    seen.push({ path, pattern: pattern.value });
  }
}

function checkTrunkNames(c: Configuration, names: readonly string[], path: string, fault: Note): void {
  const known = c.trunks.map((t) => t.name);
  for (const [i, name] of names.entries()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const list = known.length === 0 ? 'add it under trunks' : `the trunks are: ${known.join(', ')}`;
    fault(`${path}.trunks[${i}]`, `there is no trunk "${name}"`, near === undefined ? list : `did you mean "${near}"?`);
  }
}

function checkSites(c: Configuration, fault: Note): void {
  const seen: { readonly path: string; readonly pattern: NumberPattern }[] = [];
  for (const [i, site] of c.dialPlan.sites.entries()) {
    const path = `dialPlan.sites[${i}]`;
    const pattern = parseNumberPattern(site.extensions);
    if (!pattern.ok) continue;
    const length = pattern.value.places.length;
    const kept = site.keepDigits ?? length;
    if (kept > length) fault(`${path}.keepDigits`, `an extension there has ${length} digits`, `keep at most ${length}`);
    const didDigits = site.didPrefix.length - 1 + Math.min(kept, length);
    if (didDigits < 7 || didDigits > 15) {
      fault(`${path}.didPrefix`, `direct numbers would have ${didDigits} digits`, 'E.164 numbers have 7 to 15');
    }
    const other = seen.find((s) => overlap(s.pattern, pattern.value));
    if (other !== undefined) {
      fault(`${path}.extensions`, `some extensions also belong to ${other.path}`, 'give each site its own range');
    }
    seen.push({ path, pattern: pattern.value });
  }
}

function checkEmergency(c: Configuration, fault: Note, warn: Note): void {
  const prefix = c.dialPlan.outsidePrefix;
  const numbers = emergencyDigits(c);
  const dialled = [...new Set([...numbers, ...(prefix === '' ? [] : numbers.map((n) => prefix + n))])];
  for (const [i, entry] of c.dialPlan.patterns.entries()) {
    const pattern = parseNumberPattern(entry.pattern);
    if (!pattern.ok) continue;
    const taken = dialled.find((d) => matchesPattern(pattern.value, d) || matchesPattern(pattern.value, `+${d}`));
    if (taken === undefined) continue;
    const exact = pattern.value.tail === 'none' && pattern.value.places.every((p) => p.length === 1);
    const reason = `it matches the emergency number ${taken}, which no dial plan can change`;
    if (exact || entry.action === 'refuse')
      fault(`dialPlan.patterns[${i}].pattern`, reason, 'remove or narrow the pattern');
    else warn(`dialPlan.patterns[${i}].pattern`, reason, 'this is harmless: the emergency number still wins');
  }
  for (const [i, site] of c.dialPlan.sites.entries()) {
    const pattern = parseNumberPattern(site.extensions);
    const taken = pattern.ok ? dialled.find((d) => matchesPattern(pattern.value, d)) : undefined;
    if (taken === undefined) continue;
    const reason = `extension ${taken} could never be called: it is an emergency number`;
    fault(`dialPlan.sites[${i}].extensions`, reason, 'narrow the range, e.g. with sets such as [0-8]');
  }
  const fallback = c.dialPlan.defaultExtension;
  if (fallback !== undefined && dialled.includes(fallback)) {
    fault('dialPlan.defaultExtension', `${fallback} is an emergency number`, 'use another extension');
  }
  if (prefix !== '' && numbers.includes(prefix)) {
    fault('dialPlan.outsidePrefix', `${prefix} is an emergency number`, 'use another prefix');
  }
  for (const [i, number] of c.emergency.numbers.entries()) {
    const builtIn = countryOf(c.site.countryCode).emergency.includes(number) || number === universalEmergencyNumber;
    if (builtIn) warn(`emergency.numbers[${i}]`, `${number} is built in`, 'remove it');
  }
  if (c.site.mainNumber === undefined && c.trunks.length > 0) {
    const reason = 'emergency services cannot call back a caller who has no direct number';
    warn('site', reason, 'write site.mainNumber');
  }
}

function checkSite(c: Configuration, warn: Note): void {
  const { mainNumber, countryCode } = c.site;
  if (mainNumber !== undefined && !mainNumber.startsWith(`+${countryCode}`)) {
    warn('site.mainNumber', `it is not a number of the country +${countryCode}`, 'check site.countryCode');
  }
  const extension = c.dialPlan.defaultExtension;
  if (extension !== undefined && extension.length !== c.site.extensionDigits) {
    const reason = `it does not have ${c.site.extensionDigits} digits, as extensions here do`;
    warn('dialPlan.defaultExtension', reason, 'check site.extensionDigits');
  }
  for (const [i, network] of c.phones.networks.entries()) {
    if (parsePrefix(network)?.length === 0) {
      const reason = 'anybody on the Internet who reaches this box may place emergency calls through it';
      warn(`phones.networks[${i}]`, reason, 'list the networks of the phones');
    }
  }
}

function checkMedia({ media, sip }: Configuration, fault: Note, warn: Note): void {
  if (media.packetMs % 10 !== 0) fault('media.packetMs', 'it is no multiple of 10', 'write 10, 20, 30, 40, 50 or 60');
  if (media.jitter.minMs > media.jitter.maxMs) {
    fault('media.jitter.minMs', `it is longer than maxMs, ${media.jitter.maxMs}`, 'lower it, or raise maxMs');
  }
  const taken = sip.listen.findIndex(
    ({ transport, port }) => transport === 'udp' && port >= media.ports.first && port <= media.ports.last,
  );
  if (taken >= 0) fault('media.ports', `sip.listen[${taken}] is among them`, 'use other ports');
  for (const name of ['phones', 'centre', 'trunks'] as const) {
    const { secure, srtp, ice } = media[name];
    if (secure && srtp === 'never' && media.secureSideNeverPlain) {
      fault(`media.${name}.srtp`, 'the secure side is never plain, so no call could pass', 'write required');
    }
    if (ice === 'full' && media.stun.length === 0 && media.turn.length === 0) {
      warn(`media.${name}.ice`, 'without a server for STUN or TURN it finds no more than lite', 'write media.stun');
    }
    if (media.path === 'direct' && (secure || srtp === 'required')) {
      const reason = 'on the direct path this box does not see what the ends agree on';
      fault(`media.${name}`, reason, 'use the anchored path, or remove secure and srtp');
    }
  }
}
