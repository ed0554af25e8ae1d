import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeUser } from '../support/factories.ts';
import { runCommand, useOutcomes } from '../support/run-command.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';
import { assertRefused, operatorOf } from './operator.ts';

/** Commands that cannot be done, and what the operator is told. */
const MISTAKES: [command: string, message: RegExp][] = [
  ['user show nobody@example.com', /^There is no user nobody@example\.com\. See: npm run user -- list$/m],
  ['user set-plan usr_0 --plan pro', /^There is no user usr_0\./m],
  ['user revoke usr_0', /^There is no user usr_0\./m],
  ['user export usr_0', /^There is no user usr_0\./m],
  ['user delete usr_0 --yes', /^There is no user usr_0\./m],
  ['user delete usr_0', /required option '--yes'/],
  ['user create', /required option '--email <email>'/],
  ['user create --email nobody', /^nobody is no e-mail address\.$/m],
  [
    'user create --email a@example.com --plan gold',
    /'gold' is invalid\. Allowed choices are free, starter, standard, pro, internal/,
  ],
  ['user create --email a@example.com --status gone', /'gone' is invalid\. Allowed choices are trial, active/],
  ['user set-plan usr_0', /required option '--plan <tier>'/],
  ['user set-plan usr_0 --plan gold', /'gold' is invalid/],
  ['user show', /missing required argument 'user'/],
  ['user list --limit none', /^--limit must be a whole number from 1\.$/m],
  ['session list --limit 0', /^--limit must be a whole number from 1\.$/m],
  ['session show ses_0', /^There is no session ses_0\. See: npm run session -- list --all$/m],
  ['session stop ses_0', /^There is no session ses_0\./m],
  ['login approve pla_0 --user usr_0', /^There is no login attempt with this id\.$/m],
  ['login approve pla_0', /required option '--user <id>'/],
  ['user paint', /unknown command 'paint'/],
  ['user list --loud', /unknown option '--loud'/],
];

describe("an operator's mistake", () => {
  const app = useApp({ roles: ['api'] });
  const outcome = useOutcomes(
    MISTAKES.map(([command]) => command),
    (command) => operatorOf(app()).run(...command.split(' ')),
  );

  for (const [command, message] of MISTAKES) {
    it(`"${command}" is told without a stack, and the command ends with 1`, () => {
      assertRefused(outcome(command), message);
    });
  }

  it('"user create" with an e-mail that is taken, in any case of letters, changes nothing', async () => {
    const { email } = await makeUser(app(), { email: `${randomUUID()}@example.com` });
    const before = await app().database('users').count();
    const outcome = await operatorOf(app()).run('user', 'create', '--email', email.toUpperCase());
    assertRefused(outcome, new RegExp(`^${email.toUpperCase()} has an account already\\.$`, 'm'));
    assert.deepEqual(await app().database('users').count(), before);
  });
});

describe('a configuration that cannot be used', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'telemy-commands-'));
  });
  after(() => rmSync(dir, { recursive: true }));

  const BROKEN = { NODE_ENV: 'production', LISTEN_ADDR: 'x', RATE_LIMIT_FACTOR: '0', JWT_SECRET: 'short' };
  const FAULTS = [
    'LISTEN_ADDR',
    'JWT_SECRET',
    'REFRESH_TOKEN_SECRET',
    'RELAY_SHARED_KEY',
    'PLUGIN_LOGIN_COMPLETE_KEY',
    'OIDC_ISSUER',
    'PUBLIC_BASE_URL',
    'RATE_LIMIT_FACTOR',
  ];

  const COMMANDS = ['all', 'api', 'worker', 'migrate', 'user list', 'session list'];
  const AWAY = 'postgres://user:s3cret@127.0.0.1:1/telemy';
  const broken = useOutcomes(COMMANDS, (command) => runCommand(command.split(' '), { ...BROKEN, DATA_DIR: dir }));
  const lost = useOutcomes(COMMANDS, (command) =>
    runCommand(command.split(' '), { NODE_ENV: 'test', DATA_DIR: dir, ...TEST_SECRETS, DATABASE_URL: AWAY }),
  );

  for (const command of COMMANDS) {
    it(`ends "${command}" with 1 and every fault`, () => {
      assertRefused(broken(command), /^The configuration has 8 faults:$/m);
      const named = [...broken(command).stderr.matchAll(/^ {2}- (\w+) /gm)].map((match) => match[1]);
      assert.deepEqual(named.sort(), [...FAULTS].sort());
    });

    it(`ends "${command}" with 1 and a word about DATABASE_URL, not its password, when the database is away`, () => {
      assertRefused(lost(command), /database cannot be reached .*DATABASE_URL/);
      assert.doesNotMatch(lost(command).stderr, /s3cret/);
    });
  }
});
