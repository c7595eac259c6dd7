import { dirname, join, resolve } from 'node:path';

/** Where the compiled programs, their packages and the manifest lie. */
const root = resolve(import.meta.dirname, '../../..');

/** Names of the machine's own, which its resolver looks up first. */
const nameFile = '/etc/hosts';

/**
 * Node.js's own permissions for a process that strangers talk to: it reads its own code, the folders of the files
 * given and the file of host names, writes nothing, and starts no process and no thread. Without the feature there are no flags, and the process
 * runs as before.
 */
export function sandboxFlags(files: readonly string[]): readonly string[] {
  const known = process.allowedNodeEnvironmentFlags;
  const permission = ['--permission', '--experimental-permission'].find((flag) => known.has(flag));
  if (permission === undefined) return [];
  const quiet = known.has('--disable-warning') ? ['--disable-warning=ExperimentalWarning'] : [];
  const code = [join(root, 'build'), join(root, 'node_modules'), join(root, 'package.json')];
  // The folder, because a file that is replaced is noticed there.
  const readable = [...code, nameFile, ...new Set(files.map((file) => dirname(file)))];
  // Newer releases ask for the network as well, which is what this process is for.
  const network = known.has('--allow-net') ? ['--allow-net'] : [];
  return [permission, ...quiet, ...network, ...readable.map((path) => `--allow-fs-read=${path}`)];
}
