import { API_ROOT } from '../../../src/http/contract-document.ts';
import { fetchPath, type PathRequest } from '../../http/fetch-path.ts';
import type { Answer } from '../../support/http.ts';

/** One request to an operation, by its path below `/api/v1`, with exactly these headers. */
export function rawRequest(app: { url: string }, request: PathRequest & { path: string }): Promise<Answer> {
  return fetchPath(app.url, `${API_ROOT}${request.path}`, request);
}
