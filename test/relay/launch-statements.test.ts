import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/database/connect.ts';
import { signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { useApp } from '../support/test-app.ts';
import { beginLaunch } from './launch.ts';

async function statementsOf(database: Database, run: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const note = ({ sql }: { sql: string }) => void sent.push(sql);
  database.on('query', note);
  try {
    await run();
  } finally {
    database.removeListener('query', note);
  }
  return sent;
}

function assertAtMost(most: number, sent: readonly string[]): void {
  assert.ok(sent.length <= most, `${sent.length} statements:\n${sent.join('\n')}`);
}

describe('what a launch costs the database', () => {
  // A worker would begin the launch meanwhile.
  const app = useApp({ roles: ['api'] });
  const lab = useRelayLab();

  it('its start: 14 statements at most, two of them before the transaction', async () => {
    const { token } = await signInNewUser(app());
    await call(app(), 'GET', '/auth/session', { token });
    const sent = await statementsOf(app().database, async () => {
      const headers = { 'Idempotency-Key': randomUUID() };
      const { status, text } = await call(app(), 'POST', '/relay/start', { token, headers, body: {} });
      assert.equal(status, 201, text);
    });
    assertAtMost(14, sent);
  });

  it('its job, alone: 36 statements at most in six transactions, one for each step that is stored', async () => {
    const launch = await beginLaunch(lab());
    const sent = await statementsOf(lab().database, () => launch.run());
    assert.equal((await launch.stored()).status, 'active');
    assert.equal(sent.filter((sql) => sql.startsWith('BEGIN')).length, 6);
    assertAtMost(36, sent);
  });
});
