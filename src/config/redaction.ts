import { type Configuration, schema } from './schema.js';
import type { Plain } from './shape.js';

/** A configuration as plain data that may be shown to anybody: secrets are `[secret]`. */
export function redacted(configuration: Configuration): Plain {
  return schema.plain(configuration, 'hidden');
}
