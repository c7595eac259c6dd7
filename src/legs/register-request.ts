import type { Log } from '../base/index.js';
import { type RegisterAnswer, type RegisterRequest, readRegister } from '../registrar/index.js';
import { headerFields, type ReceivedRequest, type Reply } from './application.js';
import { flowOf } from './flows.js';

/** Who serves a REGISTER. */
export type RegisterService = (request: RegisterRequest) => Promise<RegisterAnswer>;

/** Reads a REGISTER, has it served, and sends the answer. Never rejects. */
export async function serveRegister(
  request: ReceivedRequest,
  reply: Reply,
  serve: RegisterService,
  log: Log,
): Promise<void> {
  const read = readRegister(request.uri, (name) => request.get(name), flowOf(request));
  if (!read.ok) {
    const { status, reason, unsupported = [] } = read.error;
    const headers = unsupported.length === 0 ? [] : ([['Unsupported', unsupported.join(', ')]] as const);
    send(reply, { status, reason, headers }, log);
    return;
  }
  try {
    send(reply, await serve(read.value), log);
  } catch (error) {
    log.error('REGISTER not served', { error: String(error) });
    send(reply, { status: 500, headers: [] }, log);
  }
}

function send(reply: Reply, answer: RegisterAnswer, log: Log): void {
  try {
    reply.send(answer.status, answer.reason ?? '', { headers: headerFields(answer.headers) });
  } catch (error) {
    log.warn('answer to REGISTER not sent', { status: answer.status, error: String(error) });
  }
}
