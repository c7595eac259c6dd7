import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlainView } from '../../../appliance/supervisor/plain-view.js';
import { Screen } from '../../../appliance/supervisor/screen.js';
import { column, formatLine } from '../../../appliance/supervisor/styled-line.js';
import { lineOrder } from '../../../appliance/supervisor/terminal.js';
import { minutes, type Scene, terminalView } from '../../../appliance/supervisor/terminal-view.js';
import { busyLabLines, quietLabLines } from '../web/fake-lab-lines.js';
import { outageScene } from '../web/outage-scene.js';

const now = Date.UTC(2026, 0, 1);
const { present, lab } = outageScene(now);
const scene: Scene = {
  web: 'http://127.0.0.1:8080/',
  status: present,
  ...(lab === undefined ? {} : { lab: lab.present }),
  connected: true,
  elapsedMs: 0,
};

function screen(shown: Scene, columns: number, rows: number): readonly string[] {
  return terminalView(shown, columns, rows).map((line) => formatLine(line, columns, false));
}

describe('terminal view', () => {
  it('fits any size', () => {
    for (const [columns, rows] of [
      [80, 24],
      [40, 10],
      [200, 60],
      [20, 5],
      [1, 1],
    ] as const) {
      const lines = screen(scene, columns, rows);
      assert.equal(lines.length, rows);
      for (const line of lines) assert.ok([...line].length <= columns, line);
    }
  });

  it('shows mode, fault, phones, calls, lines, timeline and keys on 80 columns and 24 rows', () => {
    const text = screen(scene, 80, 24).join('\n');
    assert.match(text, /LIMITED SERVICE/);
    assert.match(text, /The link is up but nothing comes back from the centre/);
    assert.match(text, /1001 .*Reception/);
    assert.match(text, /1003 → 911 .*EMERGENCY/);
    assert.match(text, /spare .*down/);
    assert.match(text, /Timeline/);
    assert.match(text, /WAN cut .* q {1,2}quit/);
  });

  it('shows the telephones and the T1 of the lab, and has keys for them', () => {
    assert.ok(scene.lab !== undefined);
    const text = screen({ ...scene, lab: { ...scene.lab, lines: busyLabLines() } }, 120, 40).join('\n');
    assert.match(text, /1005 Porter +off hook, hears “this is 3125550123”/);
    assert.match(text, /1006 Archive +rings {2}LAB OUTSIDE CALLER 3125550199/);
    assert.match(text, /T1 sim\/1 +2 of 23 in use {2}YELLOW/);
    assert.match(text, / 4 {1,2}T1/);
    assert.doesNotMatch(screen(scene, 120, 40).join('\n'), /hook/);
    const [busy, quiet] = [busyLabLines(), quietLabLines()];
    assert.deepEqual(lineOrder('5', busy), ['api/lab/line-hang-up', { extension: '1005' }]);
    assert.deepEqual(lineOrder('6', quiet), ['api/lab/line-lift', { extension: '1006' }]);
    assert.deepEqual(lineOrder('4', quiet), ['api/lab/line-call-in', { to: '1005', caller: 'shown' }]);
    assert.deepEqual(lineOrder('a', quiet), ['api/lab/line-alarm', { alarm: 'red', on: true }]);
    const dialled = { extension: '1005', digits: '913125550123', by: 'tone' };
    assert.deepEqual(lineOrder('7', quiet), ['api/lab/line-dial', dialled]);
    assert.equal(lineOrder('z', quiet), undefined);
  });

  it('shows how sound is, where it passes here', () => {
    const media = { up: true, ports: 4, load: 0.123, mos: { mean: 4.32, least: 3.9 } };
    assert.match(screen({ ...scene, media }, 80, 24).join('\n'), /Sound 4 ports, load 12 %, quality 4\.3 of 4\.5/);
    const away = screen({ ...scene, media: { up: false, ports: 4, load: 0 } }, 80, 24).join('\n');
    assert.match(away, /Sound the media engine is away/);
    assert.doesNotMatch(screen(scene, 80, 24).join('\n'), /Sound/);
  });

  it('counts down on its own between two statuses', () => {
    const returning = outageScene(now, 'returning').present;
    assert.match(screen({ ...scene, status: returning, elapsedMs: 0 }, 80, 24)[1] ?? '', /RETURNING IN 1:12/);
    assert.match(screen({ ...scene, status: returning, elapsedMs: 12_000 }, 80, 24)[1] ?? '', /RETURNING IN 1:00/);
  });

  it('says that the controller is away', () => {
    assert.match(screen({ ...scene, connected: false }, 80, 24)[1] ?? '', /CONTROLLER RESTARTING/);
  });

  it('lets no control character of a peer through', () => {
    const [call] = present.calls;
    assert.ok(call !== undefined);
    const status = { ...present, calls: [{ ...call, from: '\x1b[2J\x07evil\u202e' }] };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    assert.doesNotMatch(screen({ ...scene, status }, 80, 24).join('\n'), /[\x00-\x08\x1b\u202e]/);
  });

  it('keeps calls and lines in sight however many phones there are', () => {
    const [phone] = present.phones;
    assert.ok(phone !== undefined);
    const phones = Array.from({ length: 200 }, (_, i) => ({ ...phone, extension: String(2000 + i) }));
    const text = screen({ ...scene, status: { ...present, phones } }, 80, 24).join('\n');
    assert.match(text, /911/);
    assert.match(text, /spare/);
  });

  it('writes durations', () => {
    assert.equal(minutes(59_600), '1:00');
    assert.equal(minutes(3_725_000), '1:02:05');
    assert.equal(minutes(-5), '0:00');
    assert.equal(column('abcdef', 4), 'abc…');
  });
});

