import { BackupError } from '../../src/database/backup/backup-error.ts';
import { PostgresToolError } from '../../src/database/backup/postgres-run.ts';
import { PostgresToolsMissingError } from '../../src/database/backup/postgres-tools.ts';
import { DnsRefusedError, DnsUnavailableError } from '../../src/features/relay/cloudflare-call.ts';
import { OperatorError } from '../../src/operator.ts';
import { MoveError } from './move-error.ts';

const TOLD = [
  MoveError,
  BackupError,
  PostgresToolError,
  PostgresToolsMissingError,
  DnsRefusedError,
  DnsUnavailableError,
];

/** An error whose message says all that an operator needs; undefined for others. */
export function toOperatorError(error: unknown): OperatorError | undefined {
  if (!TOLD.some((kind) => error instanceof kind)) return undefined;
  return new OperatorError((error as Error).message, { cause: error });
}
