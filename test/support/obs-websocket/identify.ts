import { answerChallenge, type Challenge } from './authentication.ts';
import { CLOSE, Closing, isObject, type JsonObject, RPC_VERSION } from './protocol.ts';

/** Checks what a client says of itself. @throws Closing */
export function checkIdentify(data: JsonObject, password: string | undefined, challenge: Challenge): void {
  if (password !== undefined && data.authentication !== answerChallenge(password, challenge)) {
    throw new Closing(CLOSE.authenticationFailed, 'The authentication is missing or wrong.');
  }
  if (data.rpcVersion === undefined) throw new Closing(CLOSE.missingDataField, 'rpcVersion is missing.');
  if (!isUnsigned(data.rpcVersion)) throw new Closing(CLOSE.invalidDataFieldType, 'rpcVersion is no unsigned number.');
  if (data.rpcVersion !== RPC_VERSION) throw new Closing(CLOSE.unsupportedRpcVersion, 'Only RPC version 1 is there.');
}

/** Which events a client wants, if it says so. @throws Closing */
export function readSubscriptions({ eventSubscriptions }: JsonObject, otherwise: number): number {
  if (eventSubscriptions === undefined) return otherwise;
  if (isUnsigned(eventSubscriptions)) return eventSubscriptions;
  throw new Closing(CLOSE.invalidDataFieldType, 'eventSubscriptions is no unsigned number.');
}

/** Takes a message apart. @throws Closing */
export function readMessage(payload: string, isBinary: boolean): { op: number; d: unknown } {
  if (isBinary) throw new Closing(CLOSE.messageDecodeError, 'The message is binary, the session speaks JSON.');
  const message = parse(payload);
  if (!isObject(message)) throw new Closing(CLOSE.messageDecodeError, 'The message is no object.');
  if (typeof message.op !== 'number') throw new Closing(CLOSE.unknownOpCode, 'op is missing or no number.');
  return { op: message.op, d: message.d };
}

/** Checks a batch. @throws Closing */
export function checkBatch({ requests, executionType }: JsonObject): void {
  if (requests === undefined) throw new Closing(CLOSE.missingDataField, 'requests is missing.');
  if (!Array.isArray(requests)) throw new Closing(CLOSE.invalidDataFieldType, 'requests is no array.');
  if (executionType === undefined || executionType === null) return;
  if (typeof executionType !== 'number') throw new Closing(CLOSE.invalidDataFieldType, 'executionType is no number.');
  if (![0, 1, 2].includes(executionType)) throw new Closing(CLOSE.invalidDataFieldValue, 'executionType is unknown.');
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    throw new Closing(CLOSE.messageDecodeError, 'The message is no JSON.');
  }
}

function isUnsigned(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
