import assert from 'node:assert/strict';
import { type Configuration, type ConfigurationFault, parseConfiguration } from '../../../src/config/index.js';

/** The least that a file must say. */
export const least = `site: { name: Test }
centre: { domain: example.com, targets: ['sip:centre.example.com'] }
users: { file: users.yaml }
`;

/** The least, and `more`; a section in `more` must not be one of the three above. */
export function configurationOf(more = '', base = least): Configuration {
  const parsed = parseConfiguration(base + more, 'test.yaml');
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.error));
  return parsed.value;
}

export function faultsOf(text: string): readonly ConfigurationFault[] {
  const parsed = parseConfiguration(text, 'test.yaml');
  assert.ok(!parsed.ok, 'the file was accepted');
  return parsed.error;
}

export function warningsOf(text: string): readonly ConfigurationFault[] {
  return parseConfiguration(text, 'test.yaml').warnings;
}
