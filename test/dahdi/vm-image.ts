import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { compilePrograms } from './guest-programs.js';
import { outputOf, unpackVmPackages, vmPackages } from './vm-packages.js';

/** What a virtual machine boots, and what it finds in its `/dahdi`. */
export interface VmImage {
  readonly kernel: string;
  readonly initrd: string;
  /** Debian's tools, the driver's headers, and the programs of this test: on the virtual machine's path as `/dahdi`. */
  readonly tools: string;
}

const root = resolve(import.meta.dirname, '../../..');
const sources = join(root, 'test/dahdi');
const packageList = join(root, 'appliance/setup/dahdi-packages.txt');
/** An analog card without hardware. */
const cardSources = join(sources, 'module');
/** The modules that the first program loads, with theirs. */
const wantedModules =
  /^(?:virtio|virtio_ring|virtio_pci\w*|virtio_console|9p|9pnet|9pnet_virtio|netfs|fscache|crc.*)\.ko/;
/** No echo canceller of Debian's kernel is built here: the driver brings its own. */
const driverConfig = [
  'CONFIG_DAHDI=m',
  'CONFIG_DAHDI_DYNAMIC=m',
  'CONFIG_DAHDI_DYNAMIC_LOC=m',
  'CONFIG_DAHDI_ECHOCAN_MG2=m',
];

/** The image, from the build folder where nothing changed since: packages and programs are its key. */
export function vmImage(say: (line: string) => void): VmImage {
  if (process.arch !== 'x64') throw new Error(`the virtual machine is made for amd64, and this is ${process.arch}`);
  const packages = vmPackages(packageList);
  const key = createHash('sha256').update(JSON.stringify(packages)).update(driverConfig.join());
  for (const file of ['vm-packages.js', 'vm-image.js']) key.update(readFileSync(join(import.meta.dirname, file)));
  for (const file of readdirSync(cardSources)) key.update(readFileSync(join(cardSources, file)));
  const home = join(root, 'build/dahdi', key.digest('hex').slice(0, 16));
  const kept = { kernel: join(home, 'vmlinuz'), base: join(home, 'base'), tools: join(home, 'tools') };
  if (!existsSync(home)) {
    say(`building the driver for ${packages.find(({ name }) => name.startsWith('linux-image'))?.name ?? 'a kernel'}`);
    rmSync(join(root, 'build/dahdi'), { recursive: true, force: true });
    buildBase(`${home}.part`, packages);
    renameSync(`${home}.part`, home);
  }
  compilePrograms(kept.tools);
  const initrd = join(home, 'initrd');
  packInitrd(kept.base, initrd);
  return { kernel: kept.kernel, initrd, tools: kept.tools };
}

function buildBase(home: string, packages: ReturnType<typeof vmPackages>): void {
  const unpacked = join(home, 'unpacked');
  unpackVmPackages(packages, unpacked);
  const kernel = filesBelow(unpacked, /^vmlinuz-/)[0];
  if (kernel === undefined) throw new Error('there is no kernel in Debian’s package');
  const release = basename(kernel).slice('vmlinuz-'.length);
  copyFileSync(kernel, join(home, 'vmlinuz'));

  const base = join(home, 'base');
  const modules = join(base, 'lib/modules', release);
  for (const folder of [join(base, 'bin'), modules]) mkdirSync(folder, { recursive: true });
  const busybox = filesBelow(unpacked, /^busybox$/)[0];
  if (busybox === undefined) throw new Error('there is no busybox in Debian’s package');
  copyFileSync(busybox, join(base, 'bin/busybox'));
  chmodSync(join(base, 'bin/busybox'), 0o755);

  const driver = compileDriver(unpacked, release);
  for (const file of [...filesBelow(unpacked, wantedModules), ...driver.modules]) {
    const copy = join(modules, basename(file));
    copyFileSync(file, copy);
    if (copy.endsWith('.xz')) outputOf('xz', ['--decompress', copy]);
    outputOf('strip', ['--strip-debug', copy.replace(/\.xz$/, '')]);
  }
  for (const file of filesBelow(unpacked, /^modules\.(?:order|builtin.*)$/)) {
    copyFileSync(file, join(modules, basename(file)));
  }
  outputOf(join(base, 'bin/busybox'), ['depmod', '-b', base, release]);

  const tools = join(home, 'tools');
  for (const folder of ['bin', 'lib', 'include']) mkdirSync(join(tools, folder), { recursive: true });
  // Modules come and go by it.
  copyFileSync(join(base, 'bin/busybox'), join(tools, 'bin/busybox'));
  cpSync(driver.headers, join(tools, 'include'), { recursive: true });
  for (const file of filesBelow(unpacked, /^(?:dahdi_\w+|fxotune)$/)) {
    if (/\/s?bin\//.test(file)) copyFileSync(file, join(tools, 'bin', basename(file)));
  }
  for (const file of filesBelow(unpacked, /^libtonezone\.so\.2\.0$|^libtonezone\.so\.2$/)) {
    copyFileSync(realpathSync(file), join(tools, 'lib', basename(file)));
  }
  // Twenty thousand headers would be walked by every later compilation.
  rmSync(unpacked, { recursive: true });
}

/** Compiles the driver against the unpacked headers; their paths are absolute and lead to a machine where they are installed. */
function compileDriver(
  unpacked: string,
  release: string,
): { readonly modules: readonly string[]; readonly headers: string } {
  const headers = join(unpacked, 'usr/src', `linux-headers-${release}`);
  const makefile = join(headers, 'Makefile');
  writeFileSync(makefile, readFileSync(makefile, 'utf8').replaceAll('/usr/src/', `${join(unpacked, 'usr/src')}/`));
  const name = readdirSync(join(unpacked, 'usr/src')).find((folder) => folder.startsWith('dahdi-'));
  if (name === undefined) throw new Error('there is no driver in Debian’s package dahdi-dkms');
  const driver = join(unpacked, 'usr/src', name);
  outputOf('make', ['-C', driver, 'include/dahdi/version.h', `KSRC=${headers}`, `KVERS=${release}`]);
  const place = [`M=${join(driver, 'drivers/dahdi')}`, `DAHDI_INCLUDE=${join(driver, 'include')}`];
  outputOf('make', ['-C', headers, ...place, 'DAHDI_BUILD_ALL=', ...driverConfig, 'modules']);
  const card = join(unpacked, 'card');
  cpSync(cardSources, card, { recursive: true });
  const symbols = `KBUILD_EXTRA_SYMBOLS=${join(driver, 'drivers/dahdi/Module.symvers')}`;
  outputOf('make', ['-C', headers, `M=${card}`, `DAHDI_INCLUDE=${join(driver, 'include')}`, symbols, 'modules']);
  const modules = [...filesBelow(join(driver, 'drivers'), /\.ko$/), join(card, 'holdfast_analog.ko')];
  return { modules, headers: join(driver, 'include') };
}

function packInitrd(base: string, initrd: string): void {
  const init = join(base, 'init');
  copyFileSync(join(sources, 'guest-init.sh'), init);
  chmodSync(init, 0o755);
  const pack = 'cd "$1" && find . | ./bin/busybox cpio -o -H newc 2>/dev/null | gzip -1 > "$2"';
  outputOf('sh', ['-c', pack, 'sh', base, initrd]);
}

function filesBelow(folder: string, name: RegExp): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, name);
    return name.test(entry.name) ? [path] : [];
  });
}
