import type { RequestListener } from 'node:http';
import { type RunningServer, startServer } from '../../src/http/server.ts';

/** A server that outlives those who answer by it. */
export interface LastingServer {
  /** As `startServer`: listens at the first call; later ones take over. Draining it only lets go. */
  open: typeof startServer;
  /** Cuts what is open, and stops listening. */
  close(): Promise<void>;
}

/** Makes one. While nobody answers by it, requests wait for the next one who does. */
export function createLastingServer(): LastingServer {
  let server: RunningServer | undefined;
  let answering = Promise.withResolvers<RequestListener>();
  return {
    async open(listener, address) {
      server ??= await startServer((request, response) => {
        void answering.promise.then((answer) => answer(request, response));
      }, address);
      answering.resolve(listener);
      return {
        ...server,
        async drain() {
          answering = Promise.withResolvers<RequestListener>();
        },
      };
    },
    async close() {
      await server?.drain(0);
    },
  };
}
