import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Faults, RecordedRequest } from './answer.ts';
import { createEventValve } from './event-valve.ts';
import { type Session, startSession } from './session.ts';
import { createStudio, type Studio } from './studio.ts';
import { createUser, type StudioUser } from './user.ts';

export type { Faults, RecordedRequest } from './answer.ts';
export { answerChallenge } from './authentication.ts';
export { CLOSE, INTENT, OP, STATUS } from './protocol.ts';
export { createOutput, type Studio, type StudioInput, type StudioOutput } from './studio.ts';

/** A small OBS, as far as obs-websocket 5 shows it. */
export interface ObsStandIn {
  /** Such as `ws://127.0.0.1:4455`. */
  url: string;
  port: number;
  studio: Studio;
  /** What the one in front of OBS does; clients hear of it. */
  user: StudioUser;
  faults: Faults;
  /** Of identified clients, in the order of their arrival; those of batches too. */
  requests: RecordedRequest[];
  /** From now on events stay here; the returned function sends them, in their order or turned round, and ends it. */
  holdEvents(): (order?: 'as_happened' | 'reversed') => void;
  /** Leaves requests unanswered, the connections open, until the returned function is called. */
  stall(): () => void;
  /** Cuts all connections without a word, or closes them with a code. */
  dropConnections(code?: number): void;
  /** Ends it all. */
  close(): Promise<void>;
}

/** How an OBS is set up. */
export interface ObsStandInOptions {
  /** Absent: none is asked for. */
  password?: string;
  /** Default: any free one. */
  port?: number;
  studio?: Partial<Studio>;
}

/**
 * Starts a stand-in for OBS with obs-websocket 5 on 127.0.0.1. It speaks JSON only, executes batches serially, and
 * was compared with OBS 29.0.2 (obs-websocket 5.1.0), whose answers lack the UUIDs of later versions.
 */
export async function startObsStandIn(options: ObsStandInOptions = {}): Promise<ObsStandIn> {
  const studio: Studio = { ...createStudio(), ...options.studio };
  const faults: Faults = { refuse: {}, answer: {}, drop: {}, hold: undefined };
  const requests: RecordedRequest[] = [];
  const sessions = new Set<Session>();
  const events = createEventValve((...event) => {
    for (const session of sessions) session.tell(...event);
  });

  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    handleProtocols: (offered) => offered.has('obswebsocket.json') && 'obswebsocket.json',
  });
  server.on('connection', (socket) => {
    const session = startSession(socket, {
      studio,
      password: options.password,
      faults: () => faults,
      emit: events.emit,
      record: (request) => requests.push(request),
    });
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function dropConnections(code?: number): void {
    for (const socket of server.clients) code === undefined ? socket.terminate() : socket.close(code);
  }

  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    studio,
    user: createUser(studio, events.emit, () => dropConnections(1001)),
    faults,
    requests,
    holdEvents: events.hold,
    stall() {
      const { promise, resolve } = Promise.withResolvers<void>();
      faults.hold = () => promise;
      return () => {
        faults.hold = undefined;
        resolve();
      };
    },
    dropConnections,
    async close() {
      dropConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
