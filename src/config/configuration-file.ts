import { LineCounter, parseDocument, visit } from 'yaml';
import { crossCheck } from './cross-checks.js';
import { isSection } from './field.js';
import { type ConfigurationFault, Reading } from './reading.js';
import { type Configuration, schema } from './schema.js';

/** A `Result` that brings warnings along: things that are allowed and yet look like mistakes. */
export type ParsedConfiguration =
  | { readonly ok: true; readonly value: Configuration; readonly warnings: readonly ConfigurationFault[] }
  | {
      readonly ok: false;
      readonly error: readonly ConfigurationFault[];
      readonly warnings: readonly ConfigurationFault[];
    };

/** A branch's file is a few kilobytes; a megabyte is another file. */
const longestFile = 1024 * 1024;

/**
 * Reads a configuration file. A file with any fault is refused as a whole, with all of its faults.
 *
 * @param fileName for messages only.
 */
export function parseConfiguration(text: string, fileName: string): ParsedConfiguration {
  const lines = new LineCounter();
  const reading = new Reading(fileName, lines, knownPaths());
  if (text.length > longestFile) {
    reading.faultAt('', 0, 'the file is larger than 1 MB', 'check that this is the configuration');
    return refused(reading);
  }
  // The failsafe schema keeps every scalar as it was written: +1415… and 0101 are numbers to dial, not integers.
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  for (const fault of [...document.errors, ...document.warnings]) {
    reading.faultAt(
      '',
      fault.pos[0],
      `this is not YAML: ${fault.message}`,
      'check indentation, colons and quotes here',
    );
  }
  visit(document, {
    Alias: (_, node) => {
      reading.faultAt('', node.range?.[0] ?? 0, 'aliases (*name) are not understood here', 'write the value itself');
    },
  });
  if (reading.faults.length > 0) return refused(reading);
  const value = schema.read(document.contents ?? undefined, '', reading);
  if (value === undefined || reading.faults.length > 0) return refused(reading);
  const { faults, warnings } = crossCheck(value);
  const placed = warnings.map((w) => reading.at(w.path, w.reason, w.remedy));
  if (faults.length === 0) return { ok: true, value, warnings: placed };
  return { ok: false, error: faults.map((f) => reading.at(f.path, f.reason, f.remedy)), warnings: placed };
}

function refused(reading: Reading): ParsedConfiguration {
  return { ok: false, error: reading.faults, warnings: [] };
}

function knownPaths(): readonly string[] {
  return Object.entries(schema.fields).flatMap(([name, { shape }]) =>
    isSection(shape) ? Object.keys(shape.fields).map((key) => `${name}.${key}`) : [],
  );
}
