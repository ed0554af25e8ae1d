import type { Assignment } from './assignment.ts';
import type { SlsAddress, SlsClient, StreamId } from './sls-client.ts';
import { HostUnavailableError } from './sls-client.ts';

/** The host has the player key for somebody else. */
export class StreamTakenError extends Error {
  override name = 'StreamTakenError';
}

/** The stream ids that an assignment has at its host. */
export function streamOf({ streamToken, deployment, sessionId }: Assignment): StreamId {
  return {
    publisher: `live_${streamToken}`,
    player: `play_${streamToken}`,
    description: `${markOf(deployment)}${sessionId}`,
  };
}

/** Whether this deployment made the stream ids. */
export function isOurs({ description }: StreamId, deployment: string): boolean {
  return description.startsWith(markOf(deployment));
}

function markOf(deployment: string): string {
  return `telemy:${deployment}:`;
}

/**
 * Makes the stream ids of an assignment exist at its host. What an earlier session with the same token left there is
 * replaced.
 *
 * @throws StreamTakenError when they are somebody else's; HostUnavailableError, HostRefusedError.
 */
export async function ensureStream(sls: SlsClient, at: SlsAddress, assignment: Assignment): Promise<void> {
  const wanted = streamOf(assignment);
  if (await sls.addStream(at, wanted)) return;
  const existing = await findStream(sls, at, wanted.player);
  if (existing && existing.publisher === wanted.publisher && existing.description === wanted.description) return;
  if (existing && !isOurs(existing, assignment.deployment)) {
    throw new StreamTakenError(`${at.publicIp} has the player key of ${assignment.sessionId} for somebody else`);
  }
  if (existing) await sls.removeStream(at, wanted.player);
  if (await sls.addStream(at, wanted)) return;
  throw new HostUnavailableError(`${at.publicIp}: others change the stream ids of ${assignment.sessionId}`);
}

/** Makes an assignment's stream ids be gone from its host, unless they are somebody else's. */
export async function dropStream(sls: SlsClient, at: SlsAddress, assignment: Assignment): Promise<void> {
  const { player } = streamOf(assignment);
  const existing = await findStream(sls, at, player);
  if (existing && isOurs(existing, assignment.deployment)) await sls.removeStream(at, player);
}

async function findStream(sls: SlsClient, at: SlsAddress, player: string): Promise<StreamId | undefined> {
  return (await sls.listStreams(at)).find((stream) => stream.player === player);
}
