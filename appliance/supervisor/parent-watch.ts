import { systemClock } from '../io/index.js';

/**
 * Loaded before a child's own main: ends the child when the supervisor is gone, however it went. A child that outlived
 * it would hold its ports, and the next start would find them taken.
 */
const PATIENCE_MS = 2000;

// Only this process is watched: what it starts has a parent of its own.
process.env.NODE_OPTIONS = (process.env.NODE_OPTIONS ?? '').replace(/\s*--import=\S*parent-watch\.js$/, '');

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  systemClock.after(PATIENCE_MS, () => process.exit(1));
});
// The channel alone must not keep a process alive that has nothing left to do.
process.channel?.unref();
