import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, type MoveConfig } from '../../scripts/migrate-host/config.ts';
import {
  begin,
  finish,
  type Journal,
  newJournal,
  readJournal,
  writeJournal,
} from '../../scripts/migrate-host/journal.ts';
import { type RunOptions, runPhase } from '../../scripts/migrate-host/run-phase.ts';
import { type Cloudflare, startCloudflare } from '../support/cloudflare/index.ts';
import { findFreePort } from '../support/free-port.ts';

const ZONE = { zoneId: 'ab'.repeat(16), token: 'token-of-the-tests' };
const AT = '2026-11-27T10:00:00.000Z';

describe('a phase of a move that changes something', () => {
  let cloudflare: Cloudflare;
  let config: MoveConfig;
  before(async () => {
    cloudflare = await startCloudflare(ZONE);
    cloudflare.addRecord({ name: 'api.example.com', content: '192.0.2.1' });
  });
  after(() => cloudflare.close());
  beforeEach(async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'move-look-'));
    // Nobody listens there: a phase that is let run ends at its first look into a database.
    const databaseUrl = `postgres://127.0.0.1:${await findFreePort()}/telemy`;
    config = {
      workDir,
      old: { name: 'old', databaseUrl, origin: 'http://192.0.2.1:8080' },
      new: { name: 'new', databaseUrl: databaseUrl.replace('/telemy', '/next'), origin: 'http://192.0.2.2:8080' },
      role: 'telemy',
      apiHost: 'api.example.com',
      jwtSecret: 'secret',
      cloudflare: { ...ZONE, baseUrl: cloudflare.url, originRuleId: undefined },
      hooks: { newWriter: undefined, oldWriter: undefined },
      pgBinDir: undefined,
    };
    const names = ['plan', 'prepare', 'dump', 'restore', 'verify', 'smoke'] as const;
    const ready = names.reduce<Journal>(
      (journal, name) => finish(begin(journal, name, AT, name === 'dump' ? false : undefined), name, AT, {}),
      newJournal(digestOf(config)),
    );
    writeJournal(workDir, ready);
    cloudflare.calls.length = 0;
  });
  afterEach(() => rm(config.workDir, { recursive: true }));

  const cutover = (options: Partial<RunOptions> = {}) => runPhase('cutover', { config, env: {}, ...options });
  const entry = () => readJournal(config.workDir, digestOf(config)).phases.cutover;
  const LOOK = { name: 'MoveError', message: /^Look first at what cutover will do, with --dry-run .*or say --yes\.$/ };
  const LET_RUN = /ECONNREFUSED/;

  it('is refused until somebody has looked, and asks nobody for anything', async () => {
    await assert.rejects(cutover(), LOOK);
    assert.deepEqual([entry(), cloudflare.calls.length], [undefined, 0]);
  });

  it('a look says what will be, only reads, and lets exactly that run', async () => {
    const looked = await cutover({ dryRun: true });
    assert.ok('steps' in looked);
    const record = looked.steps.find(({ step }) => step === 'record');
    assert.deepEqual([record?.now, record?.becomes], ['192.0.2.1', '192.0.2.2']);
    assert.deepEqual([...new Set(cloudflare.calls.map(({ method }) => method))], ['GET']);
    assert.equal(entry()?.started_at, undefined);
    await assert.rejects(cutover({ acceptLoss: true }), LOOK, 'other options');
    await assert.rejects(cutover(), LET_RUN);
    assert.ok(entry()?.started_at);
  });

  it('a look counts no more once another phase has run', async () => {
    await cutover({ dryRun: true });
    const journal = readJournal(config.workDir, digestOf(config));
    writeJournal(config.workDir, { ...journal, revision: journal.revision + 1 });
    await assert.rejects(cutover(), LOOK);
  });

  it('runs with --yes, and needs no second look when it was cut short', async () => {
    await assert.rejects(cutover({ yes: true }), LET_RUN);
    const started = entry()?.started_at;
    await assert.rejects(cutover(), LET_RUN);
    assert.deepEqual([entry()?.started_at, entry()?.finished_at], [started, undefined]);
  });

  it('out of order is refused even with --yes or as a look', async () => {
    const refusal = { name: 'MoveError', message: /Next: npm run migrate-host -- cutover$/ };
    for (const options of [{ yes: true }, { dryRun: true }]) {
      await assert.rejects(runPhase('teardown-check', { config, env: {}, ...options }), refusal);
    }
  });
});
