import { DescribeInstancesCommand, DescribeSubnetsCommand, type Instance } from '@aws-sdk/client-ec2';
import { type Batcher, createBatcher } from '../../../../batcher.ts';
import type { AwsClients } from './clients.ts';
import type { AwsParts } from './parts.ts';

/** Instances asked for in one call. */
const MOST_PER_CALL = 100;

interface Question {
  instanceId: string;
  answer?: Instance | undefined;
}

/**
 * Looks up instances, those of one region together that are asked for at the same time: hundreds of launches that each
 * asked for themselves would run into EC2's request limits.
 */
export function createLookUp(clients: AwsClients): AwsParts['lookUp'] {
  const batchers = new Map<string, Batcher<Question>>();

  function batcherFor(region: string): Batcher<Question> {
    let batcher = batchers.get(region);
    if (!batcher) {
      batcher = createBatcher((questions) => answerAll(clients, region, questions), MOST_PER_CALL);
      batchers.set(region, batcher);
    }
    return batcher;
  }

  return async (region, instanceId) => {
    const question: Question = { instanceId };
    await batcherFor(region)(question);
    return question.answer;
  };
}

/** Asked by a filter, for one unknown id among those named would fail the call for all of them. */
async function answerAll(clients: AwsClients, region: string, questions: Question[]): Promise<void> {
  const ids = [...new Set(questions.map(({ instanceId }) => instanceId))];
  const found = new Map<string | undefined, Instance>();
  let NextToken: string | undefined;
  do {
    const Filters = [{ Name: 'instance-id', Values: ids }];
    const page = await clients.ec2(region).send(new DescribeInstancesCommand({ Filters, NextToken }));
    for (const instance of instancesOf(page)) found.set(instance.InstanceId, instance);
    NextToken = page.NextToken;
  } while (NextToken);
  for (const question of questions) question.answer = found.get(question.instanceId);
}

/** All instances of a described page. */
export function instancesOf({ Reservations = [] }: { Reservations?: { Instances?: Instance[] }[] }): Instance[] {
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

/** Subnets stay in their VPC, so each is asked for once. */
export function createVpcLookUp(clients: AwsClients): AwsParts['vpcOf'] {
  const known = new Map<string, Promise<string>>();

  async function ask(region: string, subnet: string): Promise<string> {
    const { Subnets = [] } = await clients.ec2(region).send(new DescribeSubnetsCommand({ SubnetIds: [subnet] }));
    const vpcId = Subnets[0]?.VpcId;
    if (!vpcId) throw new Error(`EC2 tells no VPC of ${subnet}.`);
    return vpcId;
  }

  return (region, subnet) => {
    const key = `${region}/${subnet}`;
    let answer = known.get(key);
    if (!answer) {
      answer = ask(region, subnet);
      known.set(key, answer);
      answer.catch(() => known.delete(key));
    }
    return answer;
  };
}
