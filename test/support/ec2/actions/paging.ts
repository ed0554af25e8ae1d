import { AwsError, refuseParameter } from '../aws-error.ts';
import type { Parameters } from '../http/parameters.ts';

/**
 * One page of a list: as many as `MaxResults` says (all without it), from where `NextToken` says.
 *
 * @throws AwsError for a token that no page gave out, or fewer than 5 or more than 1,000 results.
 */
export function page<T>(parameters: Parameters, things: T[]): { things: T[]; nextToken: string | undefined } {
  const token = parameters.get('NextToken');
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString().replace('from ', ''));
  if (!Number.isInteger(start)) throw new AwsError('InvalidNextToken', 'The specified token is not valid');
  const wanted = parameters.get('MaxResults');
  const size = wanted === undefined ? things.length : Number(wanted);
  if (wanted !== undefined && !(size >= 5 && size <= 1000)) refuseParameter('maxResults', wanted);
  const end = start + size;
  const nextToken = end < things.length ? Buffer.from(`from ${end}`).toString('base64url') : undefined;
  return { things: things.slice(start, end), nextToken };
}
