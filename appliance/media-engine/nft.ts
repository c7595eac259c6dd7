import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A rule set of this size is loaded in milliseconds; nft that takes longer waits for something that never comes. */
const withinMs = 5000;
/** The counters of ten thousand ports. */
const answerBytes = 16 * 1024 * 1024;

/** Runs nft with `script` on its standard input. Rejects with what it complains of, in one line. */
export function nft(words: readonly string[], script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: withinMs, maxBuffer: answerBytes };
    const child = execFile('nft', [...words], limits, (error, answer, complaint) => {
      if (error === null) resolve(answer);
      else if ('code' in error && error.code === 'ENOENT') reject(new Error('nft is not installed (package nftables)'));
      else reject(new Error(complaint.trim().split('\n')[0] || error.message));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(script);
  });
}

/** Whether the kernel forwards IPv4 at all. */
export async function forwardsIpv4(): Promise<boolean> {
  const text = await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8').catch(() => '0');
  return text.trim() === '1';
}
