import { emergencyDigits } from './country.js';
import { channelsOf, splitChannel } from './line-kinds.js';
import { callSlots, dChannelSlot, spanSettings } from './line-plan.js';
import type { Configuration, LineSpanSettings } from './schema.js';

type Note = (path: string, reason: string, remedy: string) => void;

/** What a channel is called for, by its id: who names it, and how it signals. */
type Named = Map<string, { readonly path: string; readonly signalling: string }>;

/** Checks spans, telephones, exchange lines, and the trunks that are made of channels. */
export function checkLines(c: Configuration, fault: Note, warn: Note): void {
  const { lines, media } = c;
  const used = lines.spans.length + lines.telephones.length + lines.officeLines.length > 0;
  const overLines = c.trunks.findIndex(({ channels }) => channels !== undefined);
  if (lines.cards === 'none' && (used || overLines >= 0)) {
    const path = used ? 'lines' : `trunks[${overLines}].channels`;
    warn(path, 'no line cards are used, so no call can pass them', 'write lines.cards');
  }
  if (lines.cards !== 'none' && media.path === 'direct') {
    fault('media.path', 'lines have their sound in the media engine', 'write anchored');
  }
  for (const [i, span] of lines.spans.entries()) checkSpan(span, `lines.spans[${i}]`, fault, warn);
  checkTiming(c, warn);
  checkGroups(c, fault);
  const jacks = checkJacks(c, fault, warn);
  checkTrunkChannels(c, jacks, fault, warn);
  checkExchanges(c, fault);
  checkFlash(c, fault);
  checkFeatureCodes(c, fault);
}

function checkFlash({ lines }: Configuration, fault: Note): void {
  const each = [
    { path: 'lines', ...lines },
    ...lines.telephones.map((telephone, i) => ({ path: `lines.telephones[${i}]`, ...telephone })),
  ];
  for (const { path, flashMinMs = lines.flashMinMs, flashMaxMs = lines.flashMaxMs } of each) {
    if (flashMinMs === undefined || flashMaxMs === undefined || flashMinMs < flashMaxMs) continue;
    fault(`${path}.flashMaxMs`, `a flash is ${flashMinMs} ms long at least`, 'write more than flashMinMs');
  }
}

