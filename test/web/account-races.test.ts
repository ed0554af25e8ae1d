import assert from 'node:assert/strict';
import { makeUser } from '../support/factories.ts';
import type { PageClient } from '../support/page-client.ts';
import { FACTOR } from '../support/property.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { failuresOf } from './sign-in-checks.ts';

const ROUNDS = 8 * FACTOR;

describe('Sign-ins at the same time', function () {
  this.timeout(20_000 * FACTOR);
  const lab = useScriptedLab();
  const identitiesOf = (subjects: string[]) => lab().app.database('user_identities').whereIn('subject', subjects);

  /** Brings browsers up to the way back, each for its person, and opens all ways at once. */
  async function race(people: ReturnType<typeof newPerson>[]): Promise<void> {
    const ready: (() => ReturnType<PageClient['open']>)[] = [];
    for (const person of people) {
      lab().provider.user = person;
      const visitor = lab().browser();
      const callback = await visitor.reachCallback();
      ready.push(() => visitor.open(callback, { follow: false }));
    }
    const answers = await Promise.all(ready.map((open) => open()));
    assert.deepEqual(
      answers.map(({ status }) => status),
      people.map(() => 303),
    );
  }

  it('of one new identity make one account', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const person = newPerson();
      await race(Array.from({ length: 5 }, () => person));
      assert.equal((await identitiesOf([person.subject])).length, 1);
      assert.equal((await lab().app.database('users').where({ email: person.email })).length, 1);
    }
  });

  it('of one new identity claim the account that waits for it, and make no other', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const person = newPerson();
      const made = await makeUser(lab().app, { email: String(person.email) });
      await race(Array.from({ length: 5 }, () => person));
      const linked = await identitiesOf([person.subject]);
      assert.deepEqual(
        linked.map(({ user_id }) => user_id),
        [made.id],
      );
      assert.equal((await lab().app.database('users').where({ email: person.email })).length, 1);
    }
  });

  it('of several subjects with the e-mail of one unclaimed account: exactly one gets it', async () => {
    const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 0x7fffffff));
    const random = createSeededRandom(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email, id } = await makeUser(lab().app, { plan: 'pro' });
      const cased = () => [...email].map((sign) => (random() < 0.5 ? sign.toUpperCase() : sign)).join('');
      const people = Array.from({ length: 2 + Math.floor(random() * 4) }, () => newPerson({ email: cased() }));
      await race(people);
      const linked = await identitiesOf(people.map(({ subject }) => subject));
      const owners = linked.map(({ user_id }) => user_id);
      const told = `Repeat this with FC_SEED=${seed}: ${owners}`;
      assert.equal(new Set(owners).size, people.length, told);
      assert.equal(owners.filter((owner) => owner === id).length, 1, told);
    }
  });

  it('fail nobody', () => assert.deepEqual(failuresOf(lab(), 0), []));
});
