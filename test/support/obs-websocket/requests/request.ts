import type { JsonObject } from '../protocol.ts';
import type { Emit, Studio } from '../studio.ts';

/** What a request is answered from. */
export interface RequestContext {
  studio: Studio;
  emit: Emit;
  /** Messages of this connection. */
  counts: { incoming: number; outgoing: number };
}

/** Answers one type of request. @throws Refusal */
export type RequestHandler = (data: unknown, context: RequestContext) => JsonObject | undefined;
