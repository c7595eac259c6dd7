import { err, ok, type Result } from '../../src/base/index.js';
import type { LabCommand } from './lab-state.js';
import type { ForcedMode } from './ports.js';

type Fields = Readonly<Record<string, unknown>>;

/** `{mode: 'survivable' | 'inline' | 'none'}`. */
export function parseForce(body: unknown): Result<ForcedMode, string> {
  const mode = fieldsOf(body).mode;
  if (mode === 'survivable' || mode === 'inline' || mode === 'none') return ok(mode);
  return err("mode must be 'survivable', 'inline' or 'none'");
}

/** The body of `POST /api/lab/NAME`. */
export function parseLabCommand(name: string, body: unknown): Result<LabCommand, string> {
  const fields = fieldsOf(body);
  const text = (key: string): string | undefined => {
    const value = fields[key];
    return typeof value === 'string' && value !== '' && value.length <= 64 ? value : undefined;
  };
  switch (name) {
    case 'wan':
      return typeof fields.up === 'boolean' ? ok({ name, up: fields.up }) : err('up must be true or false');
    case 'call': {
      const from = text('from');
      const to = text('to');
      return from === undefined || to === undefined ? err('from and to must be numbers') : ok({ name, from, to });
    }
    case 'hangup': {
      const id = text('id');
      return ok(id === undefined ? { name } : { name, id });
    }
    case 'hold': {
      const id = text('id');
      return id === undefined || typeof fields.on !== 'boolean'
        ? err('id and on are needed')
        : ok({ name, id, on: fields.on });
    }
    case 'transfer': {
      const id = text('id');
      const to = text('to');
      return id === undefined || to === undefined ? err('id and to are needed') : ok({ name, id, to });
    }
    case 'restart-phone': {
      const extension = text('extension');
      if (extension === undefined) return err('extension is needed');
      return ok({ name, extension, wrongPassword: fields.wrongPassword === true });
    }
    default:
      return err('the lab has no such command');
  }
}

/** A whole number of a query within [1, most], or `initial` when there is none. */
export function countOf(value: unknown, initial: number, most: number): number {
  const count = typeof value === 'string' ? Number.parseInt(value, 10) : Number.NaN;
  return Number.isNaN(count) ? initial : Math.min(Math.max(count, 1), most);
}

function fieldsOf(body: unknown): Fields {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}
