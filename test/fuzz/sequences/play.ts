import type { FuzzOperation } from '../contract.ts';
import { auditAccount } from './audit.ts';
import { fillFields } from './fill.ts';
import { type Cast, createPlayer, type Player } from './player.ts';
import { playSale } from './sales.ts';
import type { CallStep, Step } from './step.ts';

/** Plays a sequence with users of its own. @throws SequenceFault */
export async function playSequence(cast: Cast, steps: Step[]): Promise<void> {
  const player = await createPlayer(cast);
  for (const step of steps) await playStep(player, step, cast.operations);
  await clearUp(player);
}

async function playStep(player: Player, step: Step, operations: FuzzOperation[]): Promise<void> {
  const { stage, note } = player;
  if (step.kind === 'call') return playCall(player, step, operations);
  if (step.kind === 'sale') return playSale(player, step);
  if (step.kind === 'audit') return auditAccount(player, step.user);
  if (step.kind === 'clock') {
    note(`the clock moves ${step.seconds} s`);
    return stage.advance(step.seconds);
  }
  note('everything under way comes to its end');
  await stage.settle();
  for (const user of player.users.keys()) {
    const session_id = player.memory.newest(user, 'session_id');
    if (session_id !== undefined)
      await player.act(user, 'getRelaySession', { session_id }, await player.goodToken(user));
  }
  for (const id of player.wishes) {
    const user = player.sessions.ownerOf(id) as number;
    const { body } = await player.act(user, 'getRelaySession', { session_id: id }, await player.goodToken(user));
    if (body.session.status !== 'stopped') player.fail(`${id} should have been stopped once it was launched`);
    player.wishes.delete(id);
  }
}

async function playCall(player: Player, step: CallStep, operations: FuzzOperation[]): Promise<void> {
  const { memory } = player;
  const operation = operations.find(({ id }) => id === step.operation) as FuzzOperation;
  const fields = fillFields(operation, step, memory);
  const isRelay = operation.schemes.includes('relayAuth') && step.bearer.pick % 2 === 0;
  const bearer = operation.schemes.includes('bearerAuth') && !isRelay ? await bearerOf(player, step) : undefined;
  for (const name of ['Idempotency-Key', 'connection_id']) memory.note(step.user, name, fields[name]);
  await player.act(step.user, operation.id, fields, bearer);
}

/** Mostly a good access token; else an older one, or none that was ever issued. */
async function bearerOf({ memory, goodToken }: Player, { user, bearer }: CallStep): Promise<string> {
  if (bearer.from === 'made') return bearer.made as string;
  const good = await goodToken(user);
  if (bearer.from === 'newest') return good;
  return String(memory.find(user, 'cp_access_jwt', bearer, () => true) ?? good);
}

/** Adds everything up, and leaves no relay behind. */
async function clearUp(player: Player): Promise<void> {
  const { stage, act, goodToken } = player;
  if (player.users.every((_, user) => player.memory.newest(user, 'session_id') === undefined)) return;
  await stage.settle();
  for (const user of player.users.keys()) {
    if (player.memory.newest(user, 'session_id') === undefined) continue;
    const token = await goodToken(user);
    const { body } = await act(user, 'getAuthSession', {}, token);
    for (const { session_id } of body.active_sessions) await act(user, 'stopRelay', { session_id }, token);
    await auditAccount(player, user);
  }
  await stage.settle();
}
