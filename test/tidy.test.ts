import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { describe, it } from 'node:test';

/** The house rules of ARCHITECTURE.md as a test. A rule that is not checked is a wish. */

const root = resolve(import.meta.dirname, '../..');
const fileLineCap = 500;
const doorHeaderCap = 10;

/** Imports only fall: a folder imports from lower floors, and sideways only where no circle arises. */
const floors: Readonly<Record<string, number>> = {
  'src/base': 0,
  'src/sip': 1,
  'src/sdp': 1,
  'src/rtp': 1,
  'src/isdn': 1,
  'src/analog': 1,
  'src/media': 2,
  'src/tdm': 2,
  'src/config': 2,
  'src/call': 3,
  'src/routing': 3,
  'src/emergency': 3,
  'src/registrar': 3,
  'src/directory': 3,
  'src/survivability': 3,
  'src/wan': 3,
  'src/legs': 4,
  'src/trunks': 4,
  'src/lines': 4,
  'src/features': 4,
  'src/records': 4,
  'src/branch': 4,
};
const applianceFloor = 5;
const mainFloor = 6;
/** Folders of these floors never import one another. */
const apartFloors: ReadonlySet<number> = new Set([1, applianceFloor]);
/** What every process needs of the world, and where it is handed out. */
const worldDoor = 'appliance/io';

/** Packages that a folder of `src` may import; drachtio-srf arrives there as an injected instance. */
const packagesInSrc: Readonly<Record<string, readonly string[]>> = {
  'src/config': ['yaml'],
  'src/directory': ['yaml'],
  'src/legs': ['drachtio-srf'],
};

/** Time, chance and output have one home each. */
const worldCalls = /\b(?:Date\.now|new Date\(\)|Math\.random|(?<!\.)setTimeout|setInterval|performance\.now)\b/;
const worldCallHomes = ['appliance/io/', 'appliance/web/page/'];
const bannedFileNames = /(?:^|[-/])(?:utils?|helpers?|common|manager|misc|types)\.ts$/;
const topLevel = new Set(
  (
    '.ci .gitignore ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md LICENSE README.md appliance biome.json hw image-build ' +
    'package-lock.json package.json src test tsconfig.json'
  ).split(' '),
);

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const sources = tracked.filter((file) => file.endsWith('.ts'));

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly imports: readonly string[];
}

