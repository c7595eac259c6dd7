import { err, ok, type Result } from '../base/index.js';

/** What a mailbox says of itself (RFC 3842): only that counts here which every telephone can show. */
export interface MessageSummary {
  readonly waiting: boolean;
}

/** Media type of the body (RFC 3842 §3.5). */
export const messageSummaryType = 'application/simple-message-summary';

/** Longest body that is read: a summary has some lines for each kind of message, and headers of the newest ones. */
const longest = 16_384;

/** Reads the body of a NOTIFY (RFC 3842 §5.2): the status line comes first. */
export function parseMessageSummary(body: string): Result<MessageSummary, string> {
  if (body.length > longest) return err('the message summary is too long');
  const [first = ''] = body.split(/\r\n|\n|\r/, 1);
  const status = /^messages-waiting[ \t]*:[ \t]*(yes|no)[ \t]*$/i.exec(first)?.[1];
  return status === undefined
    ? err('the message summary does not begin with Messages-Waiting')
    : ok({ waiting: status.toLowerCase() === 'yes' });
}
