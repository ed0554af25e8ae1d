import { ProviderRejectedError } from '../provider.ts';

/** What a launch that was refused means for the places that are left. */
export type Refusal = 'next-place' | 'next-region' | 'final' | 'unclear';

/** No room at that place; another one may have some. */
const NO_ROOM = new Set(['InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'Unsupported']);
/** A quota of the account in that region. */
const OVER_QUOTA = new Set([
  'VcpuLimitExceeded',
  'InstanceLimitExceeded',
  'MaxSpotInstanceCountExceeded',
  'SecurityGroupLimitExceeded',
]);
/** What no further try changes. Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html. */
const FINAL = new Set(['UnauthorizedOperation', 'AuthFailure', 'OptInRequired', 'InvalidInstanceType']);
const FINAL_FAMILY = /^(InvalidAMIID|InvalidSubnetID|InvalidVpcID|InvalidUserData|InvalidParameter)/;

/** The code of an error that AWS answered; of any other error, its name. */
export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Whether AWS said, in so many words, that this resource isn't there. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error).endsWith('.NotFound');
}

export function refusalOf(error: unknown): Refusal {
  const code = codeOf(error);
  if (NO_ROOM.has(code)) return 'next-place';
  if (OVER_QUOTA.has(code)) return 'next-region';
  if (error instanceof ProviderRejectedError || FINAL.has(code) || FINAL_FAMILY.test(code)) return 'final';
  return 'unclear';
}

/** Whether asking again at once would be in vain, although EC2 tells it with a status that looks like a hiccup. */
export function isVain(error: unknown): boolean {
  const refusal = refusalOf(error);
  return refusal === 'next-place' || refusal === 'next-region';
}