/** A code that is the beginning of another could only be told from it by waiting; and nobody in need may be misled by one. */
function checkFeatureCodes(c: Configuration, fault: Note): void {
  const codes = Object.entries(c.lines.featureCodes).filter(([, code]) => code !== '');
  const help = emergencyDigits(c);
  for (const [name, code] of codes) {
    const path = `lines.featureCodes.${name}`;
    const [other, longer] = codes.find(([each, one]) => each !== name && one.startsWith(code)) ?? [];
    if (longer === code && other !== undefined && name < other) continue;
    if (longer !== undefined) fault(path, `${longer}, which is ${other}, begins like it`, 'use another code');
    const digits = code.replace(/[*#]/g, '');
    if (help.includes(digits)) fault(path, `${digits} is an emergency number`, 'use another code');
  }
}

/** PBXs whose users may call out through this box. */
function checkExchanges({ trunks, classesOfRestriction }: Configuration, fault: Note): void {
  for (const [i, { classOfRestriction: wanted }] of trunks.entries()) {
    if (wanted === undefined || classesOfRestriction.some(({ name }) => name === wanted)) continue;
    fault(`trunks[${i}].classOfRestriction`, `there is no class "${wanted}"`, 'define it in classesOfRestriction');
  }
}

function checkSpan(span: LineSpanSettings, path: string, fault: Note, warn: Note): void {
  const { framing, coding } = spanSettings(span);
  const t1 = span.kind === 't1';
  const [last, kind] = t1 ? [24, 'a T1'] : [31, 'an E1'];
  if ((framing === 'esf' || framing === 'd4') !== t1) {
    fault(`${path}.framing`, `${framing} is not a framing of ${kind}`, `write ${t1 ? 'esf or d4' : 'ccs or cas'}`);
  }
  if (coding === 'b8zs' ? !t1 : coding === 'hdb3' && t1) {
    fault(`${path}.coding`, `${coding} is not a coding of ${kind}`, `write ${t1 ? 'b8zs or ami' : 'hdb3 or ami'}`);
  }
  if (coding === 'ami' && t1 && span.signalling === 'pri') {
    warn(`${path}.coding`, 'with ami a D-channel may lack the ones that keep the clock', 'use b8zs if the line can');
  }
  const dChannel = dChannelSlot(span);
  if (dChannel !== undefined && dChannel > last) {
    fault(`${path}.dChannel`, `${kind} has ${last} time slots`, `write 1 to ${last}`);
  }
  for (const [i, slots] of (span.channels ?? []).entries()) {
    if (slots.last > last) fault(`${path}.channels[${i}]`, `${kind} has ${last} time slots`, `end at ${last}`);
    if (dChannel !== undefined && slots.first <= dChannel && dChannel <= slots.last) {
      fault(`${path}.channels[${i}]`, `time slot ${dChannel} is the D-channel`, 'leave it out');
    }
  }
  if (!t1 && framing === 'cas' && dChannel === 16) {
    fault(`${path}.framing`, 'time slot 16 is the D-channel, and cas takes it for signalling bits', 'write ccs');
  }
  if (!t1 && framing === 'ccs' && !['pri', 'clear'].includes(span.signalling)) {
    fault(`${path}.framing`, `${span.signalling} needs the signalling bits of time slot 16`, 'write cas');
  }
  if (span.signalling !== 'pri' && (span.dChannel !== undefined || span.group !== undefined)) {
    const name = span.dChannel === undefined ? 'group' : 'dChannel';
    fault(`${path}.${name}`, `${span.signalling} has no D-channel`, `remove it, or write signalling: pri`);
  }
  if (span.switchType === 'euroisdn' || span.switchType === 'qsig' || !span.serviceMessages) return;
  if (t1) return;
  warn(`${path}.serviceMessages`, 'no switch on an E1 knows them', 'remove it');
}

function checkTiming({ lines }: Configuration, warn: Note): void {
  for (const [i, { timing }] of lines.spans.entries()) {
    const earlier = lines.spans.slice(0, i).findIndex((span) => timing > 0 && span.timing === timing);
    if (earlier < 0) continue;
    warn(`lines.spans[${i}].timing`, `lines.spans[${earlier}] is the same source of the clock`, 'give each its place');
  }
}

/** NFAS: one primary, at most one backup, and nothing that differs but their interfaces. */
function checkGroups({ lines }: Configuration, fault: Note): void {
  const spans = lines.spans.map((span, i) => ({ span, path: `lines.spans[${i}]` }));
  const groups = new Set(lines.spans.flatMap(({ group, signalling }) => (signalling === 'pri' ? (group ?? []) : [])));
  for (const group of groups) {
    const members = spans.filter(({ span }) => span.group === group && span.signalling === 'pri');
    const [first] = members;
    if (first === undefined) continue;
    const alone = spans.find(({ span }) => span.group === undefined && span.span === group);
    if (alone !== undefined) fault(`${first.path}.group`, `${alone.path} is a span of that name`, 'use another name');
    if (first.span.kind === 'e1') fault(`${first.path}.group`, 'only T1 spans share a D-channel', 'remove it');
    const [primaries, backups] = (['primary', 'backup'] as const).map((role) =>
      members.filter(({ span }) => span.groupRole === role),
    );
    const [, second] = primaries ?? [];
    if (primaries?.length === 0)
      fault(`${first.path}.groupRole`, `the group ${group} has no primary`, 'write primary at one span');
    if (second !== undefined)
      fault(`${second.path}.groupRole`, `the group ${group} has a primary already`, 'write backup or none');
    if (backups?.[1] !== undefined)
      fault(`${backups[1].path}.groupRole`, `the group ${group} has a backup already`, 'write none');
    for (const [i, { span, path }] of members.entries()) {
      const twin = members.slice(0, i).find((other) => other.span.interface === span.interface);
      if (twin !== undefined)
        fault(`${path}.interface`, `${twin.path} has the same number in the group`, 'give each span its own');
      for (const name of ['kind', 'switchType', 'side'] as const) {
        if (span[name] !== first.span[name])
          fault(`${path}.${name}`, `${first.path} of the same group has ${first.span[name]}`, 'write the same');
      }
    }
  }
}

/** Telephones and exchange lines: on a span only where it signals as they do. */
function checkJacks({ lines, dialPlan }: Configuration, fault: Note, warn: Note): Named {
  const named: Named = new Map();
  const rows = [
    ...lines.telephones.map((each, i) => ({ ...each, path: `lines.telephones[${i}]` })),
    ...lines.officeLines.map((each, i) => ({ ...each, path: `lines.officeLines[${i}]` })),
  ];
  for (const { channel, signalling, path } of rows) {
    const other = named.get(channel);
    if (other !== undefined) fault(`${path}.channel`, `${other.path} is on it already`, 'use another channel');
    named.set(channel, { path, signalling });
    const { span: name, slot } = splitChannel(channel);
    const at = lines.spans.findIndex((each) => each.span === name);
    const span = lines.spans[at];
    if (span === undefined) continue;
    if (span.signalling !== signalling) {
      const reason = `lines.spans[${at}] has ${span.signalling}, not ${signalling}`;
      fault(`${path}.signalling`, reason, 'write the same in both');
    } else if (!callSlots(span).includes(slot)) {
      fault(`${path}.channel`, `lines.spans[${at}] has no such time slot for calls`, 'check its channels');
    }
  }
  for (const [i, { use, hotline }] of lines.telephones.entries()) {
    if (use !== 'elevator' || hotline !== undefined) continue;
    warn(`lines.telephones[${i}]`, 'a telephone in an elevator has no keys', 'write the hotline that it calls');
  }
  for (const [i, { rings }] of lines.officeLines.entries()) {
    if (rings !== undefined || dialPlan.defaultExtension !== undefined) continue;
    warn(`lines.officeLines[${i}]`, 'nobody is rung by calls that arrive', 'write rings, or dialPlan.defaultExtension');
  }
  return named;
}

function checkTrunkChannels(c: Configuration, jacks: Named, fault: Note, warn: Note): void {
  const taken = new Map<string, string>();
  for (const [i, trunk] of c.trunks.entries()) {
    const path = `trunks[${i}]`;
    if ((trunk.uri === undefined) === (trunk.channels === undefined)) {
      const reason = trunk.uri === undefined ? 'it has neither uri nor channels' : 'it has both uri and channels';
      fault(path, reason, 'write uri for a SIP gateway, or channels for lines');
      continue;
    }
    if (trunk.channels === undefined) continue;
    if (trunk.username !== undefined) warn(`${path}.username`, 'lines ask for no password', 'remove it');
    const ids = channelsOf(trunk.channels);
    if (trunk.reserve >= ids.length) {
      fault(`${path}.reserve`, `the trunk has ${ids.length} channels`, 'reserve fewer than that');
    }
    const kinds = new Set<string>();
    for (const [at, range] of trunk.channels.entries()) {
      for (const id of channelsOf([range])) {
        const where = `${path}.channels[${at}]`;
        const other = taken.get(id);
        if (other !== undefined) fault(where, `${id} is in ${other} already`, 'let each channel be in one trunk');
        taken.set(id, where);
        const signalling = trunkSignalling(c, jacks, id);
        if (signalling.ok) kinds.add(signalling.kind);
        else fault(where, `${id} ${signalling.why}`, signalling.remedy);
      }
    }
    if (kinds.size > 1) {
      const reason = `its channels signal differently: ${[...kinds].join(', ')}`;
      fault(`${path}.channels`, reason, 'make a trunk of each kind, and name them in order');
    }
    if (kinds.has('cama') && trunk.direction === 'incoming') {
      fault(`${path}.direction`, 'trunks of the emergency services only go out', 'write outgoing');
    }
  }
}

type TrunkSignalling =
  | { readonly ok: true; readonly kind: string }
  | { readonly ok: false; readonly why: string; readonly remedy: string };

function trunkSignalling({ lines }: Configuration, jacks: Named, id: string): TrunkSignalling {
  const jack = jacks.get(id);
  if (jack?.path.startsWith('lines.telephones') === true) {
    return { ok: false, why: `is the telephone of ${jack.path}`, remedy: 'use channels of spans and exchange lines' };
  }
  if (jack !== undefined) return { ok: true, kind: 'fxo' };
  const { span: name, slot } = splitChannel(id);
  const span = lines.spans.find((each) => each.span === name);
  if (span === undefined)
    return {
      ok: false,
      why: 'is on no span that is listed, and no exchange line',
      remedy: 'add the span to lines.spans, or the line to lines.officeLines',
    };
  if (dChannelSlot(span) === slot) return { ok: false, why: 'is the D-channel', remedy: 'leave it out' };
  if (!callSlots(span).includes(slot))
    return {
      ok: false,
      why: 'carries no calls on its span',
      remedy: 'leave it out, or check the channels of the span',
    };
  if (span.signalling === 'clear' || span.signalling.startsWith('fxs-'))
    return {
      ok: false,
      why: `signals ${span.signalling}`,
      remedy: 'trunks are made of PRI, E&M, CAMA and exchange lines',
    };
  if (span.signalling.startsWith('fxo-'))
    return { ok: false, why: 'is no exchange line yet', remedy: 'add it to lines.officeLines' };
  return { ok: true, kind: span.signalling };
}
