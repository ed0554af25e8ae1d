import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';
import { type Container, runContainer, startContainer } from '../support/image/container.ts';
import { type ImageLab, openImageLab } from '../support/image/lab.ts';

const BUILD_LIMIT_MS = 1_800_000;
const LIMIT_MS = 90_000;
const PACKAGE = resolve(import.meta.dirname, '../../package.json');
/** In MB of 10^6 bytes; what grows beyond it should be meant. */
const MOST_MEGABYTES = { dist: 3, node_modules: 160 };

describe('the image, built by the lines of docker/Dockerfile', function () {
  this.timeout(LIMIT_MS);
  let lab: ImageLab;
  let ports: { api: number; admin: number };
  const run = (command: readonly string[], env = {}) => runContainer(lab.image, { command, env, user: lab.user });
  const serve = (role: string) =>
    startContainer(lab.image, {
      command: [...lab.entrypoint, role],
      env: lab.environmentOf(role, ports),
      user: lab.user,
    });
  /** A health command of the image or of Compose, at this machine's ports. */
  const health = async (command: readonly string[]) => {
    const here = command.map((word) => word.replace(':8080/', `:${ports.api}/`).replace(':9090/', `:${ports.admin}/`));
    const { code, output } = await run(here);
    assert.equal(code, 0, output);
  };
  const untilHealthy = (command: readonly string[], container: Container) =>
    Promise.race([
      eventually(() => health(command), { timeoutMs: 60_000, intervalMs: 200 }),
      container.outcome.then(({ code, output }) => assert.fail(`It ended with ${code}:\n${output}`)),
    ]);

  before(async function () {
    this.timeout(BUILD_LIMIT_MS);
    [lab, ports] = [await openImageLab(), { api: await findFreePort(), admin: await findFreePort() }];
  });

  it('leaves nothing out but the packages of the distribution', () => {
    assert.equal(lab.image.skipped.length, 1);
    assert.match(lab.image.skipped[0] as string, /postgresql-client-16/);
  });

  it('holds the production dependencies, and no development dependency that they do not need themselves', async () => {
    const manifest = JSON.parse(await readFile(PACKAGE, 'utf8'));
    const present = await listPackages(join(lab.image.root, 'app/node_modules'));
    const missing = Object.keys(manifest.dependencies).filter((name) => !present.includes(name));
    const unwanted = ['mocha', 'dredd', 'typescript', 'playwright-core', '@biomejs/biome', '@stoplight/prism-cli'];
    const optional = Object.keys(manifest.optionalDependencies);
    assert.deepEqual(missing, []);
    assert.deepEqual(
      [...unwanted, ...optional].filter((name) => present.includes(name)),
      [],
    );
  });

  it('holds no TypeScript of ours, no tests and no scripts', async () => {
    const app = join(lab.image.root, 'app');
    assert.deepEqual((await readdir(app)).sort(), ['dist', 'healthcheck.mjs', 'node_modules', 'package.json']);
    const files = await readdir(join(app, 'dist'), { recursive: true });
    assert.deepEqual(
      files.filter((file) => /\.tsx?$|(^|\/)(test|sdk|scripts)(\/|$)/.test(file)),
      [],
    );
  });

  it('is no larger than it was', async () => {
    for (const [name, most] of Object.entries(MOST_MEGABYTES)) {
      const { output } = await run(['du', '-sb', name]);
      const megabytes = Number.parseInt(output, 10) / 1e6;
      console.log(`      /app/${name}: ${megabytes.toFixed(1)} MB`);
      assert.ok(megabytes > 0.5 && megabytes < most, `${name} has ${megabytes} MB, and ${most} at most`);
    }
  });

  it('may not be written to by the user that it runs as', async () => {
    const attempt = 'for (const f of ["/x", "/dist/src/main.js"]) { let ok = true; try { ';
    const script = `${attempt} fs.appendFileSync(process.cwd() + f, ''); } catch { ok = false } if (ok) process.exit(3) }`;
    assert.deepEqual(await run(['node', '-e', script]), { code: 0, output: '' });
  });

  it('refuses to start without secrets, and says which', async () => {
    const { code, output } = await run([...lab.entrypoint, ...lab.defaultCommand]);
    assert.equal(code, 1);
    assert.match(output, /JWT_SECRET is required/);
  });

  it('migrates an empty database, as Compose does before it starts the rest', async () => {
    const command = [...lab.entrypoint, ...((lab.services.migrate as { command?: string[] }).command ?? [])];
    const { code, output } = await run(command, lab.environmentOf('migrate', ports));
    assert.equal(code, 0, output);
    assert.match(output, /Applied: 0001-accounts/);
  });

  it('serves as API, is healthy by its own HEALTHCHECK, and at SIGTERM answers what is under way before it ends with 0', async () => {
    const api = serve('api');
    await untilHealthy(lab.healthCommand, api);
    const docs = await fetch(`http://127.0.0.1:${ports.api}/docs`);
    assert.equal(docs.status, 200);

    const login = await beginLogin(ports.api);
    api.child.kill('SIGTERM');
    // Nobody new is let in once the end has begun.
    await eventually(() => assert.rejects(fetch(`http://127.0.0.1:${ports.api}/healthz`)), { timeoutMs: 15_000 });
    assert.equal(await login.finish(), 201);
    const { code, output } = await api.outcome;
    assert.equal(code, 0, output);
  });

  it('works as worker, is healthy by the healthcheck of Compose, and ends with 0 at SIGTERM', async () => {
    const worker = serve('worker');
    const [, ...command] = lab.services.worker?.healthcheck?.test ?? [];
    await untilHealthy(command, worker);
    worker.child.kill('SIGTERM');
    const { code, output } = await worker.outcome;
    assert.equal(code, 0, output);
  });

  it('is not healthy where nobody answers', async () => {
    const { code, output } = await run(['node', 'healthcheck.mjs', `http://127.0.0.1:${ports.api}/healthz`]);
    assert.equal(code, 1);
    assert.match(output, /doesn't answer/);
  });
});

/** A request whose second half is sent only by `finish`, which answers the status. Resolves once the server has the first. */
async function beginLogin(port: number): Promise<{ finish(): Promise<number | undefined> }> {
  const body = JSON.stringify({ client: { platform: 'windows', plugin_version: '0.0.5', device_name: 'IMAGE' } });
  const headers = { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' };
  const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/api/v1/auth/plugin/login/start', headers });
  sent.flushHeaders();
  const answered = once(sent, 'response');
  await once(sent, 'continue');
  sent.write(body.slice(0, 10));
  return {
    finish: async () => {
      sent.end(body.slice(10));
      const [response] = await answered;
      await text(response);
      return response.statusCode;
    },
  };
}

async function listPackages(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const scoped = names.filter((name) => name.startsWith('@'));
  const inner = await Promise.all(
    scoped.map(async (scope) => (await readdir(join(folder, scope))).map((n) => `${scope}/${n}`)),
  );
  return [...names, ...inner.flat()];
}
