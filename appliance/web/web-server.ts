import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type Clock, err, type Log, ok, type Result } from '../../src/base/index.js';
import { type ModeRow, modeRows, postures } from '../../src/survivability/index.js';
import { EventStream } from './event-stream.js';
import { crossSite, hostGuard, knownHosts, sameOriginGuard, securityHeaders } from './guard.js';
import { historyOf } from './history.js';
import { lineMetrics } from './line-metrics.js';
import { lineRoutes } from './line-routes.js';
import { linesState } from './lines-state.js';
import { mediaMetrics } from './media-metrics.js';
import { mediaState } from './media-state.js';
import { formatMetrics, statusMetrics } from './metrics.js';
import { pageFolder } from './page-folder.js';
import type { WebPorts } from './ports.js';
import { recordRows } from './record-row.js';
import { countOf, parseForce, parseLabCommand } from './requests.js';
import { signallingRoutes } from './signalling.js';
import { refuseUpgrade, SipPassage, sipPath } from './sip-passage.js';

export interface WebOptions {
  /** An IP address; 127.0.0.1 unless the configuration says otherwise. */
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Names under which the page may be opened beside addresses and `localhost`. */
  readonly names?: readonly string[];
  readonly ports: WebPorts;
  /** Where the SIP server takes WebSockets on loopback: telephones in browsers reach it under /sip. */
  readonly sip?: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly log: Log;
}

export interface WebServer {
  /** `http://ADDRESS:PORT/` */
  readonly url: string;
  readonly port: number;
  /** Ends every connection; resolves when the port is free. */
  close(): Promise<void>;
}

/** Why the page cannot be served, and what to do about it. */
export interface ListenFault {
  readonly what: string;
  readonly where: string;
  readonly remedy: string;
}

/** Timeline entries and records that one picture may hold. */
const HISTORY_ENTRIES = 500;

export async function startWeb(options: WebOptions): Promise<Result<WebServer, ListenFault>> {
  const { ports } = options;
  const events = new EventStream(options.clock, [
    { name: 'status', data: () => ports.status() },
    { name: 'lab', data: () => ports.lab?.state() },
    { name: 'media', data: () => mediaState(ports.media) },
    { name: 'lines', data: () => linesState(ports.lines) },
  ]);
  const server = createServer(application(options, events));
  // A client that opens a connection and says nothing must not hold it for ever.
  server.headersTimeout = 10_000;
  server.maxHeadersCount = 100;
  const passage = options.sip === undefined ? undefined : new SipPassage(options.sip);
  const knows = knownHosts([...(options.names ?? []), options.address]);
  server.on('upgrade', (request, socket, head) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (passage === undefined || path !== sipPath) refuseUpgrade(socket, '404 Not Found');
    else if (!knows(request.headers) || crossSite(request.headers) !== undefined)
      refuseUpgrade(socket, '403 Forbidden');
    else passage.take(request, socket, head);
  });
  const fault = await listen(server, options);
  if (fault !== undefined) return err(fault);
  const stopWatching = [ports.onChange(events.changed), ports.lab?.onChange(events.changed)];
  const { port } = boundTo(server);
  return ok({
    url: `http://${options.address.includes(':') ? `[${options.address}]` : options.address}:${port}/`,
    port,
    close() {
      for (const stop of stopWatching) stop?.();
      events.close();
      passage?.close();
      return new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  });
}

