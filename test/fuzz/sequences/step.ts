import fc from 'fast-check';
import type { FuzzOperation } from '../contract.ts';
import type { Schema } from '../schema-check.ts';
import { type Dictionary, validValue } from '../valid-values.ts';

/** Where a field's value comes from: what was told in this sequence, or one that was made up. */
export interface Choice {
  from: 'newest' | 'older' | 'others' | 'made' | 'absent';
  /** Which of several, modulo their count. */
  pick: number;
  /** Stands in where nothing was told yet. */
  made: unknown;
}

/** A request of an operation, to be filled in when its turn comes. */
export interface CallStep {
  kind: 'call';
  operation: string;
  user: number;
  /** The access token; `made` is a bad one. */
  bearer: Choice;
  fields: Record<string, Choice>;
}

/** What the seller can do with what was sold last. */
export const SALES = ['pay', 'cancel', 'resume', 'expire', 'failPayment', 'recover', 'renew', 'redeliver'] as const;

export type Step =
  | CallStep
  /** Time passes with the service alive. */
  | { kind: 'clock'; seconds: number }
  /** Everything under way comes to its end. */
  | { kind: 'worker' }
  | { kind: 'sale'; user: number; action: (typeof SALES)[number]; pick: number }
  /** The whole of a user's account is read and added up. */
  | { kind: 'audit'; user: number };

export const USERS = 3;
/** Connections that the users of a sequence have, by the same ids. */
const CONNECTIONS = ['5f0c8a9e-2b7d-4e31-8f64-9d1c2a3b4e5f', '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64'];
/** How far the clock moves, in seconds: around the limits of leases, grace, attempts, tokens, keys, caps and cycles. */
const MOVES = [2, 2, 15, 15, 130, 130, 310, 310, 620, 620, 1_000, 3_700, 57_700, 3 * 86_400, 31 * 86_400];
/** How often an operation is drawn; once where nothing is said. */
const WEIGHTS: Record<string, number> = {
  startRelay: 14,
  stopRelay: 7,
  getActiveRelay: 6,
  getRelaySession: 5,
  refreshAuth: 4,
  reportRelayHealth: 6,
  pollPluginLogin: 4,
  completePluginLogin: 3,
  startPluginLogin: 2,
  migrateRelay: 3,
  getAuthSession: 2,
  getCurrentUsage: 2,
  listUsageSessions: 2,
  createCheckout: 2,
};
/** Left out mostly, because any value narrows down what can come of the request. */
const RARE = ['stream_token', 'stream_slot', 'client_context', 'redirect_url', 'session_uptime_seconds', 'observed_at'];

/** Values that lead somewhere, for fields that no answer tells of. */
const DICTIONARY: Dictionary = {
  connection_id: CONNECTIONS,
  new_region: ['us-east-1', 'eu-west-1'],
  region_preference: ['', 'auto', 'us-east', 'eu-west-1'],
  wait_seconds: [0, 0, 0, 1],
  redirect_url: ['https://telemyapp.com/thanks'],
  limit: [1, 2],
  'Idempotency-Key': [],
};

/** Sequences of steps; what is drawn doesn't depend on any answer, so that a seed and a path lead to it again. */
export function stepSequence(operations: FuzzOperation[], maxLength = 30): fc.Arbitrary<Step[]> {
  // The first one has a plan with relays, so more happens to him.
  const user = fc.constantFrom(0, 0, 1, ...Array(USERS).keys());
  const calls = operations
    .filter(({ body }) => body?.raw !== true)
    .map((operation) => ({ weight: WEIGHTS[operation.id] ?? 1, arbitrary: callStep(operation, user) }));
  const step = fc.oneof(
    { weight: 12, arbitrary: fc.oneof(...calls) as fc.Arbitrary<Step> },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('worker' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('clock' as const), seconds: fc.constantFrom(...MOVES) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('sale' as const),
        user,
        action: fc.constantFrom(...SALES.slice(0, 1), ...SALES),
        pick: fc.nat(7),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('audit' as const), user }) },
  );
  const start = operations.find(({ id }) => id === 'startRelay') as FuzzOperation;
  // Little can happen before there is a relay.
  const launch = fc.tuple(callStep(start, fc.constant(0)), fc.record({ kind: fc.constant('worker' as const) }));
  return fc
    .tuple(fc.option(launch, { nil: [], freq: 2 }), fc.array(step, { minLength: 1, maxLength, size: 'max' }))
    .map(([first, then]) => [...first, ...then]);
}

function callStep(operation: FuzzOperation, user: fc.Arbitrary<number>): fc.Arbitrary<CallStep> {
  const { schema = {} } = operation.body ?? {};
  const inBody = Object.entries(schema.properties ?? {}).map(([name, part]) => ({
    name,
    schema: part,
    required: schema.required?.includes(name) === true,
  }));
  const choices = [...operation.parameters, ...inBody].map((field) => [field.name, fieldChoice(field)]);
  return fc.record({
    kind: fc.constant('call' as const),
    operation: fc.constant(operation.id),
    user,
    bearer: choice(fc.constantFrom('x', 'a.b.c'), { newest: 40, older: 4, others: 0, made: 1, absent: 0 }),
    fields: fc.record(Object.fromEntries(choices) as Record<string, fc.Arbitrary<Choice>>),
  });
}

function fieldChoice({ name, schema, required }: { name: string; schema: Schema; required: boolean }) {
  // Nobody may be held for longer than a second.
  const limited = name === 'wait_seconds' ? { ...schema, maximum: 1 } : schema;
  const made = name === 'Idempotency-Key' ? fc.uuid({ version: 4 }) : validValue(limited, DICTIONARY, name);
  const absent = required ? 0 : RARE.includes(name) ? 20 : name === 'user_id' ? 1 : 6;
  return choice(made, { newest: 6, older: 3, others: 2, made: name === 'Idempotency-Key' ? 9 : 1, absent });
}

type Weights = Record<Choice['from'], number>;

function choice(made: fc.Arbitrary<unknown>, weights: Weights): fc.Arbitrary<Choice> {
  const from = fc.oneof(
    ...Object.entries(weights).map(([name, weight]) => ({
      weight,
      arbitrary: fc.constant(name as Choice['from']),
    })),
  );
  return fc.record({ from, pick: fc.nat(20), made });
}
