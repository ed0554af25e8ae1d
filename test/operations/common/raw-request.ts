import { API_ROOT } from '../../../src/http/contract-document.ts';
import { fetchPath, type PathRequest } from '../../http/fetch-path.ts';
import type { Answer, Callee } from '../../support/http.ts';

/** One request to an operation, by its path below `/api/v1`, with exactly these headers. */
export async function rawRequest(app: Callee, request: PathRequest & { path: string }): Promise<Answer> {
  const answer = await fetchPath(app.url, `${API_ROOT}${request.path}`, request);
  app.checkAnswer?.(request.method ?? 'GET', request.path, answer);
  return answer;
}