describe('screen', () => {
  it('writes only the lines that changed, and all of them after a resize', () => {
    const written: string[] = [];
    const port = { columns: 20, rows: 3, write: (text: string) => written.push(text) };
    const shown = new Screen(port, false);
    shown.open();
    shown.draw([[{ text: 'one' }], [{ text: 'two' }], []]);
    written.length = 0;
    shown.draw([[{ text: 'one' }], [{ text: 'new' }], []]);
    assert.deepEqual(written, ['\x1b[?2026h\x1b[2;1H\x1b[2Knew\x1b[?2026l']);
    written.length = 0;
    shown.draw([[{ text: 'one' }], [{ text: 'new' }], []]);
    assert.deepEqual(written, []);
    port.columns = 30;
    shown.draw([[{ text: 'one' }], [{ text: 'new' }], []]);
    assert.match(written.join(''), /one.*new/s);
  });

  it('gives the terminal back once', () => {
    const written: string[] = [];
    const shown = new Screen({ columns: 20, rows: 3, write: (text) => written.push(text) }, false);
    shown.open();
    shown.close();
    shown.close();
    shown.draw([[{ text: 'late' }]]);
    assert.deepEqual(written.slice(1), ['\x1b[?25h\x1b[?1049l']);
  });
});

describe('plain view', () => {
  it('says each change once', () => {
    const said: string[] = [];
    const view = new PlainView((line) => said.push(line.slice(9)));
    view.show(present, lab?.present);
    view.show(present, lab?.present);
    assert.deepEqual(said, [
      'lab: WAN cut',
      'mode: Limited service: 3 probes in a row without an answer',
      'phones: 3 registered',
      'call 1001 → 1002 via centre: talking',
      'EMERGENCY call 1003 → 911 via trunk pstn: talking',
      'call +13125550123 → 1002 via extension 1002: ringing',
    ]);
    said.length = 0;
    view.show({ ...present, calls: present.calls.slice(0, 2) }, lab?.present);
    assert.deepEqual(said, ['call +13125550123 → 1002 via extension 1002: ended']);
    said.length = 0;
    for (const up of [true, false, false, true])
      view.show({ ...present, calls: present.calls.slice(0, 2) }, lab?.present, { up, ports: 0, load: 0 });
    assert.deepEqual(said, ['sound: the media engine is away', 'sound: the media engine is back']);
  });
});