const read: readonly Source[] = sources.map((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const imports = [...text.matchAll(/^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|^import '([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
  return { file, text, lines: text.split('\n'), imports };
});

/** `src/sip`, `appliance/web`, `hw/dahdi`; files directly in `appliance/` are folders of their own. */
function folderOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return `${top}/${second}`;
}

function isProduct(file: string): boolean {
  return /^(?:src|hw|appliance)\//.test(file);
}

/** A process's own main knows everybody; so does the composition root. */
function isMain(file: string): boolean {
  return /^(?:appliance\/[^/]+|(?:appliance|hw)\/[^/]+\/(?:main|[a-z-]+-main))\.ts$/.test(file);
}

function floorOf(file: string): number | undefined {
  if (isMain(file)) return mainFloor;
  const folder = folderOf(file);
  if (folder.startsWith('src/')) return floors[folder];
  return applianceFloor;
}

function importedFile(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts');
}

function complain(rule: string, found: readonly string[]): void {
  assert.deepEqual(found, [], `${rule}\n  ${found.join('\n  ')}`);
}

describe('the tree', () => {
  it('has only the top level that ARCHITECTURE.md names', () => {
    const tops = [...new Set(tracked.map((file) => file.split('/')[0] ?? ''))];
    complain(
      'unknown top-level entries',
      tops.filter((top) => !topLevel.has(top)),
    );
  });

  it('gives every folder of src a floor', () => {
    const folders = new Set(sources.filter((file) => file.startsWith('src/')).map(folderOf));
    complain(
      'folders without a floor',
      [...folders].filter((folder) => floors[folder] === undefined),
    );
  });

  it('gives every folder one door with a short header', () => {
    const folders = new Set(sources.filter((file) => isProduct(file) && file.split('/').length > 2).map(folderOf));
    const found: string[] = [];
    for (const folder of folders) {
      const door = read.find(({ file }) => file === `${folder}/index.ts`);
      if (door === undefined) {
        // A folder whose only product is a process needs no door: nobody may import it.
        const inner = sources.filter((file) => folderOf(file) === folder && !isMain(file));
        if (inner.some((file) => importedFromElsewhere(file))) found.push(`${folder}: no index.ts`);
        continue;
      }
      const header = /^\/\*\*[\s\S]*?\*\//.exec(door.text)?.[0];
      if (header === undefined) found.push(`${folder}/index.ts: no header comment`);
      else if (header.split('\n').length > doorHeaderCap) found.push(`${folder}/index.ts: header too long`);
    }
    complain('doors', found);
  });

  it('keeps files short and well named', () => {
    complain(
      `files over ${fileLineCap} lines`,
      read.filter(({ lines }) => lines.length > fileLineCap + 1).map(({ file, lines }) => `${file}: ${lines.length}`),
    );
    complain(
      'file names',
      sources.filter((file) => bannedFileNames.test(file) || /[A-Z_]/.test(file.split('/').at(-1) ?? '')),
    );
  });
});

function importedFromElsewhere(target: string): boolean {
  return read.some(
    ({ file, imports }) =>
      isProduct(file) &&
      folderOf(file) !== folderOf(target) &&
      imports.some((specifier) => specifier.startsWith('.') && importedFile(file, specifier) === target),
  );
}

describe('imports', () => {
  it('fall, enter by the door, and never circle', () => {
    const found: string[] = [];
    const sideways = new Map<string, Set<string>>();
    for (const { file, imports } of read.filter(({ file }) => isProduct(file))) {
      for (const specifier of imports.filter((name) => name.startsWith('.'))) {
        const target = importedFile(file, specifier);
        const [here, there] = [folderOf(file), folderOf(target)];
        if (here === there) continue;
        if (!target.endsWith('/index.ts')) found.push(`${file} enters ${there} beside its door: ${specifier}`);
        if (target.startsWith('test/')) found.push(`${file} imports a test: ${specifier}`);
        const [low, high] = [floorOf(target) ?? 0, floorOf(file) ?? 0];
        if (low > high) found.push(`${file} (floor ${high}) climbs to ${target} (floor ${low})`);
        if (low !== high || there === worldDoor) continue;
        if (apartFloors.has(low)) found.push(`${file} imports its neighbour ${there} on floor ${low}`);
        sideways.set(here, (sideways.get(here) ?? new Set()).add(there));
      }
    }
    for (const folder of sideways.keys()) if (reaches(folder, folder, sideways)) found.push(`${folder} is in a circle`);
    complain('imports', found);
  });

  it('bring nothing of the world into src', () => {
    const found: string[] = [];
    for (const { file, imports } of read.filter(({ file }) => file.startsWith('src/'))) {
      for (const specifier of imports.filter((name) => !name.startsWith('.'))) {
        if (specifier === 'node:crypto') continue;
        if (packagesInSrc[folderOf(file)]?.includes(specifier) === true) continue;
        found.push(`${file}: ${specifier}`);
      }
    }
    complain('imports of the world in src', found);
  });
});

function reaches(from: string, to: string, edges: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set<string>();
  const open = [...(edges.get(from) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(edges.get(next) ?? []));
  }
  return false;
}

describe('the text', () => {
  it('takes time, chance and output as arguments', () => {
    const found: string[] = [];
    for (const { file, lines } of read.filter(({ file }) => isProduct(file))) {
      if (worldCallHomes.some((home) => file.startsWith(home))) continue;
      lines.forEach((line, index) => {
        if (/^\s*(?:\/\/|\*|\/\*)/.test(line)) return;
        if (worldCalls.test(line)) found.push(`${file}:${index + 1} ${line.trim()}`);
        if (file.startsWith('src/') && /\b(?:console|process)\.|\bsetImmediate\b/.test(line)) {
          found.push(`${file}:${index + 1} ${line.trim()}`);
        }
      });
    }
    complain('clock, chance or output outside their homes', found);
  });

  it('leaves nothing half done, no type given up and no test that does not run', () => {
    const marks = new RegExp(
      `\\b(?:${['TO', 'FIX', 'XX', 'HA'].map((a, i) => a + ['DO', 'ME', 'X', 'CK'][i]).join('|')})\\b`,
    );
    const givenUp = /\bas any\b|: any(?=\s*[;,)=\]>|]|$)|@ts-(?:ignore|nocheck|expect-error)/;
    const notRun = /\b(?:it|test|describe)\.(?:skip|only|todo)\b|\bskip: *(?:true|')/;
    const found: string[] = [];
    for (const { file, lines } of read) {
      if (file === 'test/tidy.test.ts') continue;
      lines.forEach((line, index) => {
        const comment = /^\s*(?:\/\/|\*|\/\*)/.test(line);
        if (marks.test(line) || (!comment && (givenUp.test(line) || notRun.test(line))))
          found.push(`${file}:${index + 1} ${line.trim()}`);
      });
    }
    complain('leftovers', found);
  });

  it('names no place of one machine and no registry', () => {
    const places = new RegExp(`(?:^|[^\\w.])/(?:${['work', 'root'].join('|')})/|registry\\.[a-z]+js|deb\\.debian`);
    const found = tracked
      .filter((file) => /\.(?:ts|mjs|md|json|sh|yaml|cfg|xml|txt|html|css)$/.test(file) && file !== 'test/tidy.test.ts')
      .filter((file) => places.test(readFileSync(join(root, file), 'utf8')));
    complain('files that name a place', found);
  });

  it("takes `test` for the SIP server's system tests from their bench, which skips what another server cannot show", () => {
    const subject = /^test\/system\/(sip-server|srf-api)-(?!.*coverage).*\.test\.ts$/;
    complain(
      'tests that HOLDFAST_SIP cannot point elsewhere: import test from sip-server-bench.js',
      read
        .filter(({ file, text }) => subject.test(file) && /import \{[^}]*\btest\b[^}]*\} from 'node:test'/.test(text))
        .map(({ file }) => file),
    );
  });

  it('keeps npm install scripts approved by exact version', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.ok(typeof manifest === 'object' && manifest !== null && 'allowScripts' in manifest);
    const approved = Object.keys(manifest.allowScripts ?? {});
    assert.ok(approved.length > 0);
    complain(
      'unpinned approvals',
      approved.filter((name) => !/@\d+\.\d+\.\d+$/.test(name)),
    );
  });
});
