import type { Log } from '../base/index.js';
import type { MessageNotice, NoticeAnswer } from '../registrar/index.js';
import { parseDeltaSeconds } from '../sip/index.js';
import type { ReceivedRequest, Reply, SipHeaders } from './application.js';

/** Reads a NOTIFY, has it judged, and sends the answer. `source`: the address it came from. Never throws. */
export function serveNotice(
  request: ReceivedRequest,
  reply: Reply,
  judge: (notice: MessageNotice, source: string) => NoticeAnswer,
  log: Log,
): void {
  try {
    const { status, allowEvents, accept } = judge(noticeOf(request), request.source_address ?? '');
    const headers: SipHeaders = {
      ...(allowEvents === undefined ? {} : { 'Allow-Events': allowEvents }),
      ...(accept === undefined ? {} : { Accept: accept }),
    };
    reply.send(status, '', { headers });
  } catch (error) {
    log.error('NOTIFY not served', { error: String(error) });
  }
}

function noticeOf(request: ReceivedRequest): MessageNotice {
  const { uri, body = '', stackDialogId = '' } = request;
  const said = request.get('Subscription-State');
  const { word: value, parameters } = wordOf(said ?? '');
  const reason = parameters.get('reason');
  const retryAfterS = parseDeltaSeconds(parameters.get('retry-after') ?? '');
  return {
    uri,
    event: wordOf(request.get('Event') ?? request.get('o') ?? '').word,
    ...(said === undefined
      ? {}
      : {
          state: {
            value,
            ...(reason === undefined ? {} : { reason }),
            ...(retryAfterS === undefined ? {} : { retryAfterS }),
          },
        }),
    ...(stackDialogId === '' ? {} : { dialog: stackDialogId }),
    contentType: wordOf(request.get('Content-Type') ?? '').word,
    body,
  };
}

/** A word and its parameters, in lower case. */
function wordOf(value: string): { readonly word: string; readonly parameters: ReadonlyMap<string, string> } {
  const [word = '', ...rest] = value.split(';').map((part) => part.trim().toLowerCase());
  const parameters = rest.map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  return { word, parameters: new Map(parameters) };
}