function application(options: WebOptions, events: EventStream): Express {
  const { ports, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(securityHeaders, hostGuard([...(options.names ?? []), options.address]), sameOriginGuard);
  app.use(express.json({ limit: '4kb', strict: true }));

  app.get('/healthz', (_request, response) => {
    response.json({ healthy: true, mode: ports.status().mode });
  });
  app.get('/metrics', async (_request, response) => {
    const { media } = ports;
    const lines = linesState(ports.lines);
    const families = [
      ...statusMetrics(ports.status()),
      ...(media === undefined ? [] : mediaMetrics(media.health, media.totals)),
      ...(lines === undefined ? [] : lineMetrics(lines)),
      ...((await ports.metrics?.()) ?? []),
    ];
    response.set('Content-Type', 'text/plain; version=0.0.4; charset=utf-8').send(formatMetrics(families));
  });
  app.get('/api/status', (_request, response) => {
    const lines = linesState(ports.lines);
    response.json({ ...ports.status(), ...(lines === undefined ? {} : { lines }) });
  });
  app.get('/api/events', events.open);
  app.get('/api/table', (_request, response) => {
    response.json({ rows: modeRows().map(tableRow), postures });
  });
  app.get('/api/records', async (request, response) => {
    response.json(recordRows(await ports.records(countOf(request.query.count, 50, HISTORY_ENTRIES))));
  });
  app.get('/api/timeline', async (request, response) => {
    const spanMs = countOf(request.query.minutes, 60, 7 * 24 * 60) * 60_000;
    const records = recordRows(await ports.records(HISTORY_ENTRIES));
    response.json(historyOf(ports.status(), ports.timeline(HISTORY_ENTRIES), records, spanMs));
  });
  app.get('/api/media', (_request, response) => {
    const state = mediaState(ports.media);
    if (state === undefined) response.status(404).json({ error: 'Sound passes beside this box.' });
    else response.json(state);
  });
  signallingRoutes(app, ports);
  lineRoutes(app, ports, options.clock, log);
  app.post('/api/force', (request, response) => {
    const mode = parseForce(request.body);
    if (!mode.ok) {
      response.status(400).json({ error: mode.error });
      return;
    }
    log.info('mode forced from the page', { mode: mode.value, from: request.socket.remoteAddress });
    ports.force(mode.value, 'web');
    response.json({ mode: mode.value });
  });
  app.get('/api/lab', (_request, response) => {
    const state = ports.lab?.state();
    if (state === undefined) response.status(404).json({ error: 'This branch is not a lab.' });
    else response.json(state);
  });
  app.post('/api/lab/:name', async (request, response) => {
    if (ports.lab === undefined) {
      response.status(404).json({ error: 'This branch is not a lab.' });
      return;
    }
    const command = parseLabCommand(request.params.name, request.body);
    if (!command.ok) {
      response.status(400).json({ error: command.error });
      return;
    }
    const outcome = await ports.lab.command(command.value);
    if ('refused' in outcome) response.status(409).json({ error: outcome.refused });
    else response.json({ done: true });
  });
  app.use(express.static(pageFolder(), { index: 'index.html', etag: false, cacheControl: false, lastModified: false }));
  app.use((_request: Request, response: Response) => {
    response.status(404).json({ error: 'There is nothing here.' });
  });
  app.use(failureAnswer(log));
  return app;
}

/** A cell of the table as the page lists it. */
function tableRow(row: ModeRow): { readonly mode: string; readonly event: string; readonly next: string } {
  return { mode: row.mode, event: row.triggerName, next: row.go };
}

/** Express names an error handler by its four parameters. */
function failureAnswer(log: Log) {
  return (failure: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const status = statusOf(failure);
    if (status >= 500) log.error('request failed', { path: request.path, failure });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(status).json({ error: status < 500 ? 'The request cannot be read.' : 'Something failed inside.' });
  };
}

function statusOf(failure: unknown): number {
  if (typeof failure !== 'object' || failure === null || !('status' in failure)) return 500;
  return typeof failure.status === 'number' && failure.status >= 400 && failure.status < 600 ? failure.status : 500;
}

function listen(server: Server, options: WebOptions): Promise<ListenFault | undefined> {
  return new Promise((resolve) => {
    server.once('error', (failure: NodeJS.ErrnoException) => resolve(listenFault(failure, options)));
    server.listen({ host: options.address, port: options.port }, () => resolve(undefined));
  });
}

function listenFault(failure: NodeJS.ErrnoException, options: WebOptions): ListenFault {
  const where = `web ${options.address}:${options.port}`;
  switch (failure.code) {
    case 'EADDRINUSE':
      return {
        what: 'Another program already uses the port of the web page.',
        where,
        remedy: 'Stop that program, or choose another port with --web ADDRESS:PORT or web.port in the configuration.',
      };
    case 'EADDRNOTAVAIL':
      return {
        what: 'The address of the web page is not one of this machine.',
        where,
        remedy: 'Choose one that `ip address` lists, with --web ADDRESS:PORT or web.address in the configuration.',
      };
    case 'EACCES':
      return {
        what: 'This user may not listen on the port of the web page.',
        where,
        remedy: 'Choose a port above 1023, with --web ADDRESS:PORT or web.port in the configuration.',
      };
    default:
      return {
        what: `The web page cannot be served: ${failure.message}.`,
        where,
        remedy: 'Check web in the configuration.',
      };
  }
}

function boundTo(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the web server is not bound to a port');
  return address;
}
