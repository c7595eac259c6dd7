import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Srf from 'drachtio-srf';
import { hexToken, type Log, Secret } from '../../src/base/index.js';
import { jsonLog, systemClock, systemRandom } from '../io/index.js';
import { startSipServer } from '../sip-server/index.js';
import {
  isSipApplication,
  Lab,
  LabControlServer,
  type LabPorts,
  labConfiguration,
  labUsers,
  type OpenSipServer,
} from './index.js';

/**
 * The lab process. Writes the branch's configuration into its folder, then prints `lab: http://127.0.0.1:PORT/`.
 *   --folder DIR --store DIR --holdfast HOST:PORT --control HOST:PORT [--control-port PORT] [--world PATH]
 */
const anyPorts: LabPorts = { centre: 0, pstn: 0, phones: [] };

function openSipServer(log: Log): OpenSipServer {
  return async ({ address, port, gate }) => {
    const secret = new Secret(hexToken(systemRandom, 16));
    const server = await startSipServer({
      clock: systemClock,
      random: systemRandom,
      log: log.child({ address }),
      listen: [{ protocol: 'udp', address, port }],
      control: { host: '127.0.0.1', port: 0 },
      secret,
      ...(gate === undefined ? {} : { gate }),
    });
    const application: unknown = new Srf();
    if (!isSipApplication(application)) throw new Error('drachtio-srf is not of a kind that is known to work');
    application.on('error', (failure: unknown) => log.warn('application', { failure }));
    const connected = new Promise<void>((resolve) => application.on('connect', () => resolve()));
    application.connect({ host: '127.0.0.1', port: server.controlPort, secret: secret.reveal() });
    await connected;
    return {
      port: server.listening[0]?.port ?? port,
      application,
      async close() {
        application.disconnect();
        await server.close();
      },
    };
  };
}

/** The parties' ports of the last run, so that a restart of this process finds Holdfast's configuration still true. */
function savedPorts(file: string): LabPorts {
  try {
    const saved: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof saved !== 'object' || saved === null) return anyPorts;
    const { centre, pstn, phones }: Partial<Record<string, unknown>> = { ...saved };
    if (typeof centre !== 'number' || typeof pstn !== 'number' || !Array.isArray(phones)) return anyPorts;
    return { centre, pstn, phones: phones.filter((port): port is number => typeof port === 'number') };
  } catch {
    return anyPorts;
  }
}

async function openLab(holdfast: string, world: string | undefined, portsFile: string, log: Log): Promise<Lab> {
  const lines = world === undefined ? {} : { world };
  const ground = {
    clock: systemClock,
    random: systemRandom,
    log,
    openSipServer: openSipServer(log),
    holdfast,
    ...lines,
  };
  try {
    return await Lab.open({ ...ground, ports: savedPorts(portsFile) });
  } catch (failure) {
    log.info('the ports of the last run are taken', { failure });
    return Lab.open({ ...ground, ports: anyPorts });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: '.holdfast/lab' },
      store: { type: 'string', default: '.holdfast/store' },
      holdfast: { type: 'string', default: '127.0.0.1:15060' },
      control: { type: 'string', default: '127.0.0.1:9022' },
      'control-port': { type: 'string', default: '0' },
      world: { type: 'string' },
    },
  });
  const log = jsonLog('info', { process: 'lab' });
  mkdirSync(values.folder, { recursive: true, mode: 0o750 });
  const portsFile = join(values.folder, 'ports.json');
  const lab = await openLab(values.holdfast, values.world, portsFile, log);
  writeFileSync(portsFile, JSON.stringify(lab.ports));
  const usersFile = join(values.folder, 'users.yaml');
  writeFileSync(usersFile, labUsers(), { mode: 0o640 });
  const at = {
    holdfast: values.holdfast,
    control: values.control,
    centre: lab.centreAddress,
    pstn: lab.pstnAddress,
  };
  writeFileSync(join(values.folder, 'lab.yaml'), labConfiguration(at, usersFile, values.store), { mode: 0o640 });
  const control = new LabControlServer(lab, systemClock);
  const port = await control.listen(Number(values['control-port']));
  process.stdout.write(`lab: http://127.0.0.1:${port}/\n`);
  lab.startPhones();
  const stop = async (): Promise<void> => {
    control.close();
    await lab.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();
