// The smallest application that does what a registrar and a B2BUA or a proxy do on the wire: what the SIP server costs
// by itself. Usage: minimal-application-main.js PORT SECRET CALLED-URI [bridge|proxy]. Prints "ready".
import Srf from 'drachtio-srf';

const [port = '', secret = '', called = '', how = 'bridge'] = process.argv.slice(2);
const srf = new Srf();

srf.use('register', (request, response) => {
  response.send(200, { headers: { Contact: `${request.get('Contact')};expires=300` } });
});
srf.invite(async (request, response) => {
  try {
    if (how === 'proxy') {
      await srf.proxyRequest(request, called, { recordRoute: true });
      return;
    }
    const { uas, uac } = await srf.createB2BUA(request, response, called, {});
    uas.on('destroy', () => uac.destroy());
    uac.on('destroy', () => uas.destroy());
  } catch {
    // The call was refused or abandoned; the answer has gone out.
  }
});
srf.on('connect', (error) => {
  if (error) throw error;
  process.stdout.write('ready\n');
});
srf.on('error', (error) => process.stderr.write(`${String(error)}\n`));
srf.connect({ host: '127.0.0.1', port: Number(port), secret });
