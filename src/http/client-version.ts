import type { ContractOperation } from './contract-document.ts';
import { errors } from './errors.ts';
import { clientHeader } from './middleware/access-log.ts';
import type { ApiContext } from './request-state.ts';

/**
 * Refuses plugins older than the configured minimum, on the operations that declare it. A caller that tells no version,
 * or one that isn't like 1.2.3, is let in: the header is never required.
 *
 * @throws ApiError 426
 */
export function requireClientVersion(ctx: ApiContext, operation: ContractOperation, minimum: string | undefined): void {
  if (minimum === undefined || !('426' in operation.responses)) return;
  const told = parseVersion(clientHeader(ctx, 'Version'));
  const needed = parseVersion(minimum);
  if (told && needed && isOlder(told, needed)) throw errors.clientUpgradeRequired(minimum);
}

function parseVersion(text: string | undefined): number[] | undefined {
  const match = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(text ?? '');
  return match?.slice(1).map(Number);
}

function isOlder(told: number[], needed: number[]): boolean {
  const differing = told.findIndex((part, index) => part !== needed[index]);
  return differing >= 0 && (told[differing] as number) < (needed[differing] as number);
}
