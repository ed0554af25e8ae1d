import type { NameOperation } from './operations.ts';

/** What became of the requests of many plugins since the last look. */
export interface Observed {
  /** Milliseconds from the request to the whole head of the answer, by operation. */
  answers: Record<string, number[]>;
  mishaps: Mishap[];
}

/** Something that must not happen outside of an injected fault. */
export interface Mishap {
  /** Milliseconds since 1970. */
  at: number;
  what: string;
}

/** Collects what plugins see. */
export interface Observer {
  /** `fetch` that measures; it also sees the answers that the SDK gets over by asking again. */
  fetch: typeof fetch;
  note(what: string): void;
  /** Hands over what there is, and begins anew. */
  take(): Observed;
}

const TOO_MANY = 429;
const SERVER_FAULT = 500;

/** An observer that has seen nothing. */
export function createObserver(nameOperation: NameOperation): Observer {
  let seen: Observed = { answers: {}, mishaps: [] };

  function note(what: string): void {
    seen.mishaps.push({ at: Date.now(), what });
  }

  async function observedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const operation = nameOperation(request.method, request.url);
    const started = performance.now();
    let response: Response;
    try {
      response = await fetch(request);
    } catch (error) {
      if (!request.signal.aborted) note(`${operation}: no answer (${causeOf(error)})`);
      throw error;
    }
    const { status } = response;
    seen.answers[operation] ??= [];
    seen.answers[operation].push(Math.round((performance.now() - started) * 10) / 10);
    if (status === TOO_MANY || status >= SERVER_FAULT) note(`${operation}: ${status}`);
    return response;
  }

  return {
    fetch: observedFetch,
    note,
    take() {
      const taken = seen;
      seen = { answers: {}, mishaps: [] };
      return taken;
    },
  };
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
