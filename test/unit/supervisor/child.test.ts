import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Child, type Ending, endingText } from '../../../appliance/supervisor/child.js';
import { FIRST_DELAY_MS, LONGEST_DELAY_MS, PATIENCE_MS, STEADY_MS } from '../../../appliance/supervisor/child-table.js';
import { silentLog } from '../../../src/base/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function lab() {
  const clock = new VirtualClock();
  const said: string[] = [];
  const starts: number[] = [];
  let ended: ((ending: Ending) => void) | undefined;
  const child = new Child({
    name: 'child',
    clock,
    log: silentLog,
    launch: (onEnd) => {
      starts.push(clock.now());
      ended = onEnd;
      return { ask: () => said.push('TERM'), kill: () => said.push('KILL') };
    },
    onLoss: (ending, restartInMs) => said.push(`${endingText(ending)}, ${restartInMs}`),
  });
  return { clock, said, starts, child, end: (ending: Ending) => ended?.(ending) };
}

describe('child', () => {
  it('starts again within 100 ms, then ever later, to a bound, for ever', () => {
    const { clock, starts, child, end } = lab();
    child.start();
    const gaps: number[] = [];
    for (let i = 0; i < 20; i++) {
      const at = clock.now();
      end({ code: 1 });
      clock.advance(LONGEST_DELAY_MS);
      gaps.push((starts.at(-1) ?? 0) - at);
      assert.equal(child.state, 'running');
    }
    assert.ok((gaps[0] ?? 1000) <= 100);
    assert.deepEqual(gaps.slice(0, 8), [50, 100, 200, 400, 800, 1000, 1000, 1000]);
    assert.equal(gaps.at(-1), LONGEST_DELAY_MS);
  });

  it('takes a child that ran for a while as well again', () => {
    const { clock, said, child, end } = lab();
    child.start();
    for (let i = 0; i < 5; i++) {
      end({ signal: 'SIGKILL' });
      clock.advance(LONGEST_DELAY_MS);
    }
    clock.advance(STEADY_MS);
    end({ code: 0 });
    assert.equal(said.at(-1), `exit code 0, ${FIRST_DELAY_MS}`);
  });

  it('asks first and kills later when it is told to stop', async () => {
    const { clock, said, child, end } = lab();
    child.start();
    const stopped = child.stop();
    assert.deepEqual(said, ['TERM']);
    clock.advance(PATIENCE_MS);
    assert.deepEqual(said, ['TERM', 'KILL']);
    end({ signal: 'SIGKILL' });
    await stopped;
    assert.equal(child.state, 'stopped');
    assert.deepEqual(said, ['TERM', 'KILL']);
    clock.advance(60_000);
    assert.equal(clock.pending, 0);
  });

  it('stops at once while it waits to start again, or before it ever started', async () => {
    const waiting = lab();
    waiting.child.start();
    waiting.end({ fault: 'spawn ENOENT' });
    await waiting.child.stop();
    waiting.clock.advance(10_000);
    assert.equal(waiting.starts.length, 1);
    const idle = lab();
    await idle.child.stop();
    idle.child.start();
    assert.equal(idle.starts.length, 0);
  });

  it('says how it ended', () => {
    assert.equal(endingText({ code: 3 }), 'exit code 3');
    assert.equal(endingText({ signal: 'SIGSEGV' }), 'signal SIGSEGV');
    assert.equal(endingText({ fault: 'spawn EAGAIN' }), 'spawn EAGAIN');
  });
});
