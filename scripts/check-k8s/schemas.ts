import { Cluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster';
import { Pooler } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Pooler';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { nameOf, type Placed } from './manifest.ts';
import { unreadFields } from './unread-fields.ts';

const MODELS = [
  Cluster,
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  Pooler,
  Secret,
  Service,
];
/** Of the Prometheus operator; no schema of it is at hand, so our own rules alone look at it. */
const WITHOUT_SCHEMA = ['monitoring.coreos.com/v1 ServiceMonitor'];

/** Where a manifest breaks its kind's schema, or has fields that the schema doesn't know. */
export function schemaFaults(placed: Placed): string[] {
  const { apiVersion, kind } = placed.manifest;
  if (WITHOUT_SCHEMA.includes(`${apiVersion} ${kind}`)) return [];
  const model = MODELS.find((one) => one.apiVersion === apiVersion && one.kind === kind);
  if (!model) return [`${nameOf(placed)} is of a kind that scripts/check-k8s/schemas.ts has no schema for`];
  try {
    return unreadFields(placed.manifest, (watched) => {
      // Called as the method that it is, since its constructor would copy what is to be watched.
      model.prototype.validate.call(watched as InstanceType<typeof model>);
    }).map((path) => `${nameOf(placed)} has ${path}, which the schema doesn't know`);
  } catch (error) {
    return [`${nameOf(placed)} breaks the schema: ${(error as Error).message}`];
  }
}
