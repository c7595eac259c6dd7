import type { AnalogLine } from '../analog/index.js';
import type { Log } from '../base/index.js';
import type { ChannelSettings, LeftLine, LineSignal } from '../tdm/index.js';
import type { LineBook } from './line-book.js';
import type { GoesOn } from './member-call.js';
import type { TrunkChannel } from './trunk-channel.js';

export interface ClaimedLine {
  readonly book: LineBook;
  readonly log: Log;
  readonly settings: ChannelSettings;
  readonly channel: TrunkChannel;
  readonly line: AnalogLine;
  readonly signal: (signal: LineSignal) => void;
  /** The line is as another process left it, and somebody expects its call. True: the call goes on. */
  readonly goesOn: (left: LeftLine, take: GoesOn) => boolean;
}

/**
 * Takes a channel for a line without messages: what its card says, and whether there is one, reaches the line and its channel. Returns
 * whom to tell what another process may have left on the line: it is taken once the card shows that it is so.
 */
export function claimLine(claimed: ClaimedLine): (take: GoesOn | undefined) => void {
  const { book, log, settings, channel, line, signal, goesOn } = claimed;
  let expected: GoesOn | undefined;
  book.claim(channel.id, {
    settings,
    goesOn: (left) => {
      const take = expected;
      expected = undefined;
      return take !== undefined && goesOn(left, take);
    },
    hear: (event) => {
      if (event.kind === 'signal') signal(event.signal);
      else if (event.kind === 'fault') log.warn('a line reports a fault', { channel: channel.id, why: event.why });
    },
    serves: (serving) => {
      channel.alarm(!serving);
      if (serving) line.restored();
      else {
        line.lost();
        channel.free();
      }
    },
  });
  return (take) => {
    expected = take;
  };
}
