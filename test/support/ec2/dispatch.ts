import { ACTIONS } from './actions/index.ts';
import { AwsError } from './aws-error.ts';
import type { Cloud } from './cloud.ts';
import { drawFault, type Fault } from './faults.ts';
import { type Parameters, readForm } from './http/parameters.ts';
import { JSON_TARGET, type Protocol, QUERY } from './http/protocols.ts';
import type { Incoming, Outcome } from './http/server.ts';
import { getServiceQuota } from './service-quotas.ts';
import type { Region } from './state.ts';

/** A call that came in. */
export interface RecordedCall {
  action: string;
  region: string;
  at: Date;
  /** As they came, such as `Filter.1.Name`; empty for Service Quotas. */
  parameters: Parameters;
  /** `ok`, the code of the error, or `lost` or `hang`; undefined until it is known. */
  outcome: string | undefined;
}

interface Dispatch {
  cloud: Cloud;
  calls: RecordedCall[];
  faultsNow(): Fault[];
  random: () => number;
}

/** Takes a call through the faults of the moment to its action. */
export function createDispatch({ cloud, calls, faultsNow, random }: Dispatch) {
  return async (request: Incoming): Promise<Outcome> => {
    const isQuery = request.headers['x-amz-target'] === undefined;
    const protocol = isQuery ? QUERY : JSON_TARGET;
    const action = protocol.actionOf(request);
    const parameters = isQuery ? readForm(request.body) : new Map<string, string>();
    const region = regionOf(request);
    const call: RecordedCall = { action, region, at: cloud.now(), parameters, outcome: undefined };
    calls.push(call);

    const fault = drawFault(faultsNow(), call, random);
    if (fault === 'hang') {
      call.outcome = 'hang';
      return 'silence';
    }
    if (fault === 'lost') {
      await carryOut(cloud, call, request).catch(() => undefined);
      call.outcome = 'lost';
      return 'cut';
    }
    try {
      if (fault) throw faultError(protocol, fault);
      const result = await carryOut(cloud, call, request);
      call.outcome = 'ok';
      return protocol.show(action, result);
    } catch (error) {
      const refusal = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      call.outcome = refusal.code;
      return protocol.refuse(refusal);
    }
  };
}

async function carryOut(cloud: Cloud, { action, region: name, parameters }: RecordedCall, request: Incoming) {
  const region = findRegion(cloud, name);
  if (action === 'GetServiceQuota') return getServiceQuota(region, request.body);
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (!act) throw new AwsError('InvalidAction', `The action ${action} is not valid for this web service.`);
  if (parameters.get('DryRun') === 'true') {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
  return await act({ cloud, region, parameters });
}

/** The region that a call was signed for; empty where it isn't signed. Signatures themselves are not checked. */
function regionOf({ headers }: Incoming): string {
  return /Credential=[^/]+\/\d{8}\/([^/]+)\/[^/]+\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? '';
}

function findRegion(cloud: Cloud, name: string): Region {
  const region = cloud.regions.get(name);
  if (region) return region;
  if (name === '') throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  throw new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
}

function faultError({ faults }: Protocol, kind: keyof Protocol['faults']): AwsError {
  const { code, status, message } = faults[kind];
  return new AwsError(code, message, status);
}
