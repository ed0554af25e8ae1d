import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  level: string;
  /** Where the lines go; default standard output. */
  destination?: DestinationStream;
}

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
];

/** A JSON logger that masks secrets. */
export function createLogger(options: LoggerOptions): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  return pino(
    {
      level: options.level,
      base: null,
      redact: { paths, censor: '[secret]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    options.destination ?? pino.destination({ dest: 1, sync: false }),
  );
}
