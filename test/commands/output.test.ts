import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { storeBackup } from '../support/backups.ts';
import { type SignedIn, signInNewUser, startActive, startLogin } from '../support/factories.ts';
import { NO_PLACEMENT } from '../support/instances.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { addPoolHost } from '../support/pool-hosts.ts';
import { useFaults } from '../support/relay-calls.ts';
import { runCommand } from '../support/run-command.ts';
import { useApp } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';
import { cellsOf, operatorOf } from './operator.ts';

/** What a command can act on. */
interface Things {
  user: string;
  session: string;
  attempt: string;
  webhook: string;
  host: string;
}

const ACCOUNT = ['id', 'email', 'name', 'plan', 'status', 'created_at'];
const WEBHOOK = ['id', 'received_at', 'event', 'state', 'reason', 'detail', 'user', 'subscription', 'attempts'];
const SESSION = ['id', 'user', 'status', 'step', 'region', 'address', 'created_at', 'stopped_at', 'ended_by'];

const HOST = ['region', 'host', 'ip', 'used', 'max', 'state', 'health', 'last_check'];
const BACKUP = ['name', 'age_hours', 'bytes', 'encryption', 'schema', 'verified'];
const RELAY = ['instance', 'provider', 'region', 'state', 'step', 'address', 'session', 'session_status', 'use'];

/** Each command, what it is given here, and the head of the table that it prints; none where it prints JSON in any case. */
const COMMANDS: [command: string, args: (things: Things) => string[], head?: string[]][] = [
  ['user create', () => ['--email', `${randomUUID()}@example.com`]],
  ['user list', () => [], ACCOUNT],
  ['user show', ({ user }) => [user], ACCOUNT],
  ['user set-plan', ({ user }) => [user, '--plan', 'starter'], ACCOUNT],
  ['user revoke', ({ user }) => [user], ['id', 'revoked']],
  ['user export', ({ user }) => [user]],
  ['user delete', ({ user }) => [user, '--yes'], ['id', 'deleted', 'stopped_relays']],
  ['session list', () => [], SESSION],
  ['session show', ({ session }) => [session], ['name', 'value']],
  ['session stop', ({ session }) => [session], ['session_id', 'status', 'stop_deferred']],
  ['login approve', ({ user, attempt }) => [attempt, '--user', user], ['login_attempt_id', 'outcome', 'user_id']],
  ['billing list', () => ['--state', 'all'], WEBHOOK],
  ['billing summary', () => [], ['name', 'value']],
  ['billing show', ({ webhook }) => [webhook], ['name', 'value']],
  ['billing replay', ({ webhook }) => [webhook], ['replayed']],
  ['fleet list', () => [], RELAY],
  ['fleet reconcile', () => ['--dry-run'], ['would_do', 'provider', 'what', 'session', 'region']],
  ['fleet status', () => [], ['reconciler', 'since', 'reason']],
  ['fleet pause', () => [], ['reconciler']],
  ['fleet resume', () => [], ['reconciler']],
  ['pool add', () => ['us-east-1', randomUUID(), '--ip', randomAddress(), '--max-sessions', '5'], [...HOST, 'problem']],
  ['pool list', () => [], HOST],
  ['pool cordon', ({ host }) => [host], HOST],
  ['pool uncordon', ({ host }) => [host], HOST],
  ['pool drain', ({ host }) => [host], HOST],
  ['pool remove', ({ host }) => [host], ['host', 'removed', 'ended_sessions']],
  ['backup create', () => [], [...BACKUP, 'place', 'pruned']],
  ['backup list', () => [], BACKUP],
  ['backup prune', () => ['--dry-run'], ['would_delete']],
];
/** Commands that need PostgreSQL's own programs to end well; test/ops/backup.test.ts has them. */
const DRILLS = ['backup verify', 'backup restore'];
/** Commands that are the service itself, and print no answer. */
const SERVICE = ['all', 'api', 'worker', 'migrate', 'help'];

describe('what the commands print', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  let owner: SignedIn;
  let things: Things;
  beforeEach(async () => {
    owner = await signInNewUser(app());
    const { session_id } = await startActive(app(), owner.token);
    const { login_attempt_id } = await startLogin(app());
    // Of no shape that anyone knows, with what would steer a terminal.
    await sendWebhook(app(), `\u001b[31m${randomUUID()}`);
    const { id: webhook } = await app().database('billing_events').orderBy('received_at', 'desc').first('id');
    // A relay that no session has.
    await app().provider.provision(provisionRequest({ deployment: app().config.deploymentName }), NO_PLACEMENT);
    // Of one day, so that one of them may go.
    for (const hour of [1, 2]) await storeBackup(app().config.backup.destination, new Date(2026, 0, 1, hour));
    const host = await addPoolHost(app().database);
    things = { user: owner.user.id, session: session_id, attempt: login_attempt_id, webhook, host: host.host };
  });

  for (const [command, args, head] of COMMANDS) {
    it(`"${command}" prints ${head ? 'a table' : 'JSON in any case'}, without escape codes into a pipe`, async () => {
      const { code, stdout, stderr } = await operatorOf(app()).run(...command.split(' '), ...args(things));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.doesNotMatch(stdout, /\p{Cc}(?<!\n)/u);
      if (head) assert.deepEqual(cellsOf(stdout)[0], head);
      else JSON.parse(stdout);
    });

    it(`"${command}" accepts --json and prints nothing but one line of JSON then`, async () => {
      const { code, stdout, stderr } = await operatorOf(app()).run(...command.split(' '), ...args(things), '--json');
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.match(stdout, /^[[{].*\n$/);
      JSON.parse(stdout);
    });
  }

  it('is looked at here for every command that the help names', async () => {
    const named: string[] = [];
    for (const group of (await commandsOf()).filter((name) => !SERVICE.includes(name))) {
      for (const name of await commandsOf(group)) if (name !== 'help') named.push(`${group} ${name}`);
    }
    assert.deepEqual(named.sort(), [...COMMANDS.map(([command]) => command), ...DRILLS].sort());
  });
});

function randomAddress(): string {
  return `198.51.${randomInt(256)}.${randomInt(256)}`;
}

/** The commands that the help lists. */
async function commandsOf(...group: string[]): Promise<string[]> {
  const { stdout } = await runCommand([...group, '--help']);
  const [, list = ''] = stdout.split('Commands:\n');
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => String(name));
}
