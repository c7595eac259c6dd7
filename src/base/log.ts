/** Values that a log line may carry beside its constant message. A `Secret` prints as `[secret]`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A constant message plus fields; where lines go is decided in `appliance`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with `fields` added to every line. */
  child(fields: LogFields): Log;
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child() {
    return silentLog;
  },
};
