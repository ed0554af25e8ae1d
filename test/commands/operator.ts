import assert from 'node:assert/strict';
import { makeFakePostgres } from '../support/fake-postgres.ts';
import { type Outcome, runCommand } from '../support/run-command.ts';
import { TEST_SECRETS, type TestApp } from '../support/test-app.ts';

/** The operator of an application: runs commands on its database. */
export interface Operator {
  run(...args: string[]): Promise<Outcome>;
  /** Runs a command with `--json`, which has to succeed, and parses what it prints. */
  // biome-ignore lint/suspicious/noExplicitAny: commands print JSON of every shape.
  json(...args: string[]): Promise<any>;
}

export function operatorOf(app: Pick<TestApp, 'config' | 'databaseUrl'>): Operator {
  const env = {
    NODE_ENV: 'test',
    DATABASE_URL: app.databaseUrl,
    DATA_DIR: app.config.dataDir,
    DEPLOYMENT_NAME: app.config.deploymentName,
    // Tempts whatever would colour a pipe.
    FORCE_COLOR: '1',
    ...TEST_SECRETS,
  };
  const run = async (...args: string[]) =>
    runCommand(args, { ...env, PG_BIN_DIR: await makeFakePostgres(app.config.dataDir) });
  return {
    run,
    async json(...args) {
      const { code, stdout, stderr } = await run(...args, '--json');
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      return JSON.parse(stdout);
    },
  };
}

/** Asserts that a command was refused with this message, and nothing but the message. */
export function assertRefused({ code, stdout, stderr }: Outcome, message: RegExp): void {
  assert.match(stderr, message);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.doesNotMatch(stderr, /\n\s+at |node:internal|Node\.js v/);
}

/** The lines of a printed table, the head first, each as its cells. */
export function cellsOf(table: string): string[][] {
  const lines = table.split('\n').filter((line) => line.startsWith('│'));
  return lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
