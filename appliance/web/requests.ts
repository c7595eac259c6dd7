import { err, ok, type Result } from '../../src/base/index.js';
import type { ServiceOrder } from '../../src/trunks/index.js';
import type { LabCommand } from '../io/index.js';
import type { ForcedMode } from './ports.js';

type Fields = Readonly<Record<string, unknown>>;

/** `{mode: 'survivable' | 'inline' | 'none'}`. */
export function parseForce(body: unknown): Result<ForcedMode, string> {
  const mode = fieldsOf(body).mode;
  if (mode === 'survivable' || mode === 'inline' || mode === 'none') return ok(mode);
  return err("mode must be 'survivable', 'inline' or 'none'");
}

/** `{channels: 'sim/1:1-4', out: boolean, now?: boolean}`. */
export function parseService(body: unknown): Result<ServiceOrder, string> {
  const { channels, out, now = false } = fieldsOf(body);
  if (typeof channels !== 'string' || channels.length > 1000) return err('channels must name some, e.g. sim/1:1-4');
  if (typeof out !== 'boolean' || typeof now !== 'boolean') return err('out and now must be true or false');
  return ok({ channels, out, now });
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
      return parseLineCommand(name, fields, text);
  }
}

function parseLineCommand(
  name: string,
  fields: Fields,
  text: (key: string) => string | undefined,
): Result<LabCommand, string> {
  switch (name) {
    case 'line-lift':
    case 'line-hang-up':
    case 'line-flash': {
      const extension = text('extension');
      return extension === undefined ? err('extension is needed') : ok({ name, extension });
    }
    case 'line-dial': {
      const { by } = fields;
      const extension = text('extension');
      const digits = text('digits');
      if (extension === undefined || digits === undefined) return err('extension and digits are needed');
      return by === 'tone' || by === 'pulse' ? ok({ name, extension, digits, by }) : err('by must be tone or pulse');
    }
    case 'line-call-in': {
      const { caller } = fields;
      const to = text('to');
      if (to === undefined) return err('to is needed');
      return caller === 'shown' || caller === 'withheld' || caller === 'redirected'
        ? ok({ name, to, caller })
        : err('caller must be shown, withheld or redirected');
    }
    case 'line-far-hang-up':
      return typeof fields.slot === 'number' ? ok({ name, slot: fields.slot }) : err('slot is needed');
    case 'line-alarm': {
      const { alarm, on } = fields;
      if (typeof on !== 'boolean') return err('on must be true or false');
      return alarm === 'red' || alarm === 'yellow' || alarm === 'blue'
        ? ok({ name, alarm, on })
        : err('alarm must be red, yellow or blue');
    }
    case 'line-d-channel':
      return typeof fields.lost === 'boolean' ? ok({ name, lost: fields.lost }) : err('lost must be true or false');
    case 'line-plug': {
      const { card, plugged } = fields;
      if (typeof plugged !== 'boolean') return err('plugged must be true or false');
      return card === 'analog' || card === 't1' ? ok({ name, card, plugged }) : err('card must be analog or t1');
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
