import type { Result } from '../base/index.js';
import type { LegQuality } from '../call/index.js';
import type { PortFault, PortId, Source } from '../media/index.js';

/** A leg's way to the sound of its line: a port of its own ({@link LinePort}), or a share of its telephone's. */
export interface VoicePath {
  readonly law: 'u' | 'a';
  /** Opened when it is first needed; the same port afterwards. A fault: the line has no samples, or nobody to make sound of them. */
  open(): Result<PortId, PortFault>;
  /** What the line hears. Kept until the path is open; without effect once it is closed. */
  hear(source: Source): void;
  /** 0-9 A-D * #, as DTMF. */
  digit(digit: string, durationMs: number): void;
  /** Idempotent. */
  close(): void;
  /** Once it is closed; soon. */
  quality(): Promise<LegQuality | undefined>;
}
