import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { type ComposeService, parseCompose } from '../../../scripts/check-deploy/compose-file.ts';
import { execForm, healthCommand, instructionsOf, parseDockerfile } from '../../../scripts/check-deploy/dockerfile.ts';
import { parseIgnoreFile } from '../../../scripts/check-deploy/ignore-file.ts';
import { openTestRun } from '../test-run.ts';
import { composeEnvironment } from './compose-environment.ts';
import { type BuiltStage, buildStages } from './layers.ts';

/** The image as a folder, a new database, and what the compose file gives the services. */
export interface ImageLab {
  image: BuiltStage;
  /** Undefined where only root could change users. */
  user: { uid: number; gid: number } | undefined;
  entrypoint: readonly string[];
  /** The CMD: what runs unless the service says otherwise. */
  defaultCommand: readonly string[];
  /** The image's HEALTHCHECK. */
  healthCommand: readonly string[];
  services: Record<string, ComposeService>;
  /** The environment of a service of the compose file, at ports and a database of this machine. */
  environmentOf(service: string, ports: { api: number; admin: number }): Record<string, string>;
}

const ROOT = resolve(import.meta.dirname, '../../..');
/** `nobody` of Debian. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const VALUES = {
  PUBLIC_BASE_URL: 'https://api.example.com',
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'telemy',
  RELAY_PROVIDER: 'pool',
};

/** Builds the image's folder by the Dockerfile's own lines, secrets by docker/make-secrets.sh, and an empty database. */
export async function openImageLab(): Promise<ImageLab> {
  const read = (path: string) => readFile(join(ROOT, path), 'utf8');
  const stages = parseDockerfile(await read('docker/Dockerfile'));
  const final = stages.at(-1);
  if (!final) throw new Error('The Dockerfile has no stage.');
  const image = await buildStages(stages, { context: ROOT, ignores: parseIgnoreFile(await read('.dockerignore')) });
  // What the base image brings along.
  await mkdir(join(image.root, 'usr/local/bin'), { recursive: true });
  await cp(process.execPath, join(image.root, 'usr/local/bin/node'));

  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const [secrets, scratch] = [await ownFolder('secrets', user), await ownFolder('tmpfs', user)];
  await makeSecrets(secrets, await createEmptyDatabase(), user);
  await makeReadOnly(image.root, user === undefined);
  const { services } = parseCompose(await read('docker/compose.yaml'));
  const last = (name: string) => instructionsOf(final, name).at(-1);
  return {
    image,
    user,
    entrypoint: execForm(last('ENTRYPOINT')?.text ?? '') ?? [],
    defaultCommand: execForm(last('CMD')?.text ?? '') ?? [],
    healthCommand: healthCommand(last('HEALTHCHECK') as never) ?? [],
    services,
    environmentOf: (service, { api, admin }) => ({
      ...composeEnvironment(services[service]?.environment ?? {}, VALUES, secrets),
      LISTEN_ADDR: `127.0.0.1:${api}`,
      ADMIN_LISTEN_ADDR: `127.0.0.1:${admin}`,
      DATA_DIR: join(scratch, 'telemy'),
      NODE_COMPILE_CACHE: join(scratch, 'node-compile-cache'),
    }),
  };
}

async function createEmptyDatabase(): Promise<string> {
  const { urlOf } = await openTestRun();
  const name = `image_${process.pid}`;
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return urlOf(name);
}

async function makeSecrets(folder: string, databaseUrl: string, user: ImageLab['user']): Promise<void> {
  await writeFile(join(folder, 'database_url'), databaseUrl, { mode: 0o600 });
  // A key that others give out, as the provider of relays wants it.
  await writeFile(join(folder, 'pool_api_key'), 'pool-key-of-a-test', { mode: 0o600 });
  await promisify(execFile)('sh', [join(ROOT, 'docker/make-secrets.sh'), folder]);
  // As it does itself, for the user that the containers run as there.
  if (user) for (const name of ['', ...(await readdir(folder))]) await chown(join(folder, name), user.uid, user.gid);
}

async function ownFolder(name: string, user: ImageLab['user']): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `image-${name}-`));
  if (user) await chown(path, user.uid, user.gid);
  return path;
}

/** Everyone may read; where the folder belongs to whoever runs the service, the permission to write goes too. */
async function makeReadOnly(root: string, isOwners: boolean): Promise<void> {
  await chmod(root, 0o755);
  await promisify(execFile)('chmod', ['-R', isOwners ? 'a-w,a+rX' : 'go-w,a+rX', root]);
}
