import { analogCountry } from '../analog/index.js';
import {
  type Configuration,
  channelsOf,
  countryOf,
  dChannelSettings,
  lineCountry,
  lineLaw,
  type OfficeLineSettings,
  spanSettings,
  spanUses,
  splitChannel,
  type TrunkSettings,
} from '../config/index.js';
import { tonesOf } from '../media/index.js';
import type {
  IsdnGroupSettings,
  LineTrunkSettingsOf,
  NumberRules,
  TrunkLinesSettings,
  TrunkMemberSettings,
} from '../trunks/index.js';
import { unchanged } from '../trunks/index.js';

/** Exchange lines that no trunk names: they take calls, and none goes out on them. */
export const unnamedLines = 'exchange-lines';

/** The configuration in the words of the trunks over lines; undefined where there are none. */
export function trunkLinesSettings(c: Configuration): TrunkLinesSettings | undefined {
  if (c.lines.cards === 'none') return undefined;
  const country = lineCountry(c);
  const named = c.trunks.flatMap((trunk) => trunkOf(c, trunk) ?? []);
  return {
    spans: new Map(c.lines.spans.map((span) => [span.span, spanSettings(span)])),
    echoTailMs: c.lines.echoTailMs,
    groups: groupsOf(c),
    trunks: [...named, ...unnamed(c, named)],
    country: analogCountry(country),
    tones: tonesOf(country),
    domain: c.centre.domain,
  };
}

function groupsOf({ lines }: Configuration): readonly IsdnGroupSettings[] {
  return dChannelSettings(lines).map((dChannel) => {
    const spans = lines.spans.filter(({ span, group }) => (group ?? span) === dChannel.name);
    return {
      dChannel,
      restarts: spans.some(({ restartChannels }) => restartChannels),
      serviceMessages: spans.some(({ serviceMessages }) => serviceMessages),
    };
  });
}

function trunkOf(c: Configuration, trunk: TrunkSettings): LineTrunkSettingsOf | undefined {
  if (trunk.channels === undefined) return undefined;
  const ids = channelsOf(trunk.channels);
  const { name, hunt, reserve, preempt, direction, emergencyOnly, receivedDigits } = trunk;
  return {
    ...{ name, hunt, reserve, preempt, direction, emergencyOnly },
    law: lineLaw(c, ids[0] ?? ''),
    numbers: numbersOf(c, trunk),
    members: ids.flatMap((id) => memberOf(c, trunk, id) ?? []),
    isdn: {
      presentation: trunk.presentation,
      callerName: trunk.callerName,
      redirecting: trunk.redirecting,
      bearer: trunk.bearer,
      overlap: trunk.overlapReceiving,
      hearsAnnouncements: trunk.announcements,
      transfers: trunk.networkTransfer,
    },
    ...(receivedDigits === undefined ? {} : { receivedDigits }),
  };
}

function numbersOf(c: Configuration, trunk?: TrunkSettings): NumberRules {
  const { site } = c;
  return {
    format: trunk?.numberFormat ?? 'asDialled',
    countryCode: site.countryCode,
    internationalPrefix: site.internationalPrefix ?? countryOf(site.countryCode).internationalPrefix,
    called: trunk === undefined ? unchanged : { strip: trunk.removeDigits, prepend: trunk.addDigits },
    calling: unchanged,
    calledHere:
      trunk === undefined ? unchanged : { strip: trunk.removeReceivedDigits, prepend: trunk.addReceivedDigits },
    callingHere: unchanged,
    type: trunk?.numberType ?? 'auto',
    plan: 'auto',
  };
}

function memberOf(c: Configuration, trunk: TrunkSettings, id: string): TrunkMemberSettings | undefined {
  const office = c.lines.officeLines.find(({ channel }) => channel === id);
  if (office !== undefined) return officeOf(c, office);
  const { span, slot } = splitChannel(id);
  const use = spanUses(c.lines).find((each) => each.span === span);
  const signalling = use?.slots.get(slot);
  if (signalling === 'bearer' && use?.isdn !== undefined) {
    const { dChannel, interface: number } = use.isdn;
    return { kind: 'isdn', channel: id, dChannel, at: { interface: number, slot } };
  }
  switch (signalling) {
    case 'em-immediate':
    case 'em-wink':
    case 'em-fgd':
    case 'cama':
      return {
        kind: 'tie',
        channel: id,
        line: {
          signalling,
          digits: trunk.digitSignals,
          onGlare: trunk.glare,
          cama: trunk.camaAreaCodes.length === 0 ? { kind: 'ten' } : { kind: 'npd', areaCodes: trunk.camaAreaCodes },
        },
      };
    default:
      return undefined;
  }
}

function officeOf(c: Configuration, line: OfficeLineSettings): TrunkMemberSettings {
  const { signalling, dialling, answerBy, disconnectByPolarity, dialWithoutTone, waitForCallerId } = line;
  return {
    kind: 'office',
    channel: line.channel,
    line: {
      ...{ signalling, dialling, answerBy, disconnectByPolarity, dialWithoutTone },
      pulseRate: line.pulsesPerSecond === '20' ? 20 : 10,
    },
    called: line.rings ?? line.number ?? c.site.mainNumber ?? c.dialPlan.defaultExtension ?? '',
    waitsForCallerId: waitForCallerId,
    gains: { gainInDb: line.receiveGainDb, gainOutDb: line.transmitGainDb },
  };
}

function unnamed(c: Configuration, trunks: readonly LineTrunkSettingsOf[]): readonly LineTrunkSettingsOf[] {
  const taken = new Set(trunks.flatMap(({ members }) => members.map(({ channel }) => channel)));
  const left = c.lines.officeLines.filter(({ channel }) => !taken.has(channel));
  if (left.length === 0) return [];
  return [
    {
      name: unnamedLines,
      hunt: 'lowest',
      reserve: 0,
      preempt: false,
      direction: 'incoming',
      emergencyOnly: false,
      law: lineLaw(c, left[0]?.channel ?? ''),
      numbers: numbersOf(c),
      members: left.map((line) => officeOf(c, line)),
      isdn: {
        presentation: 'asCaller',
        callerName: true,
        redirecting: false,
        bearer: 'speech',
        overlap: false,
        hearsAnnouncements: false,
        transfers: false,
      },
    },
  ];
}
