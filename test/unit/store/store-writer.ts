/** A child process for the kill test: writes bindings and call records, and prints each name once it is acknowledged. */
import { writeSync } from 'node:fs';
import { systemClock } from '../../../appliance/io/index.js';
import { Store } from '../../../appliance/store/index.js';

const [directory = '', run = '0'] = process.argv.slice(2);
const store = await Store.open({ directory, clock: systemClock });
const flow = { transport: 'udp', address: '192.0.2.1', port: 5060 } as const;

async function writer(name: string): Promise<void> {
  for (let n = 0; ; n++) {
    const token = `${run}-${name}-${n}`;
    const binding = { token, username: name, contact: `sip:${name}@192.0.2.1`, flow, callId: token, cseq: n } as const;
    await store.bindings.save({ put: [{ ...binding, expiresAtWall: n, origin: 'served' }], remove: [] });
    writeSync(1, `binding ${token}\n`);
    if (n % 3 !== 0) continue;
    const record = {
      id: token,
      sessionId: token,
      from: { number: name },
      to: '1',
      dialled: '1',
      steps: [],
      emergency: false,
    };
    await store.callRecords.open({ ...record, startedWall: n });
    writeSync(1, `open ${token}\n`);
  }
}

await Promise.all(['a', 'b', 'c', 'd', 'e'].map(writer));
