import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Namespace } from '../system/branch/namespace.js';
import { relay } from './call-plan.js';
import { HoldfastMedia } from './holdfast-subject.js';
import { measureVoice, type Voice } from './voice-load.js';

const engineHost = '10.98.7.1';
const farHost = '10.98.7.2';

export interface KernelRelay {
  /** Through the native thread, in the same namespaces. */
  readonly userspace: Voice;
  readonly kernel: Voice;
}

/**
 * Plain relay between two namespaces, through the native thread and through the kernel. What the kernel forwards is done in the
 * sender's time: what the generator needs more than with the native thread counts as ours.
 */
export async function kernelRelay(folder: string, calls: number, seconds: number): Promise<KernelRelay> {
  const [engineSpace, farSpace] = [await Namespace.create('engine'), await Namespace.create('far')];
  try {
    await engineSpace.ip(
      `link add veth0 type veth peer name veth0 netns ${farSpace.name}`,
      `addr add ${engineHost}/24 dev veth0`,
      'link set veth0 up',
    );
    await farSpace.ip(`addr add ${farHost}/24 dev veth0`, 'link set veth0 up');
    await engineSpace.run('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0']);
    const measured = async (kernelPath: 'yes' | 'no'): Promise<Voice> => {
      const subject = await HoldfastMedia.start({
        folder: mkdtempSync(join(folder, 'kernel-')),
        processor: 0,
        host: engineHost,
        space: engineSpace.name,
        farHost,
        words: ['--kernel-path', kernelPath],
      });
      try {
        return await measureVoice(subject, {
          ...{ kind: relay, calls, seconds, warmS: 5, processor: 1 },
          ...{ space: farSpace.name, local: farHost, apart: true },
        });
      } finally {
        await subject.stop();
      }
    };
    return { userspace: await measured('no'), kernel: await measured('yes') };
  } finally {
    await farSpace.destroy();
    await engineSpace.destroy();
  }
}
