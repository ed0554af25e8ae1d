import { AwsError } from './aws-error.ts';
import type { Region } from './state.ts';

/** Running On-Demand Standard instances: the quota that is counted in vCPUs. */
const STANDARD_VCPUS = 'L-1216C47A';

/**
 * GetServiceQuota for the one quota that is known here.
 *
 * @throws AwsError for any other.
 */
export function getServiceQuota(region: Region, body: string): object {
  const { ServiceCode, QuotaCode } = JSON.parse(body) as { ServiceCode?: string; QuotaCode?: string };
  if (ServiceCode !== 'ec2' || QuotaCode !== STANDARD_VCPUS) {
    throw new AwsError('NoSuchResourceException', 'The request failed because the specified quota does not exist.');
  }
  return {
    Quota: {
      ServiceCode,
      ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
      QuotaCode,
      QuotaName: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
      Value: region.quotas.vcpus,
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: false,
    },
  };
}
