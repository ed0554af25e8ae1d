import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { migrations } from '../../src/database/migrations/index.ts';
import type { Migration } from '../../src/database/migrations/migration.ts';
import { findNarrowing } from '../support/rolling/narrowing.ts';
import { readPreviousRelease } from '../support/rolling/previous-release.ts';
import { readSchema } from '../support/rolling/schema-snapshot.ts';
import { openTestRun } from '../support/test-run.ts';

const { lastMigration } = readPreviousRelease();
const released = migrations.slice(0, migrations.findIndex(({ name }) => name === lastMigration) + 1);

/** What is wrong with a migration that did this, in a release behind the previous one. */
function faultsOf({ name, contract }: Migration, narrowing: string[]): string[] {
  if (narrowing.length === 0) return [];
  if (!contract) return narrowing.map((finding) => `${name}: ${finding}`);
  const wasReleased = released.some((migration) => migration.name === contract.after);
  return wasReleased && contract.why !== ''
    ? []
    : [`${name}: its contract is about ${contract.after}, which is no release yet`];
}

/** Needs no history: the servers of the release before are judged by what they cannot know (test/ops runs them). */
describe('Migrations of this release', () => {
  const narrowing = new Map<string, string[]>();
  let database: Database;
  let drop: () => Promise<unknown>;
  before(async () => {
    const run = await openTestRun();
    const name = `rolling_${randomUUID().replaceAll('-', '')}`;
    const server = new pg.Client({ connectionString: run.urlOf('postgres') });
    await server.connect();
    await server.query(`create database ${name}`);
    database = connectDatabase({ url: run.urlOf(name), applicationName: 'telemy-test', poolSize: 1 });
    drop = () => server.query(`drop database ${name} with (force)`).finally(() => server.end());
    for (const migration of migrations) narrowing.set(migration.name, await narrowingOf((trx) => migration.up(trx)));
  });
  after(async () => {
    await database?.destroy();
    await drop?.();
  });

  async function narrowingOf(change: (database: Database) => Promise<unknown>): Promise<string[]> {
    const before = await readSchema(database);
    await change(database);
    return findNarrowing(before, await readSchema(database));
  }

  /** The same for a change that is taken back. */
  async function tryOut(sql: string): Promise<string[]> {
    await database.raw('begin');
    try {
      return await narrowingOf((on) => on.raw(sql));
    } finally {
      await database.raw('rollback');
    }
  }

  it('follow the last one that was released', () => {
    assert.notEqual(released.length, 0, `test/ops/previous-release.json names ${lastMigration}, which is not there`);
  });

  it('only add, so that servers of the release before go on, or say why they may take away', () => {
    const unreleased = migrations.slice(released.length);
    const faults = unreleased.flatMap((migration) => faultsOf(migration, narrowing.get(migration.name) ?? []));
    assert.deepEqual(
      faults,
      [],
      'Expand now, contract in a later release: CONTRIBUTING, "Migrations and rolling deploys".',
    );
  });

  it('are judged as those of old, of which four did more than add', () => {
    const old = [...narrowing].slice(0, 8);
    assert.deepEqual(Object.fromEntries(old.filter(([, findings]) => findings.length > 0)), {
      '0003-metering': [
        'new rule relay_sessions.relay_sessions_gaps may refuse rows',
        'new rule relay_sessions.relay_sessions_meter_runs may refuse rows',
        'new rule relay_sessions.relay_sessions_meter_starts may refuse rows',
      ],
      '0004-billing': ['new column users.plan_status_at is not null without a default'],
      '0005-fleet': ['new rule relay_sessions.relay_sessions_migrates may refuse rows'],
      '0007-browser-login': [
        'new rule plugin_login_attempts.plugin_login_attempts_user_code_key may refuse rows',
        'rule auth_sessions.auth_sessions_revoke_reason_check changes',
        'rule users.users_email_key changes',
      ],
    });
  });

  const REFUSED: Record<string, string[]> = {
    'drop table imported_rows': ['table imported_rows is gone'],
    'alter table users rename column display_name to name': ['column users.display_name is gone'],
    'alter table users alter column display_name type varchar(80)': [
      'column users.display_name becomes character varying(80)',
    ],
    'alter table auth_sessions alter column client_version set not null': [
      'column auth_sessions.client_version becomes not null',
    ],
    'alter table users alter column plan_tier drop default': ['column users.plan_tier loses its default'],
    'alter table users add column locale text not null': ['new column users.locale is not null without a default'],
    "alter table users add check (display_name <> '')": ['new rule users.users_display_name_check may refuse rows'],
    'create unique index one_name on users (lower(display_name))': ['new rule users.one_name may refuse rows'],
    'drop index users_email_key': ['rule users.users_email_key is gone'],
    'create table notes (user_id text references users (id))': [
      'notes.notes_user_id_fkey keeps rows of users from being deleted',
    ],
  };
  for (const [sql, findings] of Object.entries(REFUSED)) {
    it(`would be refused: ${sql}`, async () => assert.deepEqual(await tryOut(sql), findings));
  }

  const ALLOWED = [
    'create table notes (user_id text references users (id) on delete cascade, text text not null)',
    "alter table users add column locale text not null default 'en' check (locale <> '')",
    'alter table users add column nickname text unique',
    'alter table auth_sessions alter column device_name set default null',
    'create index users_display_name_idx on users (display_name)',
    'drop index users_email_idx',
  ];
  for (const sql of ALLOWED) {
    it(`would be let through: ${sql}`, async () => assert.deepEqual(await tryOut(sql), []));
  }

  it('may take away what a release before ceased to use, not what this one does', () => {
    const taking = { ...migrations[0], name: '9999-taking' } as Migration;
    const findings = ['table notes is gone'];
    const judge = (after: string) => faultsOf({ ...taking, contract: { after, why: 'unused' } }, findings);
    assert.deepEqual(faultsOf(taking, findings), ['9999-taking: table notes is gone']);
    assert.deepEqual(judge(lastMigration), []);
    assert.deepEqual(judge('9998-ceasing'), [
      '9999-taking: its contract is about 9998-ceasing, which is no release yet',
    ]);
  });
});
