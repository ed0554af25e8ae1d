import { addSeconds } from '../../../../clock.ts';
import type { TidyRequest } from '../provider.ts';
import type { Assignment } from './assignment.ts';
import { findAssignment, isStreamInUse, listUnreleased, listUnreleasedOf } from './assignment-store.ts';
import type { PoolHost } from './host.ts';
import { listHosts } from './host-store.ts';
import type { PoolParts } from './parts.ts';
import { miscount, recount } from './place-store.ts';
import { release } from './release.ts';
import type { StreamId } from './sls-client.ts';
import { ensureStream, isOurs, streamOf } from './streams.ts';

/** An assignment that no live session has, or that is to be released, is left to its own job for so long, in seconds. */
const GRACE_SECONDS = 60;

/** Something to mend. False: it needs no mending any more, or cannot be mended now. */
interface Task {
  what: string;
  run(): Promise<boolean>;
}

/**
 * Compares sessions, assignments and the hosts' stream ids, and mends what differs. Stream ids without this
 * deployment's mark are left alone, and so are hosts that don't answer.
 */
export async function tidyPool(parts: PoolParts, request: TidyRequest): Promise<string[]> {
  const hosts = await listHosts(parts.database);
  const found = await Promise.all(hosts.map((host) => inspectHost(parts, host, request)));
  const tasks = [...(await findForgotten(parts, request)), ...found.flat()];
  const done: string[] = [];
  for (const { what, run } of tasks) {
    if (done.length >= request.limit) break;
    try {
      if (!request.act || (await run())) done.push(what);
    } catch (err) {
      parts.logger.warn({ what, err }, 'pool_not_tidied');
    }
  }
  return done;
}

async function findForgotten(parts: PoolParts, { deployment, liveAmong }: TidyRequest): Promise<Task[]> {
  const before = addSeconds(parts.clock.now(), -GRACE_SECONDS);
  const old = (await listUnreleased(parts.database, deployment)).filter(({ createdAt }) => createdAt < before);
  const live = await liveAmong([...new Set(old.map(({ sessionId }) => sessionId))]);
  return old
    .filter(({ state, updatedAt, sessionId }) => (state === 'releasing' ? updatedAt < before : !live.has(sessionId)))
    .map(({ instanceId, sessionId, host }) => ({
      what: `release ${instanceId} at ${host?.name}: ${sessionId} doesn't have it any more`,
      run: () => release(parts, { instanceId }),
    }));
}

async function inspectHost(parts: PoolParts, host: PoolHost, request: TidyRequest): Promise<Task[]> {
  const { database, clock } = parts;
  const wrong = await miscount(database, host.id);
  const counts: Task = {
    what: `count the places of ${host.host} again: ${host.sessions} are noted, ${host.sessions - wrong} are taken`,
    async run() {
      await recount(database, host.id, clock.now());
      return true;
    },
  };
  return [...(wrong === 0 ? [] : [counts]), ...(await inspectStreams(parts, host, request))];
}

async function inspectStreams(parts: PoolParts, host: PoolHost, request: TidyRequest): Promise<Task[]> {
  const { database, sls, logger } = parts;
  if (host.health === 'unhealthy') return [];
  let streams: StreamId[];
  try {
    streams = await sls.listStreams(host.address);
  } catch (err) {
    logger.warn({ host: host.host, err }, 'pool_streams_not_listed');
    return [];
  }
  // Behind the streams: one that was assigned meanwhile would seem to be nobody's.
  const assignments = await listUnreleasedOf(database, host.id);
  const serving = assignments.filter(
    ({ state, deployment }) => state === 'serving' && deployment === request.deployment,
  );
  const live = await request.liveAmong([...new Set(serving.map(({ sessionId }) => sessionId))]);
  const present = new Set(streams.map(({ player }) => player));
  const known = new Set(assignments.map((assignment) => streamOf(assignment).player));
  return [
    ...serving
      .filter((one) => live.has(one.sessionId) && !present.has(streamOf(one).player))
      .map((one) => recreation(parts, host, one)),
    ...streams
      .filter((stream) => isOurs(stream, request.deployment) && !known.has(stream.player))
      .map((stream) => removal(parts, host, stream)),
  ];
}

function recreation({ database, sls }: PoolParts, host: PoolHost, { instanceId, sessionId }: Assignment): Task {
  return {
    what: `make the stream ids of ${sessionId} at ${host.host} again`,
    async run() {
      const present = await findAssignment(database, instanceId);
      if (present?.state !== 'serving') return false;
      await ensureStream(sls, host.address, present);
      return true;
    },
  };
}

function removal({ database, sls }: PoolParts, host: PoolHost, { player, description }: StreamId): Task {
  return {
    // Without its keys, which are secrets.
    what: `remove stream ids at ${host.host} that no session has (${description})`,
    async run() {
      if (await isStreamInUse(database, host.id, player.replace(/^play_/, ''))) return false;
      await sls.removeStream(host.address, player);
      return true;
    },
  };
}
