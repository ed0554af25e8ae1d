import type { ProvisionStep } from '../../session.ts';
import type { InstanceDescription, InstanceRef, ProvisionRequest, RelayProvider } from '../provider.ts';
import { addressAt } from './description.ts';
import { useElasticIp } from './elastic-ip.ts';
import type { AwsParts } from './parts.ts';
import { answersOk } from './probe.ts';

/**
 * Takes an instance towards `ready`: gives it its Elastic IP, if relays have such, and asks the relay itself how far it is.
 */
export function createBringUp(parts: AwsParts, describe: RelayProvider['describe']): RelayProvider['bringUp'] {
  /** By instance: the Elastic IP that it got, or null for the address of its own. Kept until it is ready. */
  const addresses = new Map<string, string | null>();

  async function withElasticIp(instance: InstanceDescription, request: ProvisionRequest): Promise<InstanceDescription> {
    const { instanceId, region } = instance;
    let publicIp = addresses.get(instanceId);
    if (publicIp === undefined) {
      publicIp = await useElasticIp(parts, region, instanceId, request);
      addresses.set(instanceId, publicIp);
    }
    return publicIp === null ? instance : { ...instance, address: addressAt(publicIp) };
  }

  return async (ref: InstanceRef, request: ProvisionRequest) => {
    const found = await describe(ref);
    if (found?.state !== 'running') {
      addresses.delete(ref.instanceId);
      // One that isn't visible yet shows no tags.
      return found && { ...found, token: request.token };
    }
    const instance = parts.fleet.elasticIps ? await withElasticIp(found, request) : found;
    if (!instance.address) return instance;
    const step = await stepOf(instance.address.publicIp, request.streamToken);
    if (step === 'ready') addresses.delete(ref.instanceId);
    return { ...instance, step };
  };
}

/** How far a running relay is, by what answers of it. */
async function stepOf(publicIp: string, streamToken: string): Promise<ProvisionStep> {
  const stats = `http://${publicIp}:5080`;
  const sls = `http://${publicIp}:8090`;
  const [linksAnswer, slsAnswers] = await Promise.all([answersOk(`${stats}/stats`), answersOk(`${sls}/health`)]);
  if (!linksAnswer && !slsAnswers) return 'starting_docker';
  if (!linksAnswer || !slsAnswers) return 'starting_containers';
  return (await answersOk(`${sls}/stats/play_${streamToken}`)) ? 'ready' : 'creating_stream';
}
