import { connect } from 'node:net';
import { test as nodeTest, type TestContext } from 'node:test';
import { type ListenAddress, parseListenAddress } from '../../appliance/sip-server/index.js';

/**
 * HOLDFAST_SIP=HOST:PORT:SECRET points the system tests at a server that runs already, and speaks the control protocol
 * there. It must listen on 127.0.0.1, where the tests' telephones are, by UDP, and for some tests by TCP.
 */
export interface ServerOfChoice {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export const serverOfChoice: ServerOfChoice | undefined = readChoice(process.env.HOLDFAST_SIP);

function readChoice(text: string | undefined): ServerOfChoice | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^([^:]+):(\d{1,5}):(.+)$/.exec(text);
  if (match === null) throw new Error('HOLDFAST_SIP is not HOST:PORT:SECRET');
  return { host: match[1] ?? '', port: Number(match[2]), secret: match[3] ?? '' };
}

/** The test asks for what the control protocol does not offer; it is skipped where another server is under test. */
export class BeyondProtocol extends Error {}

/** `test` of node:test; with a server of choice, what lies beyond the control protocol is skipped with its reason. */
export function test(title: string, body: (t: TestContext) => Promise<void> | void): void {
  void nodeTest(title, async (t) => {
    try {
      await body(t);
    } catch (error) {
      if (!(error instanceof BeyondProtocol)) throw error;
      t.skip(error.message);
    }
  });
}

/** For tests whose subject is beyond the control protocol: our own answers, times and limits. */
export function ownServerOnly(reason: string): void {
  if (serverOfChoice !== undefined) throw new BeyondProtocol(reason);
}

/** The listeners that the server names when it welcomes an application. */
export async function listenersOf(choice: ServerOfChoice): Promise<readonly ListenAddress[]> {
  const welcome = await new Promise<string>((resolve, reject) => {
    const socket = connect(choice.port, choice.host);
    const hello = `hello|authenticate|${choice.secret}|`;
    let text = '';
    socket.on('error', reject);
    socket.on('connect', () => socket.write(`${Buffer.byteLength(hello)}#${hello}`));
    socket.on('data', (d) => {
      text += d.toString();
      if (!/\|response\|hello\|(OK|NO)\|/.test(text)) return;
      socket.destroy();
      resolve(text);
    });
    socket.on('close', () => reject(new Error(`no welcome from ${choice.host}:${choice.port}: ${text}`)));
  });
  const hostPorts = /\|response\|hello\|OK\|([^|]*)/.exec(welcome)?.[1];
  if (hostPorts === undefined) throw new Error(`the server refused the secret of HOLDFAST_SIP: ${welcome}`);
  return hostPorts.split(',').flatMap((text) => {
    const parsed = parseListenAddress(text.trim());
    return parsed.ok ? [parsed.value] : [];
  });
}
