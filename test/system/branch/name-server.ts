import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.js';
import type { PeerProcess } from './peer-process.js';

/** What programs started in `space` from now on find in /etc/resolv.conf (`ip netns exec` puts it there). */
export function resolveAt(space: Namespace, server: string): void {
  mkdirSync(`/etc/netns/${space.name}`, { recursive: true });
  writeFileSync(`/etc/netns/${space.name}/resolv.conf`, `nameserver ${server}\noptions timeout:1 attempts:1\n`);
}

/** A name server that knows one name; stop it, and DNS is dead. */
export function startNameServer(
  space: Namespace,
  folder: string,
  address: string,
  name: string,
  ipv4: string,
): Promise<PeerProcess> {
  const program = fileURLToPath(new URL('./name-server-main.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const started: PeerProcess = space.spawn(process.execPath, [program, address, name, ipv4], {
      logFile: `${folder}/name-server.log`,
      onLine: (line) => line === 'ready' && resolve(started),
    });
    started.ended.then((code) => reject(new Error(`The name server ended with ${code}: ${started.output()}`)));
  });
}
