import type { VendorAnswer } from '../vendor-server/server.ts';

/** What is wrong, in the vendor's numbers; some errors tell the details in a chain. */
export interface ApiError {
  code: number;
  message: string;
  error_chain?: ApiError[];
}

/** Where a list's page lies in the whole. */
export interface ResultInfo {
  page: number;
  per_page: number;
  count: number;
  total_count: number;
  total_pages: number;
}

/** A call comes to this error instead of a result. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: ApiError;

  constructor(status: number, code: number, message: string, chain?: ApiError) {
    super(message);
    this.status = status;
    this.error = { code, message, ...(chain ? { error_chain: [chain] } : {}) };
  }
}

/** The envelope of everything that works. */
export function succeed(result: unknown, resultInfo?: ResultInfo): VendorAnswer {
  const info = resultInfo ? { result_info: resultInfo } : {};
  return { status: 200, body: { result, success: true, errors: [], messages: [], ...info } };
}

/** The envelope of everything that doesn't. */
export function fail({ status, error }: Refusal, headers: Record<string, string> = {}): VendorAnswer {
  return { status, headers, body: { result: null, success: false, errors: [error], messages: [] } };
}
