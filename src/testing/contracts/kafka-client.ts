import { describe } from 'vitest';
import { adminContract } from './kafka/admin.ts';
import type { ContractCluster } from './kafka/contract-cluster.ts';
import { fetcherContract } from './kafka/fetcher.ts';
import { groupContract } from './kafka/group.ts';
import { producerContract } from './kafka/producer.ts';
import { Scenario } from './kafka/scenario.ts';
import { transactionContract } from './kafka/transaction.ts';

export interface KafkaClientContractOptions {
  /** The shortest session the cluster allows a group member (default 6,000 ms, Kafka's own default). */
  readonly sessionTimeoutMs?: number;
}

/** What every implementation of the Kafka port has to show. Topics and groups get names of their own, so a cluster may be shared. */
export function kafkaClientContract(
  name: string,
  makeCluster: () => Promise<ContractCluster>,
  options: KafkaClientContractOptions = {},
): void {
  describe(`a Kafka client: ${name}`, () => {
    const scenario = new Scenario(makeCluster, options.sessionTimeoutMs ?? 6000);
    describe('admin', () => {
      adminContract(scenario);
    });
    describe('producer', () => {
      producerContract(scenario);
    });
    describe('fetcher', () => {
      fetcherContract(scenario);
    });
    describe('group member', () => {
      groupContract(scenario);
    });
    describe('transactions', () => {
      transactionContract(scenario);
    });
  });
}
