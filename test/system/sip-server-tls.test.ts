import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { createServer } from 'node:tls';
import { createResponse, formatMessage, StreamFramer } from '../../src/sip/index.js';
import { Authority, type Certificate, replace } from './certificates.js';
import { dnsAt } from './fixed-dns.js';
import { answering, outcome, ownServerOnly, pause, type Scene, scene, test, until } from './sip-server-bench.js';

const on = (protocol: 'tls' | 'wss', address = '127.0.0.1') => [{ protocol, address, port: 0 }] as const;

let authority: Authority;
let stranger: Authority;
let own: Certificate;
let phone: Certificate;

before(() => {
  authority = new Authority();
  stranger = new Authority('Somebody Else');
  own = authority.issue(['DNS:branch.example.com', 'IP:127.0.0.1']);
  phone = authority.issue(['URI:sip:phone.example.com']);
});
after(() => {
  authority.close();
  stranger.close();
});

const settings = (verify: 'none' | 'optional' | 'required', certificate = own) => ({
  ...certificate,
  authority: authority.certificate,
  verify,
  checkPeer: true,
});

const show = ({ certificate, key }: Certificate) => ({ certificate, key });

async function client(files: Certificate | undefined, more: object = {}) {
  const { readFileSync } = await import('node:fs');
  const shown = files === undefined ? {} : { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  return { ca: readFileSync(authority.certificate), servername: 'branch.example.com', ...shown, ...more };
}

/** A call to an application that answers, and its end. */
async function talk(peer: Awaited<ReturnType<Scene['tlsPeer']>>): Promise<void> {
  const { request, response } = await peer.call('sip:anybody@branch.example.com');
  assert.match(response.headers.get('Via') ?? '', /^SIP\/2\.0\/(?:TLS|WSS) /);
  peer.send(peer.inDialog('BYE', request, response, 2));
  await peer.nextResponse(200);
}

test('a call over TLS 1.2 and over TLS 1.3; anything older is refused', () =>
  scene(async (s) => {
    const server = await s.server({ listen: on('tls'), tls: settings('none') });
    await answering(s, server);
    const { port } = server.listener('tls');
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const peer = await s.tlsPeer(port, await client(undefined, { minVersion: version, maxVersion: version }));
      await talk(peer);
    }
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await assert.rejects(s.tlsPeer(port, await client(undefined, old)));
  }));

test('who must show a certificate, and whose is good', () =>
  scene(async (s) => {
    const server = await s.server({ listen: on('tls'), tls: settings('required') });
    await answering(s, server);
    const { port } = server.listener('tls');
    await talk(await s.tlsPeer(port, await client(phone)));
    // TLS 1.2 tells the client within the handshake; in TLS 1.3 the refusal comes behind it.
    const twelve = { maxVersion: 'TLSv1.2' };
    await assert.rejects(s.tlsPeer(port, await client(undefined, twelve)));
    await assert.rejects(s.tlsPeer(port, await client(stranger.issue(['URI:sip:phone.example.com']), twelve)));
    await until(() => server.handle.stats().connections <= 1, 'the refused are gone');

    const lax = await s.server({ listen: on('tls'), tls: settings('optional') });
    await answering(s, lax);
    await talk(await s.tlsPeer(lax.listener('tls').port, await client(undefined)));
    const bad = await s.tlsPeer(lax.listener('tls').port, await client(stranger.issue(['DNS:phone.example.com'])));
    await until(() => bad.closed, 'a bad certificate is worse than none');
  }));

