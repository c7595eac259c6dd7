import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../system/branch/namespace.js';
import { until } from '../system/branch/patience.js';
import { must, type PeerProcess } from '../system/branch/peer-process.js';

/**
 * The nearest that Kamailio has to a branch that survives: a proxy at the branch whose dispatcher probes the centre as
 * fast as it can (every second, one miss is enough), and which gives a call without any answer after 500 ms to the
 * branch's own phone.
 */
export class EdgeProxy {
  readonly #process: PeerProcess;
  readonly #control: string;

  private constructor(process: PeerProcess, control: string) {
    this.#process = process;
    this.#control = control;
  }

  static async start(
    space: Namespace,
    folder: string,
    settings: { readonly listen: readonly string[]; readonly centre: string; readonly local: string },
  ): Promise<EdgeProxy> {
    const home = mkdtempSync(join(folder, 'edge-'));
    mkdirSync(join(home, 'run'));
    const control = join(home, 'ctl');
    writeFileSync(join(home, 'dispatcher.list'), `1 sip:${settings.centre} 0 0\n`);
    writeFileSync(join(home, 'kamailio.cfg'), edgeConfig({ ...settings, home, control }));
    const words = ['-f', join(home, 'kamailio.cfg'), '-DD', '-E', '-m', '64', '-M', '8', '-Y', join(home, 'run')];
    const started = space.spawn('kamailio', words, { logFile: join(home, 'kamailio.log') });
    const edge = new EdgeProxy(started, control);
    await until('the proxy at the branch knows the centre', 10_000, async () => {
      if (started.exitCode !== undefined) throw new Error(started.output());
      return edge.centreIsUp();
    });
    return edge;
  }

  async centreIsUp(): Promise<boolean> {
    const list = await must('kamcmd', ['-s', `unix:${this.#control}`, 'dispatcher.list']);
    return /FLAGS: A/.test(list);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }
}

function edgeConfig(settings: {
  readonly listen: readonly string[];
  readonly local: string;
  readonly home: string;
  readonly control: string;
}): string {
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
mhomed=1
auto_aliases=no
dns=no
rev_dns=no
${settings.listen.map((one) => `listen=udp:${one}`).join('\n')}
loadmodule "ctl.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "dispatcher.so"
modparam("ctl", "binrpc", "unix:${settings.control}")
modparam("tm", "fr_timer", 500)
modparam("dispatcher", "list_file", "${settings.home}/dispatcher.list")
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_probing_threshold", 1)
modparam("dispatcher", "ds_inactive_threshold", 1)
request_route {
  if (has_totag()) {
    if (loose_route() || is_method("ACK")) t_relay();
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (!is_method("INVITE")) exit;
  record_route();
  if (ds_select_dst("1", "4")) {
    t_on_failure("LOCAL");
    t_set_fr(30000, 500);
    t_relay();
    exit;
  }
  $du = "sip:${settings.local}";
  t_set_fr(30000, 5000);
  t_relay();
}
failure_route[LOCAL] {
  if (t_is_canceled()) exit;
  $du = "sip:${settings.local}";
  t_set_fr(30000, 5000);
  t_relay();
}
`;
}
