/**
 * The branch's page: Express, server-sent events and Prometheus metrics over injected ports. Floor 5.
 * The page itself is `page/`: HTML, CSS and checked JavaScript modules, served as they are.
 */

export type { LabCall, LabCommand, LabLines, LabPhone, LabState } from '../io/index.js';
export { LabClient } from './lab-client.js';
export { formatMetrics, type MetricFamily, type Sample, statusMetrics } from './metrics.js';
export type {
  ChannelView,
  DChannelView,
  ForcedMode,
  LabControl,
  LinesView,
  MediaView,
  SpanView,
  WebPorts,
} from './ports.js';
export { type ListenFault, startWeb, type WebOptions, type WebServer } from './web-server.js';
