import { execFile } from 'node:child_process';
import { chown, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../free-port.ts';
import { type Daemon, startDaemon } from '../ops/daemon.ts';
import { makeOwnFolder } from '../ops/own-folder.ts';

/** nginx with docker/tls's configuration, and a certificate that it signed itself. */
export interface TlsFront {
  port: number;
  certificate: string;
  key: string;
  daemon: Daemon;
}

const TLS = resolve(import.meta.dirname, '../../../docker/tls');
const NGINX = '/usr/sbin/nginx';

/**
 * Tests the configuration with `nginx -t`, then runs it before a server, as an ordinary user like the container.
 *
 * @param upstreamPort of a server on loopback.
 * @throws Error with what nginx said.
 */
export async function startTlsFront(upstreamPort: number): Promise<TlsFront> {
  const { path, account } = await makeOwnFolder('tls');
  const [port, keyFile, certificateFile] = [await findFreePort(), join(path, 'tls_key'), join(path, 'tls_certificate')];
  const subject = ['-subj', '/CN=api.example.com', '-addext', 'subjectAltName=DNS:api.example.com'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  await promisify(execFile)('openssl', [...made, '-keyout', keyFile, '-out', certificateFile]);
  await writeFile(join(path, 'nginx.conf'), await localConfiguration({ path, port, upstreamPort }));
  await copyFile(join(TLS, 'proxy.conf'), join(path, 'proxy.conf'));
  if (account) for (const name of await readdir(path)) await chown(join(path, name), account.uid, account.gid);

  const args = ['-c', join(path, 'nginx.conf'), '-e', 'stderr'];
  await promisify(execFile)(NGINX, ['-t', ...args], { ...account });
  const daemon = await startDaemon({
    file: NGINX,
    args: [...args, '-g', 'daemon off;'],
    account,
    stopSignal: 'SIGQUIT',
    killSignal: 'SIGTERM',
    assertReady: () => accepts(port),
  });
  const [certificate, key] = [await readFile(certificateFile, 'utf8'), await readFile(keyFile, 'utf8')];
  return { port, certificate, key, daemon };
}

/** The configuration as it is, with the places of this machine. */
async function localConfiguration(at: { path: string; port: number; upstreamPort: number }): Promise<string> {
  const text = await readFile(join(TLS, 'nginx.conf'), 'utf8');
  return text
    .replace('server api:8080;', `server 127.0.0.1:${at.upstreamPort};`)
    .replace('listen 8443 ssl;', `listen 127.0.0.1:${at.port} ssl;`)
    .replaceAll(' /tmp/', ` ${at.path}/`)
    .replaceAll('/run/secrets/', `${at.path}/`);
}

function accepts(port: number): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy();
    done();
  });
  socket.on('error', reject);
  return promise;
}
