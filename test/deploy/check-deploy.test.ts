import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Compose, parseCompose, variablesOf } from '../../scripts/check-deploy/compose-file.ts';
import { composeRuleFaults } from '../../scripts/check-deploy/compose-rules.ts';
import { composeSchemaFaults } from '../../scripts/check-deploy/compose-schema.ts';
import { dockerfileFaults } from '../../scripts/check-deploy/dockerfile-rules.ts';
import { parseIgnoreFile } from '../../scripts/check-deploy/ignore-file.ts';
import { checkDeploy } from '../../scripts/check-deploy/index.ts';
import { systemdFaults } from '../../scripts/check-deploy/systemd-rules.ts';
import { variableFaults } from '../../scripts/check-deploy/variables.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8');

describe('check:deploy', () => {
  it('finds nothing wrong with what the service is deployed with', () => {
    assert.deepEqual(
      checkDeploy(ROOT).flatMap(({ faults }) => faults),
      [],
    );
  });

  describe('on the compose file', () => {
    const text = read('docker/compose.yaml');
    const compose = (): Compose => parseCompose(text);
    const faultsAfter = (change: (services: Compose['services'], all: Compose) => void) => {
      const changed = compose();
      change(changed.services, changed);
      return composeRuleFaults(changed).join('\n');
    };
    const of = (services: Compose['services'], name: string) =>
      services[name] as NonNullable<Compose['services'][string]>;

    it('names the place where the schema of Compose is broken', () => {
      const broken = parseCompose(
        text.replace('pids_limit: 300', 'pid_limit: 300').replace('interval: 5s', 'interval: soon'),
      );
      const faults = composeSchemaFaults(broken).join('\n');
      assert.match(faults, /\/services\/postgres .*pid_limit/);
      assert.match(faults, /\/services\/postgres\/healthcheck\/interval/);
    });

    it('wants limits, a healthcheck, restarts, bounded logs and a locked-down container of each service', () => {
      const faults = faultsAfter((services) => {
        services.bare = { image: 'bare' };
      });
      for (const word of [
        'limit',
        'healthcheck',
        'restart',
        'max-size',
        'read_only',
        'cap_drop',
        'no-new-',
        'no version',
      ]) {
        assert.match(faults, new RegExp(`^bare .*${word}`, 'm'));
      }
    });

    it('refuses to publish the admin port, and the database beyond loopback', () => {
      const faults = faultsAfter((services) => {
        of(services, 'worker').ports = ['127.0.0.1:9090:9090'];
        of(services, 'postgres').ports = ['5432:5432'];
      });
      assert.match(faults, /worker publishes the admin port/);
      assert.match(faults, /postgres publishes the database/);
    });

    it('wants a file for each secret, mounted where it is read', () => {
      const faults = faultsAfter((services, all) => {
        of(services, 'api').secrets = ['jwt_secret', 'unheard_of'];
        (all.secrets as Record<string, object>).spare = { file: './secrets/spare' };
      });
      assert.match(faults, /api wants the unknown secret unheard_of/);
      assert.match(faults, /api has POOL_API_KEY_FILE=.*isn't mounted/);
      assert.match(faults, /secret spare is used by nobody/);
    });

    it('finds variables that nothing reads or nobody passes on, and secrets in plain', () => {
      const known = { variables: ['LOG_LEVEL', 'JWT_SECRET'], secrets: ['JWT_SECRET'] };
      const service = { environment: { NODE_ENV: 'production', JWT_SECRET: 'x', LOG_LEVLE: '' } };
      const postgres = { environment: { POSTGRES_PASSWORD: 'x' } };
      const faults = variableFaults(
        known,
        { services: { api: service, postgres } },
        ['TLS_PUBLISH'],
        'JWT_SECRET=x\nOLD=1\n',
      );
      for (const fault of [
        '.env.example has OLD, which nothing reads',
        ".env.example doesn't have LOG_LEVEL",
        ".env.example doesn't have TLS_PUBLISH, which compose reads",
        '.env.example has a value for the secret JWT_SECRET',
        'api sets LOG_LEVLE, which nothing reads',
        'api has JWT_SECRET in plain: use JWT_SECRET_FILE',
        "api doesn't pass LOG_LEVEL on",
        'postgres has POSTGRES_PASSWORD in plain: use POSTGRES_PASSWORD_FILE',
      ]) {
        assert.ok(faults.includes(fault), `${fault} is not among\n${faults.join('\n')}`);
      }
    });

    it('finds the variables of the environment, and not those in comments', () => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Compose writes them.
      assert.deepEqual(variablesOf('# ${NO}\na: ${A:-x}${B:?say}\nb: ${A}'), ['A', 'B']);
    });
  });

  it('wants each secret as a credential of systemd, and the units hardened', () => {
    const text = read('docker/systemd/telemy-.service.d/common.conf');
    const broken = text.replace('ProtectSystem=strict', 'ProtectSystem=full').replace('secrets_jwt_secret\n', 'jwt\n');
    assert.deepEqual(systemdFaults(broken, ['JWT_SECRET']), [
      'lacks ProtectSystem=strict',
      'lacks Environment=JWT_SECRET_FILE=%d/secrets_jwt_secret',
    ]);
    assert.match(systemdFaults(`${text}MemoryDenyWriteExecute=yes\n`, []).join(), /V8 does not start/);
  });

  describe('on the Dockerfile', () => {
    const text = read('docker/Dockerfile');
    const ignores = parseIgnoreFile(read('.dockerignore'));
    const faultsOf = (changed: string) => dockerfileFaults(changed, ROOT, ignores).join('\n');

    it('finds what the linter finds', () => {
      assert.match(faultsOf(text.replace('WORKDIR /build', 'WORKDIR build')), /WORKDIR/i);
    });

    it('finds sources that are missing, or kept out by .dockerignore', () => {
      assert.match(faultsOf(text.replace('COPY src src', 'COPY sorce src')), /sorce, which doesn't exist/);
      assert.match(faultsOf(text.replace('COPY src src', 'COPY test src')), /test, which .dockerignore keeps out/);
      assert.match(faultsOf(text.replace('--from=build', '--from=bild')), /no stage bild/);
    });

    it('wants an ordinary user, an ENTRYPOINT that gets SIGTERM, a HEALTHCHECK and labels', () => {
      assert.match(faultsOf(text.replace('USER node', 'USER root')), /runs as root/);
      assert.match(faultsOf(text.replace(/ENTRYPOINT .*/, 'ENTRYPOINT node dist/src/main.js')), /exec form/);
      assert.match(faultsOf(text.replace(/HEALTHCHECK.*\n {2}CMD .*\n/, '')), /HEALTHCHECK/);
      assert.match(faultsOf(text.replace('image.revision=', 'image.rev=')), /image\.revision is missing/);
    });
  });
});
