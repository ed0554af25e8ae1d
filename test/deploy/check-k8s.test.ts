import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { environmentFaults } from '../../scripts/check-k8s/environment.ts';
import { checkK8s, manifestFaults } from '../../scripts/check-k8s/index.ts';
import { kustomizationFaults, readKustomizations } from '../../scripts/check-k8s/kustomizations.ts';
import { parseManifests, readFiles } from '../../scripts/check-k8s/manifest.ts';
import { loadConfig } from '../../src/config.ts';

const DOCKER = resolve(import.meta.dirname, '../../docker');
const K8S = join(DOCKER, 'k8s');

describe('the manifests for Kubernetes', () => {
  const files = readFiles(K8S);
  /** What is wrong once a text has been changed, in whatever file it stands. */
  const faultsAfter = (before: string, after: string): string => {
    assert.ok(
      [...files.values()].some((text) => text.includes(before)),
      `${before} is nowhere`,
    );
    const manifests = [...files]
      .filter(([name]) => !name.endsWith('kustomization.yaml'))
      .flatMap(([name, text]) => parseManifests(name, text.replaceAll(before, after)));
    return manifestFaults(manifests).join('\n');
  };

  it('are valid, agree with each other and with the configuration', () => {
    assert.deepEqual(checkK8s(K8S), []);
  });

  it('give a configuration that production starts with', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'k8s-')), 'secrets');
    await promisify(execFile)('sh', [join(DOCKER, 'make-secrets.sh'), '--kubernetes', folder]);
    const overlay = join(K8S, 'overlays/production');
    const texts = [join(K8S, 'base/telemy.env'), join(overlay, 'telemy.env')].map((path) => readFile(path, 'utf8'));
    const entries = (await Promise.all(texts)).flatMap((text) => Object.entries(parseEnv(text)));
    const here = entries.map(([name, value]) => [
      name,
      value?.replace('/run/secrets/telemy', folder).replace('/config', overlay),
    ]);
    const config = loadConfig(Object.fromEntries(here));
    assert.match(config.databaseUrl ?? '', /@telemy-pooler-rw:5432/);
    assert.match(config.databaseDirectUrl ?? '', /@telemy-db-rw:5432/);
    assert.equal(config.adminListen.port, 9090);
  });

  for (const [what, before, after, fault] of [
    ['of a wrong type', 'maxReplicas: 8', 'maxReplicas: eight', /maxReplicas must be integer/],
    ['that no schema knows', 'readOnlyRootFilesystem', 'readonlyRootFilesystem', /readonlyRootFilesystem, which the/],
    ['of the operator that no schema knows', 'poolMode:', 'poolmode:', /poolmode, which the schema/],
  ] as const) {
    it(`a field ${what} is told with its place`, () => assert.match(faultsAfter(before, after), fault));
  }

  for (const [before, after, fault] of [
    [
      'selector: { app.kubernetes.io/name: telemy-api }',
      'selector: { app.kubernetes.io/name: api }',
      /selects nothing/,
    ],
    ['targetPort: http', 'targetPort: web', /names the port web/],
    ['ports: [{ port: admin }]', 'ports: [{ port: metrics }]', /names the port metrics/],
    ['kind: Deployment, name: telemy-api', 'kind: Deployment, name: api', /scales api, which isn't there/],
    ['cnpg.io/cluster: telemy-db', 'cnpg.io/cluster: telemy', /selects nothing/],
    ['service: { name: telemy-api,', 'service: { name: telemy,', /leads to port http of telemy/],
    ['endpoints: [{ port: admin', 'endpoints: [{ port: metrics', /ServiceMonitor telemy names the port metrics/],
    ['terminationGracePeriodSeconds: 45', 'terminationGracePeriodSeconds: 30', /killed after 30 s, but needs 35/],
    ['maxUnavailable: 0', 'maxUnavailable: 1', /goes away while it is replaced/],
    ['runAsNonRoot: true', 'runAsNonRoot: false', /may run as root/],
    ['drop: [ALL]', 'drop: [NET_RAW]', /keeps capabilities/],
    ['path: /readyz, port: admin', 'path: /healthz, port: http', /no readinessProbe of \/readyz/],
  ] as const) {
    it(`${after} instead of ${before} is found`, () => assert.match(faultsAfter(before, after), fault));
  }

  it('a file that no kustomization lists is found, and a listed one that is missing', () => {
    const changed = new Map(files).set('base/stray.yaml', 'kind: Service');
    changed.delete('base/worker.yaml');
    assert.deepEqual(kustomizationFaults(changed, readKustomizations(changed)), [
      'base/stray.yaml is in no kustomization.yaml',
      "base/kustomization.yaml lists base/worker.yaml, which doesn't exist",
    ]);
  });

  it('a variable that nothing reads is found, and secrets in plain, without a file or of no use', () => {
    const known = { variables: ['LOG_LEVEL', 'JWT_SECRET'], secrets: ['JWT_SECRET', 'POOL_API_KEY'] };
    const environment = { LOG_LEVLE: 'x', JWT_SECRET: 'x', JWT_SECRET_FILE: '/run/secrets/telemy/jwt' };
    assert.deepEqual(environmentFaults(known, environment, ['secrets/spare']), [
      'sets LOG_LEVLE, which nothing reads',
      'has JWT_SECRET in plain: use JWT_SECRET_FILE',
      "doesn't pass POOL_API_KEY_FILE on",
      "reads jwt, which the Secret doesn't have",
      'has the secret spare, which nothing reads',
    ]);
  });
});
