import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { errno, LinuxKernel, type Readiness } from '../../../hw/dahdi/index.js';

test('a socket that listens is told of its callers through the one epoll, and what is watched is told when it is ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kernel-'));
  const kernel = new LinuxKernel();
  try {
    const path = join(folder, 'slot');
    const listener = kernel.listen(path);
    assert.ok(listener > 0, `listen: ${listener}`);
    assert.equal(kernel.listen(path) < 0, true, 'the path is taken');
    const calling = connect(path);
    const connection = await new Promise<number>((resolve) => {
      kernel.watch(listener, true, (readiness) => {
        assert.ok(readiness.readable);
        resolve(kernel.accept(listener));
      });
    });
    assert.ok(connection > 0, `accept: ${connection}`);
    const buffer = new Uint8Array(10);
    assert.equal(kernel.read(connection, buffer), -errno.EAGAIN);
    const first = new Promise<Readiness>((resolve) => kernel.watch(connection, true, resolve));
    calling.write('abc');
    assert.deepEqual(await first, { readable: true, urgent: false, gone: false });
    assert.equal(kernel.read(connection, buffer), 3);
    assert.equal(Buffer.from(buffer.subarray(0, 3)).toString(), 'abc');
    const answered = new Promise<Buffer>((resolve) => calling.once('data', resolve));
    assert.equal(kernel.write(connection, Buffer.from('xyz')), 3);
    assert.equal((await answered).toString(), 'xyz');
    kernel.close(connection);
    kernel.close(listener);
    calling.destroy();
  } finally {
    kernel.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('errors come as errno, of calls at once and of those on another thread', async () => {
  const kernel = new LinuxKernel();
  try {
    assert.equal(kernel.open('/dev/no-such-device'), -errno.ENOENT);
    const file = kernel.open('/dev/null');
    assert.ok(file > 0);
    assert.equal(kernel.ioctl(file, 0x4004da26, new Uint8Array(4)), -errno.ENOTTY);
    const later = await new Promise<number>((resolve) => {
      kernel.ioctlLater(file, 0x4004da26, new Uint8Array(4), resolve);
    });
    assert.equal(later, -errno.ENOTTY);
    kernel.close(file);
    assert.ok(kernel.openUevents() > 0, 'anybody may listen to what the kernel tells of devices');
  } finally {
    kernel.stop();
  }
});
