import { randomBytes, randomUUID } from 'node:crypto';
import { type App, startApp } from '../../src/app.ts';
import { createMovableClock } from '../../src/clock.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import type { Role } from '../../src/features/relay/index.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { holdToContract } from './answer-check.ts';
import { type CatchUp, followListener } from './catch-up.ts';
import { recordAnswers } from './given-answers.ts';
import type { Callee } from './http.ts';
import { assertAnswersChecked } from './response-check.ts';
import { createTestDatabase, openTestRun } from './test-run.ts';

export interface TestAppOptions {
  /** Environment variables on top of the tests' own. */
  env?: Record<string, string>;
  roles?: readonly Role[];
  /** Use this database instead of a new one; it is left alone at the end. */
  databaseUrl?: string;
  /** The way past a pooler, where `databaseUrl` leads to one. */
  directUrl?: string;
  /** How long to wait for the result of a statement, in milliseconds. */
  queryTimeoutMs?: number;
  /** True: the worker and the alive marks act by themselves. Default: only when a test says so. */
  ticking?: boolean;
}

/** A running application on free ports with a database of its own, and ways to talk to it. */
export interface TestApp extends App {
  url: string;
  checkAnswer: NonNullable<Callee['checkAnswer']>;
  catchUp: CatchUp['wait'];
  config: Config;
  databaseUrl: string;
  /** Every line that was logged. */
  logLines: string[];
}

/** Secrets of all test applications, so that tokens made by one are good for another on the same database. */
export const TEST_SECRETS = {
  JWT_SECRET: secret(),
  REFRESH_TOKEN_SECRET: secret(),
  RELAY_SHARED_KEY: secret(),
  PLUGIN_LOGIN_COMPLETE_KEY: secret(),
  LEMONSQUEEZY_WEBHOOK_SECRET: secret(),
};

/** Starts an application; `stop` it at the end. Rate limits are off unless `env` says otherwise. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { dataDir } = await openTestRun();
  const own = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? (own?.url as string);
  const config = loadConfig({
    NODE_ENV: 'test',
    LISTEN_ADDR: '127.0.0.1:0',
    ADMIN_LISTEN_ADDR: '127.0.0.1:0',
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    RATE_LIMIT_FACTOR: '0',
    // Keeps the relays of applications apart that share the host of stand-ins.
    DEPLOYMENT_NAME: `test-${randomUUID().slice(0, 8)}`,
    ...TEST_SECRETS,
    ...options.env,
  });
  const logLines: string[] = [];
  // Without masks: a secret that is logged is a mistake, masked or not.
  const destination = { write: (line: string) => void logLines.push(line) };
  const logger = createLogger({ level: config.logLevel, destination, masks: false });
  const app = await startApp({
    config,
    roles: options.roles ?? ['api', 'worker'],
    databaseUrl,
    directUrl: options.directUrl,
    queryTimeoutMs: options.queryTimeoutMs,
    clock: createMovableClock(),
    logger,
    ticking: options.ticking ?? false,
  });
  const follower = followListener(app, options.directUrl ?? databaseUrl);
  const stop = stopWith(app, follower, own?.drop);
  if (app.url !== undefined) {
    await assertAnswersChecked(app.adminUrl).catch(async (error) => {
      await stop();
      throw error;
    });
  }
  return Object.assign(app, {
    url: app.url as string,
    checkAnswer: holdToContract,
    catchUp: follower.wait,
    config,
    databaseUrl,
    logLines,
    stop,
  });
}

function stopWith(app: App, follower: CatchUp, drop: (() => Promise<void>) | undefined): () => Promise<void> {
  const stop = app.stop;
  return async () => {
    await recordAnswers(app.adminUrl);
    await app.provider.faults.reset();
    await follower.close();
    await stop();
    await drop?.();
  };
}

/** Starts an application before the tests of the surrounding `describe` and stops it behind them. */
export function useApp(options: TestAppOptions = {}): () => TestApp {
  let app: TestApp | undefined;
  before(async () => {
    app = await startTestApp(options);
  });
  after(async () => {
    await app?.stop();
  });
  return () => {
    if (!app) throw new Error('The application is there only while tests run.');
    return app;
  };
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
