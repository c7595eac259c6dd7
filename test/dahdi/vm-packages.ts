import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A Debian package to be downloaded and unpacked, never installed: it is another kernel's. */
export interface VmPackage {
  readonly name: string;
  readonly version: string;
}

/** A command's output; throws what it said where it failed. */
export function outputOf(program: string, words: readonly string[], folder?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(' ')} failed: ${error?.message ?? `${status}\n${stdout}${stderr}`}`);
}

/** The packages marked `unpack` in the list, with what Debian's names for the kernel stand for, at the versions that apt would take. */
export function vmPackages(list: string): readonly VmPackage[] {
  const names = new Set<string>();
  const open = readFileSync(list, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([name, group]) => name !== undefined && !name.startsWith('#') && group === 'unpack')
    .map(([name]) => String(name));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const below = /^linux-(?:image|headers)/.test(name) ? kernelParts(name) : [];
    open.push(...below.filter((part) => !names.has(part)));
    // A name without a version only points to the current kernel.
    if (!/^linux-(?:image|headers)-amd64$/.test(name)) names.add(name);
  }
  return candidatesOf([...names].sort());
}

function kernelParts(name: string): readonly string[] {
  return [
    ...outputOf('apt-cache', ['depends', name]).matchAll(/Depends: (linux-(?:image|headers|kbuild)-\S+)/g),
  ].flatMap(([, part]) => part ?? []);
}

function candidatesOf(names: readonly string[]): readonly VmPackage[] {
  const policy = outputOf('apt-cache', ['policy', ...names]);
  return names.map((name) => {
    const about = policy.split(/^(?=\S)/m).find((each) => each.startsWith(`${name}:`));
    const version = /Candidate: (\S+)/.exec(about ?? '')?.[1];
    if (version !== undefined && version !== '(none)') return { name, version };
    throw new Error(`Debian has no package ${name}, or its lists are empty. Run: sudo apt-get update`);
  });
}

/** What is taken of a kernel of 400 MB unpacked. */
const kernelFiles = [
  ...['*/vmlinuz-*', '*/modules.order', '*/modules.builtin*'],
  ...[
    '*/drivers/virtio/*',
    '*/drivers/char/virtio_console*',
    '*/net/9p/*',
    '*/fs/9p/*',
    '*/fs/netfs/*',
    '*/fs/fscache/*',
  ],
  '*/lib/crc*',
];

/** Downloads the packages and unpacks them into the folder, which is made anew. */
export function unpackVmPackages(packages: readonly VmPackage[], folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const archives = join(folder, '.archives');
  mkdirSync(archives, { recursive: true });
  outputOf('apt-get', ['download', '--quiet', ...packages.map(({ name, version }) => `${name}=${version}`)], archives);
  for (const archive of readdirSync(archives)) {
    const path = join(archives, archive);
    if (!archive.startsWith('linux-image-')) outputOf('dpkg-deb', ['--extract', path, folder]);
    else {
      const tar = join(archives, 'kernel.tar');
      outputOf('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" > "$2"', 'sh', path, tar]);
      // Not every kernel has every folder: tar's complaint about that is no failure, and what lacks is missed later.
      spawnSync('tar', ['-xf', tar, '-C', folder, '--wildcards', ...kernelFiles]);
    }
  }
  rmSync(archives, { recursive: true });
}
