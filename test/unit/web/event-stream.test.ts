import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Request, Response } from 'express';
import { EventStream } from '../../../appliance/web/event-stream.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** The part of a response that the stream uses. */
class Watcher extends EventEmitter {
  text = '';
  code = 0;
  writableLength = 0;
  destroyed = false;
  status(code: number): this {
    this.code = code;
    return this;
  }
  set(): this {
    return this;
  }
  json(): this {
    return this;
  }
  flushHeaders(): void {}
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  end(): void {
    this.destroyed = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  get frames(): number {
    return this.text.split('event: status').length - 1;
  }
}

function isResponse(watcher: unknown): watcher is Response {
  return watcher instanceof Watcher;
}

function isRequest(request: unknown): request is Request {
  return request instanceof EventEmitter;
}

function watch(stream: EventStream): { watcher: Watcher; request: EventEmitter } {
  const watcher = new Watcher();
  const request: unknown = new EventEmitter();
  const response: unknown = watcher;
  assert.ok(isResponse(response) && isRequest(request));
  stream.open(request, response);
  assert.ok(request instanceof EventEmitter);
  return { watcher, request };
}

describe('event stream', () => {
  it('pushes at once, at changes gathered, and every two seconds', () => {
    const clock = new VirtualClock();
    const stream = new EventStream(clock, [{ name: 'status', data: () => ({ at: clock.now() }) }]);
    const { watcher } = watch(stream);
    assert.equal(watcher.frames, 1);
    for (let i = 0; i < 100; i++) stream.changed();
    clock.advance(39);
    assert.equal(watcher.frames, 1);
    clock.advance(1);
    assert.equal(watcher.frames, 2);
    clock.advance(2000);
    assert.equal(watcher.frames, 3);
    clock.advance(10_000);
    assert.equal(watcher.frames, 8);
    stream.close();
    assert.equal(clock.pending, 0);
  });

  it('holds no timer when nobody watches', () => {
    const clock = new VirtualClock();
    const stream = new EventStream(clock, [{ name: 'status', data: () => 1 }]);
    stream.changed();
    assert.equal(clock.pending, 0);
    const { request } = watch(stream);
    assert.equal(clock.pending, 1);
    request.emit('close');
    assert.equal(stream.watchers, 0);
    assert.equal(clock.pending, 0);
  });

  it('drops a watcher that does not read, and refuses too many', () => {
    const clock = new VirtualClock();
    const stream = new EventStream(clock, [{ name: 'status', data: () => 1 }]);
    const { watcher } = watch(stream);
    watcher.writableLength = 2 * 1024 * 1024;
    clock.advance(2000);
    assert.ok(watcher.destroyed);
    assert.equal(stream.watchers, 0);
    const watchers = Array.from({ length: 65 }, () => watch(stream).watcher);
    assert.equal(watchers.at(-1)?.code, 503);
    assert.equal(stream.watchers, 64);
    stream.close();
  });

  it('leaves out a source that has nothing to say', () => {
    const stream = new EventStream(new VirtualClock(), [
      { name: 'status', data: () => 1 },
      { name: 'lab', data: () => undefined },
    ]);
    const { watcher } = watch(stream);
    assert.doesNotMatch(watcher.text, /lab/);
    stream.close();
  });
});
