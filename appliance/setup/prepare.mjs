/**
 * Makes the machine ready for `npm start` (argument `run`), `npm test` (`test`) or `npm run test:dahdi` (`dahdi`): Debian packages, npm
 * packages with their native builds, the compiled tree. Quick when nothing changed. Plain JavaScript, because it runs
 * before anything is installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const leastNode = 20;
const purpose = ['test', 'dahdi'].find((word) => word === process.argv[2]) ?? 'run';
const packageLists = [
  'appliance/setup/debian-packages.txt',
  ...(purpose === 'dahdi' ? ['appliance/setup/dahdi-packages.txt'] : []),
];

process.chdir(root);
checkNode();
installDebianPackages(['run', ...(purpose === 'test' ? ['test'] : []), ...(purpose === 'dahdi' ? ['install'] : [])]);
installNpmPackages();
compile();
buildMediaEngine();

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= leastNode) return;
  fail(
    `Node.js ${process.versions.node} is too old: Holdfast needs ${leastNode} or newer.`,
    'Debian 13 has it (apt-get install nodejs npm); on Debian 12 install a current LTS release of Node.js.',
  );
}

/** @param {readonly string[]} groups */
function installDebianPackages(groups) {
  if (spawnSync('dpkg-query', ['--version']).error !== undefined) {
    say(`This is not Debian: the packages named in ${packageLists.join(' and ')} are taken to be installed.`);
    return;
  }
  const wanted = packageLists
    .flatMap((list) => readFileSync(list, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([name, group]) => name !== undefined && !name.startsWith('#') && groups.includes(group ?? ''))
    .map(([name]) => String(name));
  const missing = missingOf(wanted);
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) {
    fail(
      `These Debian packages are missing: ${missing.join(' ')}; installing them needs root.`,
      `Run: sudo apt-get update && sudo ${install.join(' ')}`,
    );
  }
  say(`Installing Debian packages: ${missing.join(' ')}`);
  run([...asRoot, 'apt-get', 'update', '--quiet'], 'The package lists could not be read.');
  run([...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', ...install], 'The packages could not be installed.');
}

/** @param {readonly string[]} names */
function missingOf(names) {
  const answer = spawnSync('dpkg-query', ['--show', '--showformat', `\${Package} \${db:Status-Status}\n`, ...names], {
    encoding: 'utf8',
  });
  const present = new Set(
    answer.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !present.has(name));
}

function installNpmPackages() {
  const stamp = join('node_modules', '.holdfast-installed');
  const wanted = createHash('sha256')
    .update(readFileSync('package.json'))
    .update(readFileSync('package-lock.json'))
    .update(process.version)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing npm packages (native parts are built here)');
  const headers = nodeHeadersPrefix(); // node-gyp then needs no download
  const environment = headers === undefined ? {} : { npm_config_nodedir: headers };
  run(['npm', 'ci', '--no-audit', '--no-fund'], 'The npm packages could not be installed.', environment);
  try {
    execFileSync(process.execPath, ['-e', "require('classic-level'); require('node-netlink')"], { stdio: 'pipe' });
  } catch (error) {
    fail(
      `A native npm package was installed but does not load: ${String(error)}`,
      'Remove node_modules and run the command again; on Debian’s own Node.js also install libnode-dev (headers).',
    );
  }
  writeFileSync(stamp, wanted);
}

function compile() {
  const stamp = join('build', '.holdfast-compiled');
  const sources = ['src', 'hw', 'appliance', 'test'].flatMap((top) => (existsSync(top) ? filesBelow(top) : []));
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', ...sources.filter((file) => file.endsWith('.ts')).sort()]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Compiling');
  removeOrphans(new Set(sources));
  run([process.execPath, 'node_modules/typescript/bin/tsc', '-p', '.'], 'The sources do not compile.');
  mkdirSync('build', { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The native half of appliance/media-engine; make knows what has changed. */
function buildMediaEngine() {
  const prefix = nodeHeadersPrefix();
  if (prefix === undefined) {
    fail(
      'The headers of Node.js are not there: the native media engine cannot be built.',
      'On Debian’s own Node.js install libnode-dev; elsewhere unpack include/node of the release beside its bin/.',
    );
  }
  const out = resolve('build/appliance/media-engine/native');
  const words = [`OUT=${out}`, `NODE_INCLUDE=${join(prefix, 'include/node')}`, 'addon'];
  if (purpose === 'test') words.push('tests');
  const make = ['make', '--no-print-directory', '-C', 'appliance/media-engine/native'];
  if (spawnSync('make', [...make.slice(1), '--question', ...words], { stdio: 'ignore' }).status === 0) return;
  say('Building the native media engine');
  const complaint =
    'The native media engine could not be built (its libraries are in appliance/setup/debian-packages.txt).';
  run([...make, '--silent', `-j${availableParallelism()}`, ...words], complaint);
}

/** Debian and the official tarballs both put the headers beside the binary's prefix. @returns {string | undefined} */
function nodeHeadersPrefix() {
  const prefix = dirname(dirname(process.execPath));
  return [prefix, '/usr'].find((at) => existsSync(join(at, 'include/node/node_api.h')));
}

/** Compiled files whose source is gone would still run as tests. @param {ReadonlySet<string>} sources */
function removeOrphans(sources) {
  if (!existsSync('build')) return;
  for (const file of filesBelow('build')) {
    if (!file.endsWith('.js')) continue;
    if (!sources.has(relative('build', file).replace(/\.js$/, '.ts'))) rmSync(file);
  }
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** @param {readonly string[]} command @param {string} complaint @param {Record<string, string>} [environment] */
function run(command, complaint, environment = {}) {
  const [program, ...words] = command;
  const { status, error } = spawnSync(String(program), words, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  });
  if (status !== 0) fail(complaint, `It was: ${command.join(' ')}${error === undefined ? '' : ` (${error.message})`}`);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`holdfast: ${line}\n`);
}

/** @param {string} what @param {string} remedy @returns {never} */
function fail(what, remedy) {
  say(what);
  say(remedy);
  process.exit(1);
}
