import type { Express } from 'express';
import type { Clock, Log } from '../../src/base/index.js';
import { linesState } from './lines-state.js';
import { liveFeed } from './live-feed.js';
import type { LinesView, WebPorts } from './ports.js';
import { parseService } from './requests.js';

/** Each watcher of a trace holds a socket; more are not people. */
const mostWatchers = 16;
const noLines = 'There are no line cards.';

/** The lines: how they are, taking channels out of service, and D-channels live in words. */
export function lineRoutes(app: Express, { lines }: WebPorts, clock: Clock, log: Log): void {
  let watchers = 0;
  app.get('/api/lines', (_request, response) => {
    const state = linesState(lines);
    if (state === undefined) response.status(404).json({ error: noLines });
    else response.json({ ...state, nowWall: clock.wall() });
  });
  app.post('/api/lines/service', async (request, response) => {
    const order = parseService(request.body);
    if (lines === undefined) response.status(404).json({ error: noLines });
    else if (!order.ok) response.status(400).json({ error: order.error });
    else {
      log.info('service of lines ordered', { ...order.value, from: request.socket.remoteAddress });
      const answer = await lines.serve(order.value, 'web');
      if (answer.ok) response.json(answer.value);
      else response.status(409).json({ error: `${answer.error}.` });
    }
  });
  app.get('/api/lines/trace', (request, response) => {
    const wanted = request.query['d-channel'];
    const name = lines === undefined || typeof wanted !== 'string' ? undefined : dChannelNamed(lines, wanted);
    if (lines === undefined || name === undefined) {
      const names = lines?.dChannels.map(({ settings }) => settings.name).join(', ');
      const known =
        names === undefined || names === '' ? 'There is no D-channel here.' : `The D-channels are: ${names}.`;
      response.status(404).json({ error: known });
      return;
    }
    if (watchers >= mostWatchers) {
      response.status(503).set('Retry-After', '5').json({ error: 'Too many watch D-channels.' });
      return;
    }
    watchers++;
    log.info('a D-channel is traced', { dChannel: name, from: request.socket.remoteAddress });
    liveFeed(request, response, clock, (tell) => {
      const stop = lines.traces.watch(name, (frame) => tell('frame', frame));
      return () => {
        watchers--;
        stop();
      };
    });
  });
  app.get('/api/lines/record', (request, response) => {
    const { span } = request.query;
    const waiting: string[] = [];
    let hear = (line: string): void => void waiting.push(line);
    const ended = (): void => void response.end();
    const stop = typeof span === 'string' ? lines?.record(span, { hear: (line) => hear(line), ended }) : undefined;
    if (stop === undefined) {
      response.status(409).json({ error: 'There is no such span, or it is being recorded.' });
      return;
    }
    log.info('a span is recorded', { span, from: request.socket.remoteAddress });
    liveFeed(request, response, clock, (tell) => {
      hear = (line) => tell('line', line);
      for (const line of waiting) hear(line);
      return stop;
    });
  });
}

/** By its name, or by a span whose calls it carries. */
function dChannelNamed({ dChannels, uses }: LinesView, wanted: string): string | undefined {
  const name = uses.find(({ span }) => span === wanted)?.isdn?.dChannel ?? wanted;
  return dChannels.some(({ settings }) => settings.name === name) ? name : undefined;
}
