import type { ErrorCode } from '../../../generated/sdk/types.gen.ts';
import type { ContractDocument, RateLimitPolicy } from '../../http/contract-document.ts';
import { ERROR_ADVICE } from './error-advice.ts';

/** Every error code of the contract: its status, when it comes, and what to do. In Markdown. */
export function errorTable(document: ContractDocument): string {
  const codes = document.components.schemas?.ErrorCode as { enum: ErrorCode[] };
  const rows = codes.enum.map((code) => {
    const { status, when, act } = ERROR_ADVICE[code];
    return [`\`${code}\``, String(status), when, act];
  });
  return toTable(['Code', 'Status', 'When', 'What to do'], rows);
}

/** The limits of every operation, as the server counts them. In Markdown. */
export function limitTable(document: ContractDocument): string {
  const rows = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, declared]) => {
      const operation = declared as { operationId: string; tags: string[]; 'x-rate-limit': RateLimitPolicy[] };
      const link = `[${operation.operationId}](${operationPath(operation.tags[0] ?? '', operation.operationId)})`;
      return [link, `\`${method.toUpperCase()} ${path}\``, operation['x-rate-limit'].map(inWords).join('; ')];
    }),
  );
  return toTable(['Operation', 'Request', 'Limit'], rows);
}

/** The limits in front of all operations, in words. */
export function globalLimit(document: ContractDocument): string {
  return document['x-rate-limit'].map(inWords).join('; ');
}

/** Where the reference shows an operation. */
export function operationPath(tag: string, operationId: string): string {
  return `/docs#/${tag}/${operationId}`;
}

const COUNTED: Record<RateLimitPolicy['key'], string> = {
  ip: 'address',
  user: 'user',
  session: 'relay session',
  attempt: 'login attempt',
};

function inWords({ limit, window_seconds: seconds, key }: RateLimitPolicy): string {
  const window = seconds === 60 ? 'a minute' : `in ${seconds} seconds`;
  return `${limit.toLocaleString('en')} ${window} for each ${COUNTED[key]}`;
}

function toTable(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
