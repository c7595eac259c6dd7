import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The torture messages of RFC 4475 lie beside the project and are never part of it. */
export const vectorFolder = resolve(import.meta.dirname, '../../..', '../shared/vectors/rfc4475');

/** The names of the messages, without `.dat`. Throws where the folder is missing, and says what to do about it. */
export function vectorNames(): readonly string[] {
  if (!existsSync(vectorFolder)) {
    throw new Error(
      `The RFC 4475 torture messages are missing: ${vectorFolder} must hold the 49 .dat files of the RFC's archive`,
    );
  }
  return readdirSync(vectorFolder)
    .filter((file) => file.endsWith('.dat'))
    .map((file) => file.slice(0, -'.dat'.length))
    .sort();
}

export function readVector(name: string): Buffer {
  return readFileSync(join(vectorFolder, `${name}.dat`));
}
