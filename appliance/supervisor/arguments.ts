import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { err, ok, type Result } from '../../src/base/index.js';

export interface Arguments {
  /** The configuration of a real branch; without it the lab runs. */
  readonly config?: string;
  readonly state?: string;
  readonly web?: { readonly address: string; readonly port: number };
  readonly terminal: boolean;
  readonly help: boolean;
}

export const usage = `Usage: npm start -- [--config FILE] [--state DIR] [--web ADDRESS:PORT] [--no-terminal]

Without --config a lab branch runs: a simulated centre, phones, analog telephones and ways to the PSTN around one real Holdfast.

  --config FILE        run a real branch with this configuration (appliance/config/example.yaml is a documented one)
  --state DIR          where registrations, call records and logs are kept
  --web ADDRESS:PORT   where the page is served, instead of what the configuration says; port 0: any free one
  --no-terminal        plain lines instead of the terminal view
  --help               this text
`;

/** Reads the words after the script's name; the error is a sentence for people. */
export function parseArguments(words: readonly string[], folder: string): Result<Arguments, string> {
  let read: Arguments = { terminal: true, help: false };
  for (let i = 0; i < words.length; i++) {
    const [name = '', inline] = split(words[i] ?? '');
    if (name === '--no-terminal') read = { ...read, terminal: false };
    else if (name === '--help' || name === '-h') read = { ...read, help: true };
    else if (name === '--config' || name === '--state' || name === '--web') {
      const value = inline ?? words[++i];
      if (value === undefined || value === '' || (inline === undefined && value.startsWith('--'))) {
        return err(`${name} needs a value`);
      }
      if (name === '--config') read = { ...read, config: resolve(folder, value) };
      else if (name === '--state') read = { ...read, state: resolve(folder, value) };
      else {
        const web = parseWebAddress(value);
        if (web === undefined) return err(`--web ${value}: write ADDRESS:PORT, for example 127.0.0.1:8080`);
        read = { ...read, web };
      }
    } else return err(`unknown argument ${name}`);
  }
  return ok(read);
}

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function parseWebAddress(text: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  return isIP(address) === 0 || port > 65_535 ? undefined : { address, port };
}

function split(word: string): [string, string?] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
