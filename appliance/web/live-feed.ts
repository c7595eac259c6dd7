import type { Request, Response } from 'express';
import type { Clock, Timer } from '../../src/base/index.js';

/** Whoever is there sees that the feed lives, and a connection that is dead is noticed. */
const beatMs = 5000;
/** A reader that does not read is left before its backlog fills the memory. */
const backlogBytes = 1024 * 1024;

export type TellFeed = (event: string, data: unknown) => void;

/**
 * Server-sent events (WHATWG HTML §9.2) of one watcher alone, for as long as it stays. `begin` may tell at once; what it gives
 * back is called once, at the end.
 */
export function liveFeed(request: Request, response: Response, clock: Clock, begin: (tell: TellFeed) => () => void) {
  response.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  let timer: Timer | undefined;
  const write = (text: string): void => {
    if (response.writableLength > backlogBytes) response.destroy();
    else response.write(text);
    timer?.cancel();
    timer = clock.after(beatMs, () => write(': lives\n\n'));
  };
  write('retry: 1000\n\n');
  let end: (() => void) | undefined = begin((event, data) =>
    write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
  );
  const leave = (): void => {
    timer?.cancel();
    end?.();
    end = undefined;
  };
  request.once('close', leave);
  response.once('error', leave);
}
