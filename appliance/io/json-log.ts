import type { Log, LogFields } from '../../src/base/index.js';

const levels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof levels)[number];

/** One JSON object a line on `write` (standard error by default): time, level, message, fields. */
export function jsonLog(
  least: LogLevel = 'info',
  fields: LogFields = {},
  write: (line: string) => void = (line) => {
    process.stderr.write(line);
  },
): Log {
  const at = (level: LogLevel) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return () => undefined;
    return (message: string, more?: LogFields) => {
      write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields, ...more }, printable)}\n`);
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => jsonLog(least, { ...fields, ...more }, write),
  };
}

function printable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  if (typeof value === 'bigint') return value.toString();
  return value;
}
