import type { ErrorObject } from 'ajv';
import type { Fault } from '../../generated/sdk/types.gen.ts';
import { type ApiError, errors } from './errors.ts';

/** Ajv's findings in the words of the contract: each fault with a pointer into the request. */
export function toFaults(found: ErrorObject[]): Fault[] {
  const faults = found.map((error) => ({ path: pointer(error), message: message(error) }));
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const key = `${fault.path} ${fault.message}`;
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * The error for a request that broke the contract: what is wrong with its text as a whole beside what was found in its
 * other parts. A wrong content type has a status of its own and stands alone.
 */
export function withBodyFault(bodyFault: ApiError | undefined, found: ErrorObject[]): ApiError {
  if (!bodyFault) return errors.invalidRequest(toFaults(found));
  if (bodyFault.status !== 400) return bodyFault;
  const elsewhere = toFaults(found).filter(({ path }) => path !== '/body' && !path.startsWith('/body/'));
  return errors.invalidRequest([...(bodyFault.details.errors as Fault[]), ...elsewhere]);
}

function pointer(error: ErrorObject): string {
  const path = error.instancePath.replace(/^\/requestBody/, '/body');
  if (error.keyword === 'x-when') return `${path}/${error.params.property}`;
  if (error.keyword !== 'required') return path;
  const missing = String(error.params.missingProperty);
  return path === '' && missing === 'requestBody' ? '/body' : `${path}/${missing}`;
}

function message(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'enum':
      return `must be one of ${(error.params.allowedValues as unknown[]).join(', ')}`;
    case 'pattern':
      return 'has a form or characters that are not allowed';
    default:
      return error.message ?? 'is not valid';
  }
}
