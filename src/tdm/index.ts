/**
 * The hardware contract: spans, channels, alarms, and what a line card sees and is told. Interfaces only, in the words that DAHDI's
 * drivers, a simulator and a recording have in common; and how the controller speaks to the process that owns the cards. Floor 2. Line cards (`hw/*`) know this folder and `src/base` alone.
 */
export type { AnalogSignalling, LineOrder, LineSignal } from '../analog/index.js';
export type { TdmPlace } from '../media/index.js';
export { type Alarm, noCounts, type SpanCounters } from './alarm.js';
export type { Channel, ChannelAbilities, ChannelSettings, LeftLine, LineEvent, Signalling } from './channel.js';
export type { DChannelInput, DChannelOutput } from './d-channel-input.js';
export type { DChannelEvent, DChannelPort, DChannelSettings, DChannels } from './d-channels.js';
export type { LineCommand } from './line-command.js';
export type { HardwareEvent, LineHardware } from './line-hardware.js';
export type { ChannelReport, LineReport } from './line-report.js';
export type { WorldCommand, WorldSlot, WorldSpan, WorldState, WorldTelephone } from './simulated-world.js';
export type { Span, SpanDescription, SpanEvent, SpanSettings } from './span.js';
