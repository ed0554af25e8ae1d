import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { assertError, stop } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { migrate } from './migrate.ts';

describe('migrateRelay 404', () => {
  const app = useApp();

  it("answers the same for no session, a stopped one, an unknown connection and someone else's", async () => {
    const [owner, other, idle] = [await signInNewUser(app()), await signInNewUser(app()), await signInNewUser(app())];
    const connection_id = randomUUID();
    await startActive(app(), owner.token, { connection_id });
    await startActive(app(), idle.token);
    await stop(app(), idle.token, {});
    const new_region = 'eu-west-1';
    const answers = [
      await migrate(app(), other.token, { connection_id, new_region }),
      await migrate(app(), other.token, { new_region }),
      await migrate(app(), idle.token, { new_region }),
      await migrate(app(), owner.token, { connection_id: randomUUID(), new_region }),
      // Its session has a connection, so the default one has none.
      await migrate(app(), owner.token, { new_region }),
    ];
    const errors = answers.map((answer) => assertError(answer, 404, 'not_found'));
    for (const error of errors) assert.deepEqual(error, errors[0]);
  });
});
