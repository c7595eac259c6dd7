import type { Result } from '../../src/base/index.js';
import type { CallRecord } from '../../src/call/index.js';
import type { SpanUse } from '../../src/config/index.js';
import type { BChannel } from '../../src/isdn/index.js';
import type { MediaHealth, MediaTotals } from '../../src/media/index.js';
import type { LadderStep } from '../../src/sip/index.js';
import type { Channel, DChannelSettings, Span, SpanSettings } from '../../src/tdm/index.js';
import type { ServedChannel, ServiceAnswer, ServiceOrder } from '../../src/trunks/index.js';
import type { LabCommand, LabState, TracedFrame } from '../io/index.js';
import type { MetricFamily } from './metrics.js';
import type { BranchStatus, TimelineEntry } from './status.js';

export type ForcedMode = 'survivable' | 'inline' | 'none';

/** What the web needs of the branch. Every function answers from memory and at once, but `records`. */
export interface WebPorts {
  status(): BranchStatus;
  /** Calls `listener` after anything that `status` shows has changed; returns the way to stop. */
  onChange(listener: () => void): () => void;
  force(mode: ForcedMode, who: string): void;
  /** The newest `count` call records, newest first. */
  records(count: number): Promise<readonly CallRecord[]> | readonly CallRecord[];
  /** The newest `count` entries, in any order. */
  timeline(count: number): readonly TimelineEntry[];
  /** Families beside those that come from the status. */
  metrics?(): Promise<readonly MetricFamily[]> | readonly MetricFamily[];
  readonly signalling?: SignallingView;
  /** Absent where sound passes beside this box. */
  readonly media?: MediaView;
  /** Absent where there are no line cards. */
  readonly lines?: LinesView;
  readonly lab?: LabControl;
}

/** How the media engine is, and its figures. */
export interface MediaView {
  readonly health: MediaHealth;
  readonly totals: MediaTotals;
}

/** Line cards and D-channels, as the controller knows them. */
export interface LinesView {
  /** The process that owns the cards is there. */
  readonly up: boolean;
  readonly spans: readonly SpanView[];
  readonly dChannels: readonly DChannelView[];
  readonly unusable: readonly { readonly card: string; readonly lacks: string; readonly install: string }[];
  /** What the configuration makes of the spans. */
  readonly uses: readonly SpanUse[];
  /** Of trunks. */
  readonly channels: readonly ChannelView[];
  /** Out of service, or back; the error is for people. */
  serve(order: ServiceOrder, who: string): Promise<Result<ServiceAnswer, string>>;
  readonly traces: TracesView;
  /** Lines of a recording of a span; undefined: there is no such span, or it is recorded already. */
  record(
    span: string,
    recording: { readonly hear: (line: string) => void; readonly ended: () => void },
  ): (() => void) | undefined;
}

export type ChannelView = ServedChannel;

/** D-channels in words. */
export interface TracesView {
  /** `hear` is told the last frames that are kept, then those that come. Returns the way to stop. */
  watch(dChannel: string, hear: (frame: TracedFrame) => void): () => void;
}

export interface SpanView extends Pick<Span, 'description' | 'alarms' | 'counters'> {
  readonly settings: SpanSettings | undefined;
  /** Since when the alarms are these, or there is none. */
  readonly alarmsSinceWall: number;
  /** The box takes its clock from here. */
  readonly clockSource: boolean;
  readonly channels: readonly (Pick<Channel, 'number' | 'settings'> & { readonly offHook: boolean })[];
}

export interface DChannelView {
  readonly settings: DChannelSettings;
  readonly up: boolean;
  readonly sinceWall: number;
  /** Of calls that are not released. */
  readonly busy: readonly BChannel[];
}

/** What the SIP server tells about itself; undefined where it does not answer, or is none of ours. */
export interface SignallingView {
  statistics(): Promise<object | undefined>;
  /** The messages of these calls and of their other legs, or all that the trace holds. */
  steps(callIds: readonly string[]): Promise<readonly LadderStep[] | undefined>;
}

/** The lab branch, where there is one. */
export interface LabControl {
  /** Undefined as long as the lab has not answered. */
  state(): LabState | undefined;
  onChange(listener: () => void): () => void;
  /** Resolves when the lab has taken the command; `refused` says why it has not. */
  command(command: LabCommand): Promise<{ readonly done: true } | { readonly refused: string }>;
}