test('to a server: our certificate is shown, and its name must be the one that was looked for', () =>
  scene(async (s) => {
    const { readFileSync } = await import('node:fs');
    const shown: string[] = [];
    const named: (string | false)[] = [];
    const peerAs = async (files: Certificate) => {
      const peer = createServer({
        cert: readFileSync(files.certificate),
        key: readFileSync(files.key),
        ca: readFileSync(authority.certificate),
        requestCert: true,
        rejectUnauthorized: true,
      });
      peer.on('secureConnection', (socket) => {
        shown.push(socket.getPeerCertificate().subjectaltname ?? '');
        named.push((socket as { servername?: string | false }).servername ?? false);
        const framer = new StreamFramer();
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          for (const framed of framer.push(chunk)) {
            if (framed !== 'ping' && framed.kind === 'request')
              socket.write(formatMessage(createResponse(framed, 200, 'x')));
          }
        });
      });
      await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
      s.onClose(() => void peer.close());
      const at = peer.address();
      assert.ok(at !== null && typeof at === 'object');
      return at.port;
    };
    const server = await s.server({
      listen: on('tls'),
      tls: settings('none'),
      dns: dnsAt('127.0.0.1'),
    });
    const app = await s.app(server);
    const options = { method: 'OPTIONS' };
    const byUri = await peerAs(authority.issue(['URI:sip:centre.example.com', 'DNS:other.example.com']));
    const good = await outcome(app, `sips:centre.example.com:${byUri}`, options);
    assert.equal(good.status, 200);
    assert.equal(good.protocol, 'tls');
    assert.match(shown[0] ?? '', /branch\.example\.com/);
    assert.deepEqual(named, ['centre.example.com']);
    // RFC 5922 §7.1: where there are URIs, DNS names do not count. The connection that is open is not one to that name.
    const wrong = await outcome(app, `sip:other.example.com:${byUri};transport=tls`, options);
    assert.equal(wrong.status, 503);
    assert.match(wrong.get('Reason') ?? '', /ERR_TLS_CERT_ALTNAME_INVALID/);
    const wild = await peerAs(authority.issue(['DNS:*.example.com']));
    assert.equal((await outcome(app, `sip:sbc.example.com:${wild};transport=tls`, options)).status, 503);
    const byAddress = await peerAs(authority.issue(['IP:127.0.0.1']));
    assert.equal((await outcome(app, `sip:127.0.0.1:${byAddress};transport=tls`, options)).status, 200);
    const foreign = await peerAs(stranger.issue(['DNS:centre.example.com']));
    assert.equal((await outcome(app, `sip:centre.example.com:${foreign};transport=tls`, options)).status, 503);

    const trusting = await s.server({
      listen: on('tls'),
      tls: { ...settings('none'), checkPeer: false },
      dns: dnsAt('127.0.0.1'),
    });
    const other = await s.app(trusting);
    assert.equal((await outcome(other, `sip:sbc.example.com:${wild};transport=tls`, options)).status, 200);
  }));

test('a request for a proxy goes over the connection that this proxy opened, when it has proved its name (RFC 5923)', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: on('tls'),
      tls: settings('optional'),
      dns: dnsAt('127.0.0.1'),
    });
    const app = await s.app(server, { options: (_request, reply) => reply.send(200) });
    const { port } = server.listener('tls');
    const proxy = await s.tlsPeer(port, await client(authority.issue(['DNS:proxy.example.com'])));
    const ping = proxy.request('OPTIONS', 'sip:branch.example.com');
    ping.headers.set('Via', 'SIP/2.0/TLS proxy.example.com:5071;branch=z9hG4bKalias;alias');
    proxy.send(ping);
    await proxy.nextResponse(200);
    const sent = outcome(app, 'sip:proxy.example.com:5071;transport=tls', { method: 'OPTIONS' });
    const request = await proxy.nextRequest('OPTIONS');
    proxy.send(proxy.response(request, 200));
    assert.equal((await sent).status, 200);
    assert.equal(server.handle.stats().connections, 1);
    // Another name at the same place is somebody else, and who proved nothing cannot ask for it.
    const refused = await outcome(app, 'sip:other.example.com:5071;transport=tls', { method: 'OPTIONS' });
    assert.equal(refused.status, 503);
    const nobody = await s.tlsPeer(port, await client(undefined));
    const claim = nobody.request('OPTIONS', 'sip:branch.example.com');
    claim.headers.set('Via', 'SIP/2.0/TLS proxy.example.com:5072;branch=z9hG4bKclaim;alias');
    nobody.send(claim);
    await nobody.nextResponse(200);
    assert.equal((await outcome(app, 'sip:127.0.0.1:5072;transport=tls', { method: 'OPTIONS' })).status, 503);
  }));

