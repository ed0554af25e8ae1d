/** What obs-websocket 5 numbers. Source: docs/generated/protocol.md of obsproject/obs-websocket. */
export const OP = {
  hello: 0,
  identify: 1,
  identified: 2,
  reidentify: 3,
  event: 5,
  request: 6,
  requestResponse: 7,
  requestBatch: 8,
  requestBatchResponse: 9,
} as const;

/** Why a connection is closed. */
export const CLOSE = {
  messageDecodeError: 4002,
  missingDataField: 4003,
  invalidDataFieldType: 4004,
  invalidDataFieldValue: 4005,
  unknownOpCode: 4006,
  notIdentified: 4007,
  alreadyIdentified: 4008,
  authenticationFailed: 4009,
  unsupportedRpcVersion: 4010,
  sessionInvalidated: 4011,
} as const;

/** What becomes of a request. */
export const STATUS = {
  success: 100,
  missingRequestType: 203,
  unknownRequestType: 204,
  genericError: 205,
  notReady: 207,
  missingRequestField: 300,
  missingRequestData: 301,
  invalidRequestField: 400,
  invalidRequestFieldType: 401,
  requestFieldEmpty: 403,
  resourceNotFound: 600,
  invalidResourceType: 602,
} as const;

/** Bits of an event subscription: those of the events that the stand-in knows. */
export const INTENT = { general: 1, scenes: 1 << 2, inputs: 1 << 3, outputs: 1 << 6, mediaInputs: 1 << 8 } as const;

/** What a client hears that doesn't say what it wants: everything but events of high volume. */
export const ALL_EVENTS = 0xfff;

export const RPC_VERSION = 1;

/** A refusal that closes the connection. */
export class Closing extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A refusal of one request; the connection stays. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, comment: string) {
    super(comment);
    this.code = code;
  }
}

export type JsonObject = Record<string, unknown>;

/** Whether it is an object with names. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
