import type { Log } from '../../src/base/index.js';
import type { CallRecord, CallRecordStore } from '../../src/call/index.js';
import type { SerialLinesSettings } from '../../src/config/index.js';
import {
  deskCallOf,
  formatSmdr,
  MessageDesk,
  RecordPrinter,
  type RecordQueue,
  type TextLine,
  type WaitingVerdict,
} from '../../src/records/index.js';

export interface DeskLineSettings {
  readonly path: string;
  readonly speed: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly flowControl: boolean;
}

/** A serial line that is opened by `start`, and again whenever it breaks. */
export interface DeskLine extends TextLine {
  readonly start: () => void;
  readonly stop: () => void;
}

export interface SerialDesksOptions {
  readonly settings: SerialLinesSettings;
  readonly records: CallRecordStore;
  readonly waiting: RecordQueue & { readonly append: (text: string) => Promise<void> };
  readonly lineTo: (settings: DeskLineSettings, log: Log) => DeskLine;
  readonly extensionOf: (username: string) => string | undefined;
  readonly usernameOf: (extension: string) => string | undefined;
  /** Whether a step of a call leads out of the branch. */
  readonly isOutside: (step: string) => boolean;
  /** False where the user has nothing that could show it; absent: nobody has. */
  readonly showMessageWaiting?: (username: string, on: boolean) => boolean;
  readonly log: Log;
}

export interface SerialDesks {
  /** Where calls go, instead of the store alone. */
  readonly records: CallRecordStore;
  readonly stop: () => void;
}

/** So many calls at a time are remembered as told: more than a branch has. */
const toldMost = 10_000;

/** Call accounting and the message desk on their serial lines, as configured. */
export function startSerialDesks(options: SerialDesksOptions): SerialDesks {
  const { settings, records } = options;
  const accounting = settings.smdr.device === undefined ? undefined : startAccounting(options, settings.smdr.device);
  const desk = settings.smdi.device === undefined ? undefined : startDesk(options, settings.smdi.device);
  return {
    records: {
      open(record) {
        desk?.tell(record);
        return records.open(record);
      },
      async close(record) {
        desk?.forget(record);
        // Both in one batch: no record is on disk without its line.
        await Promise.all([records.close(record), accounting?.append(record)]);
        accounting?.wake();
      },
    },
    stop() {
      accounting?.stop();
      desk?.stop();
    },
  };
}

function startAccounting(options: SerialDesksOptions, path: string) {
  const { settings, waiting, lineTo, isOutside } = options;
  const log = options.log.child({ part: 'smdr' });
  const line = lineTo(lineSettings(path, settings.smdr), log);
  const printer = new RecordPrinter(waiting, line, log);
  line.start();
  const place = { isOutside, offsetMinutes: (wallMs: number) => -new Date(wallMs).getTimezoneOffset() };
  return {
    append: (record: CallRecord) => waiting.append(formatSmdr(record, settings.smdr.format, place)),
    wake: () => printer.wake(),
    stop() {
      printer.stop();
      line.stop();
    },
  };
}

function startDesk(options: SerialDesksOptions, path: string) {
  const { settings, extensionOf, lineTo } = options;
  const { desk: number, terminals } = settings.smdi;
  const log = options.log.child({ part: 'smdi' });
  const line = lineTo(lineSettings(path, settings.smdi), log);
  const desk = new MessageDesk({ line, log, showWaiting: (extension, on) => showWaiting(options, extension, on) });
  line.start();
  const told = new Set<string>();
  return {
    /** Once, when it is answered: the record is written again whenever the call changes. */
    tell(record: CallRecord) {
      if (told.has(record.id)) return;
      if (told.size < toldMost) told.add(record.id);
      const call = deskCallOf(record, { desk: number, terminals, numberOf: extensionOf });
      if (call !== undefined) desk.tell(call);
    },
    forget: (record: CallRecord) => told.delete(record.id),
    stop: () => line.stop(),
  };
}

function showWaiting(options: SerialDesksOptions, extension: string, on: boolean): WaitingVerdict {
  const username = options.usernameOf(extension);
  if (username === undefined) return 'invalid';
  return options.showMessageWaiting?.(username, on) === true ? 'done' : 'blocked';
}

function lineSettings(
  path: string,
  { speed, bits, flowControl }: Pick<SerialLinesSettings['smdr'], 'speed' | 'bits' | 'flowControl'>,
): DeskLineSettings {
  const parity = bits[1] === 'E' ? 'even' : bits[1] === 'O' ? 'odd' : 'none';
  return { path, speed, dataBits: bits[0] === '7' ? 7 : 8, parity, flowControl };
}
