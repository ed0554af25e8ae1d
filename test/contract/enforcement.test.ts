import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PRODUCTION } from '../support/good-secrets.ts';
import { startServerProcess } from '../support/process.ts';
import { startTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';

const TESTS = resolve(import.meta.dirname, '..');
/** As in production, where answers that break the contract are only counted. */
const UNCHECKED = { ...PRODUCTION, OIDC_ISSUER: 'https://127.0.0.1:9', RATE_LIMIT_FACTOR: '1' };
const REFUSAL = /only counts answers that break the contract/;

describe('Every application of the tests turns answers that break the contract into a 500', () => {
  it('one in the process of the tests that would let them pass is not started', async () => {
    await assert.rejects(startTestApp({ roles: ['api'], env: UNCHECKED }), REFUSAL);
  });

  it('nor is one in a process of its own', async () => {
    const { url, drop } = await createTestDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'telemy-unchecked-'));
    try {
      const server = startServerProcess('api', { databaseUrl: url, dataDir, deployment: 'unchecked', env: UNCHECKED });
      await assert.rejects(server, REFUSAL);
    } finally {
      await drop();
    }
  });

  it('there are no other ways to start one in the tests than those that make sure of it', () => {
    const ways = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?[jt]s$/.test(name))
      .filter((name) => /src\/(main|app)\.ts['"`]/.test(readFileSync(join(TESTS, name), 'utf8')))
      .map((name) => name.replaceAll('\\', '/'));
    assert.deepEqual(ways.sort(), [
      // Is measured as in production; its bodies are compared with those of the others.
      'bench/peers/ours.ts',
      'go-comparison/app-process.ts',
      // Only for commands, which answer nobody.
      'ops/backup.test.ts',
      // Takes the configuration of one that was let in.
      'relay/outage-processes.test.ts',
      'support/process.ts',
      // Only for commands, which answer nobody.
      'support/run-command.ts',
      'support/test-app.ts',
    ]);
  });
});
