import { openReplicas, type Replicas } from '../support/ops/replicas.ts';
import { itHoldsForReplicas } from './replica-cases.ts';

describe('Two APIs and two workers on one PostgreSQL, without a pooler', function () {
  this.timeout(60_000);
  let replicas: Replicas;
  before(async function () {
    this.timeout(120_000);
    replicas = await openReplicas();
  });
  after(() => replicas?.close());

  itHoldsForReplicas(() => replicas);
});
