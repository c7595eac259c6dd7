export interface KamailioUser {
  readonly username: string;
  readonly password: string;
  readonly extension: string;
  /** +E.164. */
  readonly did?: string;
}

export interface KamailioSettings {
  /** SIP domain and digest realm. */
  readonly domain: string;
  /** `proto:host:port` each. */
  readonly listen: readonly string[];
  /** Users at the centre itself: user part → URI without challenge. */
  readonly desks?: Readonly<Record<string, string>>;
  /** Host of the branch's gateway: takes the calls to outside numbers, and is trusted with calls of strangers. */
  readonly gateway?: string;
  /** False: neither REGISTER nor INVITE is challenged. */
  readonly authenticate: boolean;
  readonly workers: number;
  /** Certificate and key files: `tls:` may be listened on. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Folder with the files of {@link kamailioTables}. */
  readonly tables: string;
  /** Unix socket of the management interface. */
  readonly control: string;
}

/** Kamailio 5.6 as the centre: registrar and stateful proxy in memory, no database. */
export function kamailioConfig(settings: KamailioSettings): string {
  const { domain, desks = {} } = settings;
  const rows = [
    ...Object.entries(desks).map(([user, uri]) => `  $sht(desk=>${user}) = "${uri}";`),
    '  $sht(state=>application) = 0;',
  ];
  const challenge = settings.authenticate;
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=${settings.workers}
tcp_children=${settings.tls === undefined ? settings.workers : 1}
auto_aliases=no
alias="${domain}"
${settings.listen.map((one) => `listen=${one}`).join('\n')}
dns=no
rev_dns=no
dns_cache_init=off
tcp_connection_lifetime=3605
server_header="Server: centre"

${
  settings.tls === undefined
    ? ''
    : `enable_tls=yes
tcp_max_connections=20000
tls_max_connections=20000
loadmodule "tls.so"
modparam("tls", "certificate", "${settings.tls.certificate}")
modparam("tls", "private_key", "${settings.tls.key}")
modparam("tls", "tls_method", "TLSv1.2+")`
}

loadmodule "ctl.so"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "db_text.so"
loadmodule "htable.so"
loadmodule "path.so"

modparam("ctl", "binrpc", "unix:${settings.control}")
modparam("tm", "fr_timer", 5000)
modparam("tm", "fr_inv_timer", 60000)
modparam("rr", "append_fromtag", 1)
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "hash_size", 12)
modparam("registrar", "use_path", 1)
modparam("registrar", "path_mode", 0)
modparam("registrar", "max_expires", 3600)
modparam("auth", "nonce_expire", 300)
modparam("htable", "db_url", "text://${settings.tables}")
modparam("htable", "htable", "password=>size=14;dbtable=password;")
modparam("htable", "htable", "extension=>size=14;dbtable=extension;")
modparam("htable", "htable", "desk=>size=6;")
modparam("htable", "htable", "state=>size=4;")

event_route[htable:mod-init] {
${rows.join('\n')}
}

request_route {
  if ($sht(state=>application) == 503) {
    sl_send_reply("503", "Service Unavailable");
    exit;
  }
  if ($sht(state=>application) == 1) exit;
  if (!mf_process_maxfwd_header("70")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route() || is_method("ACK")) {
      t_relay();
      exit;
    }
    sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  if (is_method("OPTIONS") && uri == myself) {
    sl_send_reply("200", "OK");
    exit;
  }
  t_check_trans();
  if (is_method("REGISTER")) {
${challenge ? challenged('pv_www_authenticate', 'www_challenge', domain) : ''}
    save("location");
    exit;
  }
  if (is_method("INVITE|MESSAGE|SUBSCRIBE|REFER")) {
${
  challenge
    ? `    if (!($sht(password=>$fU) == $null && $si == "${settings.gateway ?? 'none'}")) {
${challenged('pv_proxy_authenticate', 'proxy_challenge', domain)}
    }`
    : ''
}
    record_route();
  }
  if ($sht(extension=>$rU) != $null) {
    $rU = $sht(extension=>$rU);
  }
  if ($sht(desk=>$rU) != $null) {
    $du = $sht(desk=>$rU);
    t_relay();
    exit;
  }
${
  settings.gateway === undefined
    ? ''
    : `  if ($rU =~ "^(9[0-9]|[+])" || $rU == "911") {
    $du = "sip:${settings.gateway}:5060";
    t_relay();
    exit;
  }`
}
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  t_relay();
}
`;
}

/** Files of Kamailio's text database: what its hash tables are filled with at the start. */
export function kamailioTables(
  users: readonly KamailioUser[],
): Readonly<Record<'password' | 'extension' | 'version', string>> {
  const head = 'id(int,auto) key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n';
  const table = (rows: readonly (readonly [string, string])[]): string =>
    head + rows.map(([key, value], index) => `${index + 1}:${key}:0:0:${value}:0\n`).join('');
  return {
    password: table(users.map((user) => [user.username, user.password])),
    extension: table(
      users.flatMap((user): [string, string][] => [
        [user.extension, user.username],
        ...(user.did === undefined ? [] : [[user.did, user.username] satisfies [string, string]]),
      ]),
    ),
    version: 'table_name(string) table_version(int)\npassword:2\nextension:2\n',
  };
}

/** \`auth\` alone checks against a password out of a hash table. Flag 0: the password is plain text. */
function challenged(check: string, challenge: string, domain: string): string {
  return `    if ($sht(password=>$fU) == $null) {
      sl_send_reply("404", "Not Found");
      exit;
    }
    if (!${check}("${domain}", "$sht(password=>$au)", "0") || $au != $fU) {
      ${challenge}("${domain}", "1");
      exit;
    }
    consume_credentials();`;
}
