import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../src/base/index.js';

export interface ControllerArguments {
  readonly configurationFile: string;
  /** Where the store lies, instead of what the configuration says. */
  readonly stateFolder: string | undefined;
  readonly control: { readonly host: string; readonly port: number } | undefined;
  readonly web: { readonly address: string; readonly port: number } | undefined;
  /** Where the SIP server takes the WebSockets of the page. */
  readonly pageSip: { readonly host: string; readonly port: number } | undefined;
  /** The media engine's socket; without one, sound passes beside this box. */
  readonly media: string | undefined;
  /** The line process's socket; without one there are no line cards. */
  readonly lines: string | undefined;
  readonly labUrl: string | undefined;
}

/** Reads the words after the script's name; the error is a sentence for people. */
export function parseControllerArguments(words: readonly string[]): Result<ControllerArguments, string> {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        config: text,
        state: text,
        control: text,
        web: text,
        lab: text,
        media: text,
        lines: text,
        'page-sip': text,
      },
      strict: true,
    });
    if (values.config === undefined) return err('--config FILE is missing');
    const control = hostPort(values.control);
    const web = hostPort(values.web);
    if (values.control !== undefined && control === undefined)
      return err(`--control ${values.control}: write HOST:PORT`);
    if (values.web !== undefined && web === undefined) return err(`--web ${values.web}: write ADDRESS:PORT`);
    const pageSip = hostPort(values['page-sip']);
    if (values['page-sip'] !== undefined && pageSip === undefined)
      return err(`--page-sip ${values['page-sip']}: write ADDRESS:PORT`);
    return ok({
      pageSip,
      configurationFile: resolve(values.config),
      stateFolder: values.state === undefined ? undefined : resolve(values.state),
      control,
      web: web === undefined ? undefined : { address: web.host, port: web.port },
      media: values.media === undefined ? undefined : resolve(values.media),
      lines: values.lines === undefined ? undefined : resolve(values.lines),
      labUrl: values.lab,
    });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function hostPort(text: string | undefined): { host: string; port: number } | undefined {
  const match = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text ?? '');
  const port = Number(match?.[2]);
  return match?.[1] === undefined || port > 65_535 ? undefined : { host: match[1], port };
}
