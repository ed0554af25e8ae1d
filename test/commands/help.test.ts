import assert from 'node:assert/strict';
import { runCommand, useOutcomes } from '../support/run-command.ts';

/** Each command with what its help has to name. */
const COMMANDS: [command: string, names: string[]][] = [
  ['', ['all', 'api', 'worker', 'migrate', 'user', 'session', 'login', 'billing', 'fleet', 'pool', 'backup']],
  ['all', ['API and worker in one process']],
  ['api', ['the API alone']],
  ['worker', ['the background work alone']],
  ['migrate', ['bring the database schema up to date']],
  ['user', ['create', 'list', 'show', 'set-plan', 'revoke', 'export', 'delete']],
  [
    'user create',
    ['--email <email>', '--name <name>', '--plan <tier>', '--status <status>', '"starter"', '"trial"', '--json'],
  ],
  ['user list', ['--limit <count>', '--after <id>', '--json']],
  ['user show', ['<user>', 'user id or e-mail', '--json']],
  ['user set-plan', ['<user>', '--plan <tier>', '--status <status>', '"pro"', '"past_due"', '--json']],
  ['user revoke', ['<user>', 'sign all devices of an account out', '--json']],
  ['user export', ['<user>', 'everything that is kept about a user', '--json']],
  ['user delete', ['<user>', '--yes', '--json']],
  ['session', ['list', 'show', 'stop']],
  ['session list', ['--user <id>', '--all', '--limit <count>', '--json']],
  ['session show', ['<session>', '--json']],
  ['session stop', ['<session>', '--json']],
  ['login', ['approve']],
  ['login approve', ['<attempt>', '--user <id>', '--json']],
  ['billing', ['list', 'summary', 'show', 'replay']],
  ['billing list', ['--state <state>', '"received"', '"dead"', '"all"', '--user <id>', '--limit <count>', '--json']],
  ['billing summary', ['how many webhooks are in each state', '--json']],
  ['billing show', ['<event>', '(bev_…)', '--json']],
  ['billing replay', ['[events...]', '--dead', '--json']],
  ['fleet', ['list', 'reconcile', 'status', 'pause', 'resume']],
  ['fleet list', ['every relay of this deployment', '--json']],
  ['fleet reconcile', ['--dry-run', 'only say what would be done', '--json']],
  ['fleet status', ['acts, or only reports', '--json']],
  ['fleet pause', ['--reason <text>', '--json']],
  ['fleet resume', ['act again', '--json']],
  ['pool', ['add', 'list', 'cordon', 'uncordon', 'drain', 'remove']],
  [
    'pool add',
    [
      '<region>',
      '<host>',
      '--ip <address>',
      '--max-sessions <count>',
      '--srt-port',
      '--player-port',
      '--stats-port',
      '--sls-port',
      '--json',
    ],
  ],
  ['pool list', ['--json']],
  ['pool cordon', ['<host>', '--json']],
  ['pool uncordon', ['<host>', '--json']],
  ['pool drain', ['<host>', '--json']],
  ['pool remove', ['<host>', '--lost', '--json']],
  ['backup', ['create', 'list', 'prune', 'verify', 'restore']],
  ['backup create', ['make a backup now', '--json']],
  ['backup list', ['newest first', '--json']],
  ['backup prune', ['--dry-run', '7 daily, 4 weekly, 6 monthly', '--json']],
  ['backup verify', ['[name]', 'the newest by default', '--json']],
  ['backup restore', ['<name>', '--to <url>', 'PGPASSWORD', '--json']],
];

describe('the help of the commands', () => {
  const outcome = useOutcomes(
    COMMANDS.map(([command]) => command),
    (command) => runCommand([...command.split(' ').filter((word) => word !== ''), '--help']),
  );

  for (const [command, names] of COMMANDS) {
    it(`tells how to use "${command}", without configuration or database`, () => {
      const { code, stdout, stderr } = outcome(command);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.match(stdout, new RegExp(`^Usage: telemy-control-plane ?${command}`));
      const flat = stdout.replaceAll(/\s+/g, ' ');
      for (const name of names) assert.equal(flat.includes(name), true, `no ${name} in ${stdout}`);
    });
  }
});