for (const protocol of ['tls', 'wss'] as const) {
  test(`a new certificate takes its place under live connections of ${protocol}; a bad one is refused`, () =>
    scene(async (s) => {
      const files = authority.issue(['DNS:branch.example.com'], 'first');
      const logged: string[] = [];
      const log = (level: string) => (message: string, fields?: object) => {
        logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
      };
      const recorder = {
        debug: log('debug'),
        info: log('info'),
        warn: log('warn'),
        error: log('error'),
        child: () => recorder,
      };
      const server = await s.server({ listen: on(protocol), tls: settings('none', files), log: recorder });
      await answering(s, server);
      const { port } = server.listener(protocol);
      const open = async () =>
        protocol === 'tls'
          ? s.tlsPeer(port, await client(undefined))
          : s.webSocketPeer(`wss://127.0.0.1:${port}`, await client(undefined));
      const subject = async () => {
        const { connect } = await import('node:tls');
        const options = await client(undefined);
        return new Promise<string>((resolve, reject) => {
          const socket = connect({ port, host: '127.0.0.1', ...options }, () => {
            resolve([socket.getPeerCertificate().subject.CN].flat().join());
            socket.destroy();
          });
          socket.on('error', reject);
        });
      };
      const first = await open();
      const call = await first.call('sip:anybody@branch.example.com');
      assert.equal(await subject(), 'first');

      // By the files' change alone.
      replace(files, authority.issue(['DNS:branch.example.com'], 'second'));
      await until(() => logged.some((line) => line.includes('certificate replaced')), 'the files are read again');
      assert.equal(await subject(), 'second');

      // A key of another certificate; then no certificate at all.
      const third = authority.issue(['DNS:branch.example.com'], 'third');
      const { readFileSync } = await import('node:fs');
      const good = { certificate: readFileSync(files.certificate), key: readFileSync(files.key) };
      writeFileSync(files.certificate, readFileSync(third.certificate));
      server.handle.reloadCertificates();
      assert.match(
        logged.find((line) => line.startsWith('error')) ?? '',
        /new certificate refused.*key values mismatch/,
      );
      writeFileSync(files.certificate, 'rubbish');
      server.handle.reloadCertificates();
      assert.equal(await subject(), 'second');
      writeFileSync(files.certificate, good.certificate);

      // By the signal's way.
      replace(files, third);
      server.handle.reloadCertificates();
      assert.equal(await subject(), 'third');
      first.send(first.inDialog('BYE', call.request, call.response, 2));
      await first.nextResponse(200);
      await talk(await open());
      await pause(20);
      assert.equal(first.closed, false);
    }));
}

test('a server without a usable certificate says so and does not start', () =>
  scene(async (s) => {
    ownServerOnly('the subject is how our own server starts');
    await assert.rejects(s.server({ listen: on('tls') }), /it needs a certificate/);
    const wrong = { ...settings('none'), ...show({ certificate: own.certificate, key: phone.key }) };
    await assert.rejects(s.server({ listen: on('tls'), tls: wrong }), /cannot listen on TLS: .*key values mismatch/);
    const missing = { ...settings('none'), key: `${own.key}.none` };
    await assert.rejects(s.server({ listen: on('tls'), tls: missing }), /cannot be read: ENOENT/);
  }));

test('TLS over IPv6, in both directions', () =>
  scene(async (s) => {
    const files = authority.issue(['DNS:branch.example.com', 'IP:::1']);
    const one = await s.server({ listen: on('tls', '::1'), tls: settings('required', files) });
    const other = await s.server({ listen: on('tls', '::1'), tls: settings('required', files) });
    const seen: string[] = [];
    await s.app(other, {
      options: (request, reply) => {
        seen.push(`${request.protocol} ${request.source_address}`);
        reply.send(200);
      },
    });
    const app = await s.app(one);
    const answer = await outcome(app, `sip:[::1]:${other.listener('tls').port};transport=tls`, { method: 'OPTIONS' });
    assert.equal(answer.status, 200);
    assert.deepEqual(seen, ['tls ::1']);
  }));
