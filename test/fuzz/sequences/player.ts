import type { TestUser } from '../../support/factories.ts';
import { TEST_SECRETS } from '../../support/test-app.ts';
import { signatureOf } from '../../support/webhooks.ts';
import type { FuzzOperation } from '../contract.ts';
import { toCurl } from '../curl.ts';
import { accountLaw, usageLaw } from '../laws/accounts.ts';
import type { Exchange, Law } from '../laws/law.ts';
import { loginLaw } from '../laws/logins.ts';
import { ownerLaw, streamTokenLaw } from '../laws/owners.ts';
import { createSessionModel, type SessionModel } from '../laws/sessions.ts';
import { startLaw } from '../laws/starts.ts';
import { createStopModel } from '../laws/stops.ts';
import { createTokenModel } from '../laws/tokens.ts';
import { complaintsAbout } from '../log-faults.ts';
import { findFault } from '../oracle.ts';
import type { FuzzRequest } from '../request.ts';
import type { Sender } from '../send.ts';
import { judge } from '../verdict.ts';
import { type Fields, toRequest } from './fill.ts';
import { createMemory, type Memory } from './memory.ts';
import type { Stage } from './stage.ts';

/** What a sequence is played with. */
export interface Cast {
  stage: Stage;
  sender: Sender;
  operations: FuzzOperation[];
  /** Hears of every answer. */
  onAnswer(operation: string, status: number): void;
}

/** A sequence that was answered as it must not be. */
export class SequenceFault extends Error {
  override name = 'SequenceFault';
  /** What was done, one line each: requests as lines for a shell. */
  readonly trace: string[];
  constructor(fault: string, trace: string[]) {
    super(fault);
    this.trace = trace;
  }
}

/** Does things in a sequence's name, and looks at every answer. */
export interface Player {
  stage: Stage;
  memory: Memory;
  users: TestUser[];
  sessions: SessionModel;
  /** Sessions that have to be stopped once their launch has come to an end. */
  wishes: Set<string>;
  /** Sends a request with these fields, as that user where the operation asks who calls. @throws SequenceFault */
  act(user: number, operation: string, fields?: Fields, bearer?: string): Promise<Exchange>;
  /** Sends the bytes of a webhook. @throws SequenceFault */
  sendWebhook(text: string): Promise<void>;
  /** An access token that is good now, after a further sign-in if need be. @throws SequenceFault */
  goodToken(user: number): Promise<string>;
  /** Ends the sequence. @throws SequenceFault always */
  fail(fault: string): never;
  note(line: string): void;
}

/** Makes the users of a sequence, and a player that knows nothing yet. */
export async function createPlayer(cast: Cast): Promise<Player> {
  const { stage, operations } = cast;
  const users = await stage.makeUsers();
  const memory = createMemory();
  for (const [index, { id }] of users.entries()) memory.note(index, 'user_id', id);
  const sessions = createSessionModel();
  const tokens = createTokenModel();
  const stops = createStopModel(sessions);
  const starts = startLaw(sessions);
  const laws: Law[] = [
    tokens.law,
    loginLaw(),
    sessions.law,
    starts,
    stops.law,
    accountLaw(sessions),
    usageLaw(),
    ownerLaw(),
    streamTokenLaw(),
  ];
  const trace: string[] = [];
  const fail = (fault: string): never => {
    throw new SequenceFault(fault, trace);
  };

  const exchange = async (
    request: FuzzRequest,
    parts: Pick<Exchange, 'operation' | 'user' | 'fields' | 'bearer'>,
  ): Promise<Exchange> => {
    trace.push(toCurl(request, stage.app.url));
    const from = stage.app.clock.now();
    const answer = await cast.sender.send(request).catch((error: Error) => fail(`no answer: ${error.message}`));
    const until = stage.app.clock.now();
    trace.push(`# ${answer.status} ${answer.text}`);
    cast.onAnswer(parts.operation.id, answer.status);
    const body = parse(answer.text);
    // These tell of whoever the attempt or the token belongs to.
    const isOwners = ['pollPluginLogin', 'refreshAuth'].includes(parts.operation.id);
    const index = isOwners ? users.findIndex(({ id }) => id === body?.user?.id) : -1;
    const done: Exchange = { ...parts, user: index < 0 ? parts.user : index, answer, body, from, until };
    const fault = findWireFault(request, done) ?? firstOf(laws, done);
    if (fault !== undefined) {
      trace.push(...complaintsAbout(stage.app.logLines, answer.headers['x-request-id']));
      fail(`${parts.operation.id}: ${fault}`);
    }
    memory.learn(done.user, answer, body);
    return done;
  };

  /** Looks at an answer as at that of a single request; who is let in follows from what was told before. */
  const findWireFault = (request: FuzzRequest, done: Exchange): string | undefined => {
    const { bearer, answer } = done;
    const judged = judge(request, { operations, dictionary: {}, bodies: {}, credentials: {}, expendable: [] });
    const accepted = bearer === undefined ? true : tokens.accepts(bearer, done);
    if (accepted && done.operation.schemes.length > 0 && answer.status === 401) return 'a 401 for good credentials';
    return findFault(request, { ...judged, letIn: accepted ?? answer.status !== 401 }, answer);
  };

  const act: Player['act'] = (user, id, fields = {}, bearer) => {
    const operation = operations.find((one) => one.id === id) as FuzzOperation;
    const request = toRequest(operation, fields, {
      bearerAuth: bearer === undefined ? undefined : `Bearer ${bearer}`,
      relayAuth: bearer === undefined ? TEST_SECRETS.RELAY_SHARED_KEY : undefined,
      pluginLoginAuth: TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY,
    });
    return exchange(request, { operation, user, fields, bearer });
  };

  const goodToken: Player['goodToken'] = async (user) => {
    const present = memory.newest(user, 'cp_access_jwt');
    const now = stage.app.clock.now();
    const soon = { from: now, until: new Date(now.getTime() + 60_000) };
    if (typeof present === 'string' && tokens.accepts(present, soon)) return present;
    const client = { platform: 'windows', plugin_version: '0.0.5', device_name: 'PC' };
    const { body: attempt } = await act(user, 'startPluginLogin', { client });
    const { login_attempt_id, poll_token } = attempt;
    const user_id = users[user]?.id;
    await act(user, 'completePluginLogin', { login_attempt_id, outcome: 'completed', user_id });
    const { body } = await act(user, 'pollPluginLogin', { login_attempt_id, poll_token });
    return body.auth.cp_access_jwt;
  };

  return {
    stage,
    memory,
    users,
    sessions,
    wishes: stops.wishes,
    act,
    goodToken,
    fail,
    note: (line) => void trace.push(`# ${line}`),
    async sendWebhook(text) {
      const operation = operations.find((one) => one.id === 'receiveBillingWebhook') as FuzzOperation;
      const bytes = Buffer.from(text);
      const base = toRequest(operation, {}, { webhookSignature: signatureOf(bytes) });
      await exchange({ ...base, body: bytes }, { operation, user: -1, fields: {}, bearer: undefined });
    },
  };
}

function firstOf(laws: Law[], exchange: Exchange): string | undefined {
  // Each law has to hear of it, whatever the others say.
  const faults = laws.map((law) => law(exchange));
  return faults.find((fault) => fault !== undefined);
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
