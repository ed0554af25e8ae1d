import { type DestinationStream, type Logger, type LoggerOptions as PinoOptions, pino } from 'pino';
import { scrub } from './scrub.ts';
import { contextFields } from './work-context.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  level: string;
  /** Where the lines go; default standard output. */
  destination?: DestinationStream;
  /**
   * False: secrets that are logged by mistake are not masked. For tests, which are to find the mistake rather than the
   * mask.
   */
  masks?: boolean;
  /** True: others write to the same place, so each line says whose it is. */
  isOneOfMany?: boolean;
}

/**
 * Lines go out together, once there are so many characters of them or so many milliseconds went by, and at the end.
 * They are written synchronously, as pino does by itself: what is given to another thread may come behind what a process
 * writes at its end.
 */
const WRITE_BYTES = 12_288;
const WRITE_EVERY_MS = 100;
/**
 * For one of many: with one more line it stays below what a pipe takes in one piece (PIPE_BUF), or lines would mix. One with
 * a long stack trace still may.
 */
const WRITE_BYTES_OF_MANY = 2_560;

/** Whatever is logged under one of these names is masked, at any of the first three levels. */
const SECRET_FIELDS = [
  'authorization',
  'x-relay-auth',
  'x-plugin-login-auth',
  'x-signature',
  'cookie',
  'refresh_token',
  'poll_token',
  'cp_access_jwt',
  'stream_token',
  'pair_token',
  'relay_ws_token',
  'password',
  'secret',
  'email',
];

/** A JSON logger whose lines name the request, user, session and job that they belong to, and that masks secrets. */
export function createLogger({ level, destination, masks = true, isOneOfMany = false }: LoggerOptions): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  const masking: PinoOptions = { redact: { paths, censor: '[secret]' }, hooks: { streamWrite: scrub } };
  return pino(
    {
      level,
      base: isOneOfMany ? { pid: process.pid } : null,
      mixin: contextFields,
      serializers: { err: serializeError },
      timestamp: pino.stdTimeFunctions.isoTime,
      ...(masks ? masking : {}),
    },
    destination ?? standardOutput(isOneOfMany ? WRITE_BYTES_OF_MANY : WRITE_BYTES),
  );
}

function standardOutput(minLength: number): DestinationStream {
  const lines = pino.destination({ dest: 1, sync: true, minLength, periodicFlush: WRITE_EVERY_MS });
  process.once('exit', () => lines.flushSync());
  return lines;
}

/** PostgreSQL tells in these what a row holds that it refuses. */
const ROW_FIELDS = ['detail', 'where'];

function serializeError(error: Error): object {
  const told: unknown = pino.stdSerializers.err(error);
  // Anything can be thrown.
  if (typeof told !== 'object' || told === null) return { message: String(told) };
  const isFromDatabase = 'severity' in told && 'code' in told;
  // The serializer's fields come from a prototype with accessors, so they are copied rather than deleted.
  return Object.fromEntries(
    Object.entries({ ...told }).filter(([name]) => !(isFromDatabase && ROW_FIELDS.includes(name))),
  );
}
