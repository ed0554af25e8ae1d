import { type Providers, toProviders } from '../../features/relay/providers/index.ts';
import type { RelayProvider } from '../../features/relay/providers/provider.ts';
import type { Tracer } from './tracer.ts';

/** The same providers, with a span around each call. */
export function traceProviders({ all, current }: Providers, tracer: Tracer): Providers {
  return toProviders(
    all.map((provider) => traceProvider(provider, tracer)),
    current.name,
  );
}

function traceProvider(provider: RelayProvider, tracer: Tracer): RelayProvider {
  const within = <T>(call: string, region: string | undefined, work: () => Promise<T>): Promise<T> => {
    const attributes = {
      'telemy.provider': provider.name,
      ...(region === undefined ? {} : { 'telemy.region': region }),
    };
    return tracer.span(`${provider.name}.${call}`, { attributes }, work);
  };
  const traced: Partial<RelayProvider> = {
    provision: (request, placement) =>
      within('provision', request.region, () => provider.provision(request, placement)),
    bringUp: (instance, request) => within('bringUp', instance.region, () => provider.bringUp(instance, request)),
    describe: (instance) => within('describe', instance.region, () => provider.describe(instance)),
    deprovision: (instance) => within('deprovision', instance.region, () => provider.deprovision(instance)),
    list: (deployment) => within('list', undefined, () => provider.list(deployment)),
    capacity: () => within('capacity', undefined, () => provider.capacity()),
  };
  return Object.assign(Object.create(provider) as RelayProvider, traced);
}
