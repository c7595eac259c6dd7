import type { LabCommand } from '../io/index.js';

type Fields = Readonly<Record<string, unknown>>;

/** `POST /NAME` with a JSON object; undefined when it is none of the commands. */
export function parseLabCommand(name: string, text: string): LabCommand | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text === '' ? '{}' : text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const fields: Fields = { ...body };
  return name.startsWith('line-') ? ofLines(name, fields) : ofSip(name, fields);
}

function ofSip(name: string, fields: Fields): LabCommand | undefined {
  const { up, from, to, id, on, extension, wrongPassword } = fields;
  if (name === 'wan' && typeof up === 'boolean') return { name, up };
  if (name === 'call' && typeof from === 'string' && typeof to === 'string') return { name, from, to };
  if (name === 'hangup') return typeof id === 'string' ? { name, id } : { name };
  if (name === 'hold' && typeof id === 'string' && typeof on === 'boolean') return { name, id, on };
  if (name === 'transfer' && typeof id === 'string' && typeof to === 'string') return { name, id, to };
  if (name === 'restart-phone' && typeof extension === 'string') {
    return { name, extension, wrongPassword: wrongPassword === true };
  }
  return undefined;
}

function ofLines(name: string, fields: Fields): LabCommand | undefined {
  const { extension, digits, by, to, caller, slot, alarm, on, lost, card, plugged } = fields;
  switch (name) {
    case 'line-lift':
    case 'line-hang-up':
    case 'line-flash':
      return typeof extension === 'string' ? { name, extension } : undefined;
    case 'line-dial':
      if (typeof extension !== 'string' || typeof digits !== 'string') return undefined;
      return by === 'tone' || by === 'pulse' ? { name, extension, digits, by } : undefined;
    case 'line-call-in':
      if (typeof to !== 'string') return undefined;
      return caller === 'shown' || caller === 'withheld' || caller === 'redirected' ? { name, to, caller } : undefined;
    case 'line-far-hang-up':
      return typeof slot === 'number' ? { name, slot } : undefined;
    case 'line-alarm':
      if (typeof on !== 'boolean') return undefined;
      return alarm === 'red' || alarm === 'yellow' || alarm === 'blue' ? { name, alarm, on } : undefined;
    case 'line-d-channel':
      return typeof lost === 'boolean' ? { name, lost } : undefined;
    case 'line-plug':
      if (typeof plugged !== 'boolean') return undefined;
      return card === 'analog' || card === 't1' ? { name, card, plugged } : undefined;
    default:
      return undefined;
  }
}
