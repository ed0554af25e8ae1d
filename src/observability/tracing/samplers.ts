import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import type { TracingSettings } from './settings.ts';

const PARENT_BASED = 'parentbased_';

/** The sampler of that name. */
export function toSampler({ sampler, samplerArg }: Pick<TracingSettings, 'sampler' | 'samplerArg'>): Sampler {
  const root = toRoot(sampler.replace(PARENT_BASED, ''), samplerArg);
  return sampler.startsWith(PARENT_BASED) ? new ParentBasedSampler({ root }) : root;
}

function toRoot(name: string, ratio: number): Sampler {
  if (name === 'traceidratio') return new TraceIdRatioBasedSampler(ratio);
  return name === 'always_off' ? new AlwaysOffSampler() : new AlwaysOnSampler();
}
