import type { WebSocket } from 'ws';
import { answerBatch, answerRequest, type Faults, type RecordedRequest } from './answer.ts';
import { createChallenge } from './authentication.ts';
import { checkBatch, checkIdentify, readMessage, readSubscriptions } from './identify.ts';
import { ALL_EVENTS, CLOSE, Closing, isObject, type JsonObject, OP, RPC_VERSION } from './protocol.ts';
import { OBS_WEBSOCKET_VERSION } from './requests/index.ts';
import type { Emit, Studio } from './studio.ts';

/** What sessions share. */
export interface SessionOptions {
  studio: Studio;
  password: string | undefined;
  faults: () => Faults;
  emit: Emit;
  /** Hears of every request of an identified client, before it is done. */
  record: (request: RecordedRequest) => void;
}

/** One client's connection. */
export interface Session {
  /** Sends an event if the client subscribed to it. */
  tell(eventType: string, intent: number, eventData?: JsonObject): void;
}

/** Greets a client and answers it until its connection ends. */
export function startSession(socket: WebSocket, options: SessionOptions): Session {
  const { studio, password, faults, emit, record } = options;
  const challenge = createChallenge();
  const counts = { incoming: 0, outgoing: 0 };
  let subscriptions = ALL_EVENTS;
  let isIdentified = false;

  function send(op: number, d: JsonObject): void {
    counts.outgoing += 1;
    socket.send(JSON.stringify({ op, d }));
  }

  /** Runs a request's way through the faults. */
  async function serve(request: JsonObject, run: () => void): Promise<void> {
    const recorded = { type: String(request.requestType ?? ''), data: request.requestData };
    record(recorded);
    await faults().hold?.(recorded);
    const drop = faults().drop[recorded.type];
    if (drop === 'before') return socket.terminate();
    if (drop === 'after') socket.terminate();
    run();
  }

  async function handle(op: number, d: JsonObject): Promise<void> {
    const context = { studio, emit, counts };
    if (op === OP.identify) {
      if (isIdentified) throw new Closing(CLOSE.alreadyIdentified, 'The session is identified.');
      checkIdentify(d, password, challenge);
      subscriptions = readSubscriptions(d, subscriptions);
      isIdentified = true;
      return send(OP.identified, { negotiatedRpcVersion: RPC_VERSION });
    }
    if (op === OP.reidentify) {
      subscriptions = readSubscriptions(d, subscriptions);
      return send(OP.identified, { negotiatedRpcVersion: RPC_VERSION });
    }
    if (op !== OP.request && op !== OP.requestBatch) throw new Closing(CLOSE.unknownOpCode, `There is no op ${op}.`);
    if (d.requestId === undefined) throw new Closing(CLOSE.missingDataField, 'requestId is missing.');
    if (op === OP.request) {
      if (d.requestType === undefined) throw new Closing(CLOSE.missingDataField, 'requestType is missing.');
      return await serve(d, () => send(OP.requestResponse, answerRequest(d, faults(), context)));
    }
    checkBatch(d);
    for (const request of d.requests as unknown[]) {
      if (isObject(request)) record({ type: String(request.requestType ?? ''), data: request.requestData });
    }
    send(OP.requestBatchResponse, answerBatch(d, faults(), context));
  }

  async function receive(payload: string, isBinary: boolean): Promise<void> {
    counts.incoming += 1;
    const { op, d } = readMessage(payload, isBinary);
    if (d === undefined || d === null) throw new Closing(CLOSE.missingDataField, 'd is missing.');
    if (!isObject(d)) throw new Closing(CLOSE.invalidDataFieldType, 'd is no object.');
    if (!isIdentified && op !== OP.identify) throw new Closing(CLOSE.notIdentified, 'Identify comes first.');
    await handle(op, d);
  }

  socket.on('message', (data, isBinary) => {
    receive(String(data), isBinary).catch((error: unknown) => {
      if (!(error instanceof Closing)) throw error;
      socket.close(error.code, error.message);
    });
  });
  socket.on('error', () => undefined);
  const hello = { obsWebSocketVersion: OBS_WEBSOCKET_VERSION, rpcVersion: RPC_VERSION };
  send(OP.hello, password === undefined ? hello : { ...hello, authentication: challenge });

  return {
    tell(eventType, eventIntent, eventData) {
      if (isIdentified && (subscriptions & eventIntent) !== 0) send(OP.event, { eventType, eventIntent, eventData });
    },
  };
}
