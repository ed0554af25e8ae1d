import { API_ROOT } from '../../src/http/contract-document.ts';
import { isPathOf } from '../support/answer-check.ts';
import type { Break, WireAnswer } from './breaks.ts';
import { mutate } from './mutate.ts';
import { rewriteAnswers, type WireRequest } from './wire-edge.ts';

/**
 * Breaks the matching answers of all servers of this process.
 *
 * @param onBroken told each answer that goes out broken.
 * @returns mends them again.
 */
export function breakAnswers(breaks: Break[], onBroken: (broken: Break, answer: WireAnswer) => void): () => void {
  return rewriteAnswers((request, answer) => {
    const broken = breaks.find((one) => one.status === answer.status && isFor(one, request));
    const changed = broken && mutate(answer, broken);
    if (broken && changed) onBroken(broken, changed);
    return changed;
  });
}

function isFor({ method, path }: Break, request: WireRequest): boolean {
  const [target = ''] = request.target.split('?');
  if (request.method !== method || !target.startsWith(API_ROOT)) return false;
  return isPathOf(path, target.slice(API_ROOT.length));
}
