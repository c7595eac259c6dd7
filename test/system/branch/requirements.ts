import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs: readonly { readonly program: string; readonly debian: string }[] = [
  { program: 'ip', debian: 'iproute2' },
  { program: 'nft', debian: 'nftables' },
  { program: 'kamailio', debian: 'kamailio' },
  { program: 'kamcmd', debian: 'kamailio' },
  { program: 'baresip', debian: 'baresip-core' },
  { program: 'sipp', debian: 'sip-tester' },
  { program: 'dumpcap', debian: 'wireshark-common' },
];

/** The system tests never skip: what is missing is named, with the command that brings it. */
export function requireRootAndPeers(): void {
  if (process.getuid?.() !== 0) {
    throw new Error('The system tests make network namespaces and must run as root: sudo npm test');
  }
  const path = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  const missing = programs.filter(({ program }) => !path.some((folder) => existsSync(join(folder, program))));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((one) => one.debian))].join(' ');
    throw new Error(
      `Missing for the system tests: ${missing.map((one) => one.program).join(', ')}. ` +
        `Install with: apt-get install --no-install-recommends ${packages}`,
    );
  }
}
