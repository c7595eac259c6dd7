import { schema } from './schema.js';
import type { JsonSchema } from './shape.js';

/** The schema for editors that check YAML while one types (JSON Schema 2020-12). */
export function jsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of a Holdfast branch',
    ...schema.jsonSchema(),
  };
}
