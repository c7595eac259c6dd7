import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { errno, FileSysfs, parseUevent, readCards } from '../../../hw/dahdi/index.js';
import { requests, structs } from '../../../hw/dahdi/kernel-codes.js';
import { analogPlan, card, driverAlone, e1Plan, pciCard, span, t1Plan } from './card-trees.js';
import { DahdiBench } from './dahdi-bench.js';
import { type Files, MemorySysfs } from './memory-sysfs.js';
import { recordedTree } from './recorded-tree.js';

const t1 = { ...card(t1Plan.card), ...span(t1Plan.span) };
const analog = { ...card(analogPlan.card), ...span(analogPlan.span) };

describe('cards that are there', () => {
  it('are spans by their serial number, with what each jack can be', () => {
    const bench = new DahdiBench(analog);
    assert.deepEqual(bench.told('plugged'), ['dahdi/1A4A123456789/1']);
    const found = bench.span('dahdi/1A4A123456789/1');
    assert.deepEqual(found.description, {
      id: 'dahdi/1A4A123456789/1',
      kind: 'analog',
      name: 'Digium Wildcard A4A (VPMOCT032)',
      location: 'PCI Bus 05 Slot 01',
      kinds: [],
    });
    assert.deepEqual(
      found.channels.map(({ id, abilities }) => [id, abilities.signalling.join(), abilities.neon, abilities.polarity]),
      [
        ['dahdi/1A4A123456789/1:1', 'fxs-loop,fxs-ground,fxs-kewl,em-immediate,em-wink,em-fgd,cama', true, true],
        ['dahdi/1A4A123456789/1:2', 'fxs-loop,fxs-ground,fxs-kewl,em-immediate,em-wink,em-fgd,cama', true, true],
        ['dahdi/1A4A123456789/1:3', 'fxo-loop,fxo-kewl', false, false],
      ],
      'an empty socket is no channel',
    );
    assert.ok(
      bench.kernel.told.some(({ request }) => request === requests.startUp),
      'an analog span runs without being configured',
    );
  });

  it('have their place for an id where they have no serial number, and time slot 16 of E1 carries frames', () => {
    const bench = new DahdiBench({ ...card(e1Plan.card), ...span(e1Plan.span) });
    const found = bench.span('dahdi/Board-ID-Switch-0/2');
    assert.equal(found.description.kind, 'e1');
    assert.deepEqual(found.description.kinds, ['t1', 'e1']);
    assert.equal(found.channels.length, 31);
    assert.deepEqual(found.channels[15]?.abilities.signalling, ['bearer', 'clear', 'dChannel']);
    assert.ok(found.channels[0]?.abilities.signalling.includes('em-wink'), 'E1 has its own E&M');
    assert.ok(!found.channels[0]?.abilities.neon);
  });

  it('are read the same from a recorded tree on disk', () => {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-sysfs-'));
    try {
      for (const [path, text] of Object.entries(t1)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path));
        else writeFileSync(join(root, path), text);
      }
      const [found, ...others] = readCards(new FileSysfs(root));
      assert.deepEqual(others, []);
      assert.equal(found?.key, '1TE133F-A1234567');
      assert.deepEqual(found?.lines, [{ local: 1, type: 'T1' }]);
      assert.equal(found?.spans[0]?.channels.length, 24);
      assert.deepEqual(found?.spans[0]?.channels[23]?.number, 24);
      assert.deepEqual(readCards(new FileSysfs(join(root, 'nowhere'))), []);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('are read from what the driver’s core really shows, an empty socket and a T1 among them', () => {
    const [t1Card, analogCard, ...others] = readCards(new MemorySysfs(recordedTree));
    assert.deepEqual(others, []);
    assert.deepEqual([t1Card?.key, t1Card?.location, t1Card?.spans[0]?.type], ['DYN-loc-1-0', '', 'DYNAMIC']);
    assert.deepEqual([analogCard?.key, analogCard?.device], ['1HF8A1234567', 'platform:holdfast-analog.0']);
    const found = analogCard?.spans[0];
    assert.deepEqual(
      [found?.type, found?.digital, found?.master, found?.channels.length],
      ['ANALOG_MIXED', false, true, 10],
    );
    const bench = new DahdiBench(recordedTree);
    const able = bench.span('dahdi/1HF8A1234567/1').channels.map(({ abilities }) => abilities.signalling.join());
    const fxs = 'fxs-loop,fxs-ground,fxs-kewl,em-immediate,em-wink,em-fgd,cama';
    const fxo = 'fxo-loop,fxo-ground,fxo-kewl';
    assert.deepEqual(able, [fxs, fxs, fxs, fxs, fxo, fxo, fxo, fxo]);
  });

  it('have in the trees written from sources the files that the core really has', () => {
    const names = (files: Files, device: string, number: number) =>
      Object.keys(files)
        .filter((path) => path.includes(`/${device}/`) || path.includes(`/span-${number}/`))
        .map((path) =>
          path.replace(/^.*(?:devices\/[^/]+|!\d+)\//, (match) =>
            match.includes('!') ? 'channel ' : match.includes('spans') ? 'span ' : 'card ',
          ),
        );
    const really = new Set(names(recordedTree, 'platform:holdfast-analog.0', 3));
    const written = new Set(names(analog, analogPlan.card.device, analogPlan.span.number));
    assert.deepEqual([...written].sort(), [...really].sort());
  });

  it('are told apart by their device where two call themselves the same', () => {
    const other = { ...t1Plan.card, device: 'pci:0000:07:00.0' };
    const bench = new DahdiBench({
      ...t1,
      ...card(other),
      ...span({ ...t1Plan.span, device: other.device, number: 2, firstChannel: 25 }),
    });
    assert.deepEqual(bench.told('plugged'), ['dahdi/pci-0000-03-00.0/1', 'dahdi/pci-0000-07-00.0/1']);
  });

  it('get echo cancellers where they can be had', () => {
    assert.equal(new DahdiBench(t1).hardware.spans[0]?.channels[0]?.abilities.echoTailMs, 128);
    const without = new DahdiBench(t1, {}, ({ kernel }) =>
      kernel.answers.set(requests.attachEchoCanceller, -errno.EINVAL),
    );
    assert.equal(without.hardware.spans[0]?.channels[0]?.abilities.echoTailMs, 0);
  });
});

describe('a card that comes and goes', () => {
  it('is numbered by us, comes with the uevent, and is gone at once when it goes', () => {
    const bench = new DahdiBench(driverAlone);
    assert.deepEqual(bench.events, []);
    bench.sysfs.onWrite = (path, text) => {
      assert.equal(path, 'sys/bus/dahdi_devices/devices/pci:0000:03:00.0/assign_span');
      assert.equal(text, '1:0:0');
      bench.sysfs.add(span(t1Plan.span));
      return undefined;
    };
    bench.sysfs.add(card(t1Plan.card));
    bench.kernel.uevent(
      'add@/devices/pci0000:00/0000:03:00.0/pci:0000:03:00.0',
      'ACTION=add',
      'SUBSYSTEM=dahdi_devices',
    );
    bench.clock.advance(300);
    assert.deepEqual(bench.told('plugged'), ['dahdi/1TE133F-A1234567/1'], 'well before the next look');
    const line = bench.line('dahdi/1TE133F-A1234567/1', 1, 'em-wink');
    bench.sysfs.remove('sys/bus/dahdi_spans/devices/span-1');
    bench.sysfs.remove('sys/bus/dahdi_devices/devices/pci:0000:03:00.0');
    bench.kernel.uevent('remove@/devices/pci0000:00/0000:03:00.0/span-1', 'ACTION=remove', 'SUBSYSTEM=dahdi_spans');
    assert.deepEqual(bench.told('unplugged'), ['dahdi/1TE133F-A1234567/1']);
    assert.deepEqual(line.events.at(-1), { kind: 'unplugged' });
    bench.clock.advance(300);
    assert.deepEqual(bench.hardware.spans, []);
    bench.sysfs.add({ ...card({ ...t1Plan.card, registered: '0000000099.000000000' }), ...span(t1Plan.span) });
    bench.kernel.uevent('add@/devices/x/span-1', 'ACTION=add', 'SUBSYSTEM=dahdi_spans');
    bench.clock.advance(300);
    assert.equal(bench.told('plugged').length, 2);
  });

  it('is found and missed without uevents, too, which may be lost', () => {
    const bench = new DahdiBench(driverAlone);
    bench.sysfs.add(t1);
    bench.clock.advance(5000);
    assert.deepEqual(bench.told('plugged'), ['dahdi/1TE133F-A1234567/1']);
    bench.sysfs.remove('sys/bus/dahdi_spans/devices/span-1');
    bench.clock.advance(5000);
    assert.deepEqual(bench.told('unplugged'), ['dahdi/1TE133F-A1234567/1']);
  });

  it('was another for a moment: the same number and place, but registered anew', () => {
    const bench = new DahdiBench(t1);
    bench.sysfs.add(card({ ...t1Plan.card, registered: '0000000077.000000000' }));
    bench.clock.advance(5100);
    assert.equal(bench.told('unplugged').length, 1);
    assert.equal(bench.told('plugged').length, 2);
  });

  it('goes and comes back so fast that the kernel tells of its going when it is here again', () => {
    const bench = new DahdiBench(t1);
    bench.sysfs.remove('sys/bus/dahdi_spans/devices/span-1');
    bench.sysfs.add(span(t1Plan.span));
    bench.clock.advance(5100);
    assert.equal(bench.told('unplugged').length, 1, 'the same number is not the same span');
    assert.equal(bench.told('plugged').length, 2);
    bench.kernel.uevent('remove@/devices/x/span-1', 'ACTION=remove', 'SUBSYSTEM=dahdi_spans');
    bench.clock.advance(5100);
    assert.equal(bench.told('unplugged').length, 1, 'an old event takes nothing away');
    assert.equal(bench.told('plugged').length, 2);
  });

  it('is pulled out under an open channel: its events say so first', () => {
    const bench = new DahdiBench(t1);
    const line = bench.line('dahdi/1TE133F-A1234567/1', 1, 'fxs-kewl');
    bench.sysfs.remove('sys/bus/dahdi_');
    bench.kernel.pullOut(1);
    assert.deepEqual(bench.told('unplugged'), ['dahdi/1TE133F-A1234567/1']);
    assert.deepEqual(line.events.at(-1), { kind: 'unplugged' });
    const files = bench.kernel.openFiles;
    bench.clock.advance(20_000);
    assert.equal(bench.kernel.openFiles, files);
  });

  it('is not taken again while the kernel lets whoever has it open see that it goes', () => {
    const bench = new DahdiBench(t1);
    bench.line('dahdi/1TE133F-A1234567/1', 1, 'fxs-kewl');
    bench.kernel.pullOut(1);
    bench.clock.advance(1000);
    assert.equal(bench.told('plugged').length, 1);
    bench.sysfs.remove('sys/bus/dahdi_spans/devices/span-1');
    bench.sysfs.add(span(t1Plan.span));
    bench.kernel.uevent('add@/devices/x/span-1', 'ACTION=add', 'SUBSYSTEM=dahdi_spans');
    bench.clock.advance(300);
    assert.equal(bench.told('plugged').length, 2, 'it has come anew');
    assert.equal(bench.told('unplugged').length, 1);
  });

  it('is taken again where it did not go in the end', () => {
    const bench = new DahdiBench(t1);
    bench.line('dahdi/1TE133F-A1234567/1', 1, 'fxs-kewl');
    bench.kernel.pullOut(1);
    bench.clock.advance(20_000);
    assert.equal(bench.told('plugged').length, 2);
  });

  it('is pulled out while it is prepared, and comes when it is there again', () => {
    const bench = new DahdiBench(driverAlone);
    const seen = () => bench.kernel.uevent('add@/devices/x/span-1', 'ACTION=add', 'SUBSYSTEM=dahdi_spans');
    bench.sysfs.add(t1);
    bench.kernel.hangs = true;
    seen();
    bench.clock.advance(300);
    bench.sysfs.remove('sys/bus/dahdi_');
    bench.clock.advance(5100);
    bench.kernel.comeBack();
    assert.deepEqual(bench.told('plugged'), []);
    bench.sysfs.add(t1);
    seen();
    bench.clock.advance(300);
    assert.deepEqual(bench.told('plugged'), ['dahdi/1TE133F-A1234567/1']);
  });

  it('refuses a number: it is said once, not every five seconds', () => {
    const bench = new DahdiBench(card(t1Plan.card), {}, ({ sysfs }) => {
      sysfs.onWrite = () => 'EINVAL';
    });
    bench.clock.advance(30_000);
    assert.equal(bench.sysfs.written.length, 1);
    assert.equal(bench.logged.filter((line) => line.startsWith('a line of a card gets no number')).length, 1);
  });
});

describe('a card that cannot be used', () => {
  it('lacks the driver, whether a card is known or not', () => {
    const nothing = new DahdiBench({}, {}, ({ kernel }) => {
      kernel.controlFault = -errno.ENOENT;
    });
    assert.match(
      nothing.told('unusable')[0] ?? '',
      /^driver: any card: sudo apt-get install dahdi dahdi-dkms .*modprobe dahdi/,
    );
    const known = new DahdiBench(pciCard('0000:03:00.0', 'd161', '800a'), {}, ({ kernel }) => {
      kernel.controlFault = -errno.ENOENT;
    });
    assert.deepEqual(known.told('unusable').length, 1);
    assert.match(known.told('unusable')[0] ?? '', /^driver: Digium TE131F.* at PCI 0000:03:00.0: .*modprobe wcte13xp/);
  });

  it('lacks its own module, or its firmware', () => {
    const files = { ...driverAlone, ...pciCard('0000:03:00.0', 'd161', '800a') };
    assert.match(new DahdiBench(files).told('unusable')[0] ?? '', /^driver: .*: sudo modprobe wcte13xp/);
    const loaded = { ...files, 'sys/module/wcte13xp/refcnt': '0\n' };
    assert.match(
      new DahdiBench(loaded).told('unusable')[0] ?? '',
      /^firmware: .*dahdi-fw-te133\.bin into \/lib\/firmware/,
    );
    const filled = { ...loaded, 'lib/firmware/dahdi-fw-te133.bin': '' };
    assert.match(new DahdiBench(filled).told('unusable')[0] ?? '', /^driver: .*dmesg/);
    const bound = { ...driverAlone, ...pciCard('0000:03:00.0', 'd161', '800a', true) };
    assert.deepEqual(new DahdiBench(bound).told('unusable'), []);
  });

  it('is an Astribank without firmware, or a card that gave no line', () => {
    const astribank = {
      ...driverAlone,
      'sys/bus/usb/devices/1-2/idVendor': 'e4e4\n',
      'sys/bus/usb/devices/1-2/idProduct': '1160\n',
    };
    assert.match(
      new DahdiBench(astribank).told('unusable')[0] ?? '',
      /^firmware: Xorcom Astribank at USB 1-2: USB_FW.hex/,
    );
    assert.match(new DahdiBench(card({ ...t1Plan.card, types: [] })).told('unusable')[0] ?? '', /^firmware: Digium/);
  });

  it('may not be opened by us; it comes when it may', () => {
    const bench = new DahdiBench(t1, {}, ({ kernel }) => {
      kernel.controlFault = -errno.EACCES;
    });
    assert.match(bench.told('unusable')[0] ?? '', /^rights: \/dev\/dahdi\/ctl: .*udev/);
    assert.deepEqual(bench.told('plugged'), []);
    bench.kernel.controlFault = 0;
    bench.clock.advance(5100);
    assert.deepEqual(bench.told('plugged'), ['dahdi/1TE133F-A1234567/1']);
    assert.equal(bench.told('unusable').length, 1);
  });
});

describe('a card that may be T1 or E1', () => {
  const wanted = { kind: 'e1', framing: 'ccs', coding: 'hdb3', crc4: true, timing: 1, buildOut: 0 } as const;

  it('becomes the other: its span goes, its type is set, and it comes back', () => {
    const bench = new DahdiBench(t1);
    const device = 'sys/bus/dahdi_devices/devices/pci:0000:03:00.0';
    bench.sysfs.onWrite = (path) => {
      if (path.endsWith('/unassign_span')) bench.sysfs.remove('sys/bus/dahdi_spans/devices/span-1');
      if (path.endsWith('/dahdi_spantype')) bench.sysfs.add({ [`${device}/dahdi_spantype`]: '1:E1\n' });
      if (path.endsWith('/assign_span'))
        bench.sysfs.add(span({ ...t1Plan.span, type: 'E1', channels: e1Plan.span.channels }));
      return undefined;
    };
    bench.span('dahdi/1TE133F-A1234567/1').configure(wanted);
    bench.clock.advance(500);
    assert.deepEqual(bench.sysfs.written, [
      `${device}/unassign_span 1`,
      `${device}/dahdi_spantype 1:E1`,
      `${device}/assign_span 1:0:0`,
    ]);
    assert.deepEqual(bench.told('unplugged'), ['dahdi/1TE133F-A1234567/1']);
    assert.equal(bench.span('dahdi/1TE133F-A1234567/1').description.kind, 'e1');
    bench.span('dahdi/1TE133F-A1234567/1').configure(wanted);
    bench.clock.advance(20);
    const told = bench.kernel.told.filter(({ request }) => request === requests.spanConfig).at(-1)?.argument;
    const at = (offset: number) => new DataView(told?.buffer ?? new ArrayBuffer(0)).getInt32(offset, true);
    assert.equal(at(structs.lineconfig.lineconfig), (1 << 8) | (1 << 9) | (1 << 10));
    assert.equal(at(structs.lineconfig.sync), 1);
  });

  it('refuses: it comes back as it was, and says that it has one kind alone', () => {
    const bench = new DahdiBench(t1);
    bench.sysfs.onWrite = (path) => {
      if (path.endsWith('/unassign_span')) bench.sysfs.remove('sys/bus/dahdi_spans/devices/span-1');
      if (path.endsWith('/assign_span')) bench.sysfs.add(span(t1Plan.span));
      return path.endsWith('/dahdi_spantype') ? 'EINVAL' : undefined;
    };
    bench.span('dahdi/1TE133F-A1234567/1').configure(wanted);
    bench.clock.advance(500);
    const back = bench.span('dahdi/1TE133F-A1234567/1');
    assert.deepEqual([back.description.kind, back.description.kinds], ['t1', []]);
    const heard = bench.heard(back);
    back.configure(wanted);
    assert.deepEqual(heard, [{ kind: 'fault', why: 'this span is T1' }]);
  });
});

it('a uevent is the kernel’s: action, place and values; what udev says is none', () => {
  const bytes = Buffer.from('add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=dahdi_spans\0SPAN_NUM=1\0');
  assert.deepEqual(parseUevent(bytes), { action: 'add', subsystem: 'dahdi_spans', path: '/devices/x' });
  assert.equal(parseUevent(Buffer.from('libudev\0\xfe\xed')), undefined);
  assert.equal(parseUevent(new Uint8Array(0)), undefined);
});
