/** Doubles of every activity, with a small model of the world they change: where writers are, which stacks stand, what is fenced. */
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../contract/activities.ts';
import type { ClusterEndpoint, Deployment } from '../../contract/deployment.ts';
import type { EvidenceRef } from '../../contract/evidence.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Double } from './sandbox.ts';

export const evidence: EvidenceRef = { ref: 'file:ab/abcd', sha256: 'ab'.repeat(32), bytes: 10 };

export const minimalRequest = {
  cluster: 'orders',
  record: 'kafka.orders.example.com',
  requestedBy: 'ada',
  blue: { stack: 'kafka-orders-a' },
  green: { stack: 'kafka-orders-b' },
  approval: { deadline: '72h' },
};

export const workflowId = 'kafka-bluegreen-orders';

function endpoint(stack: string, version: string): ClusterEndpoint {
  return {
    stack,
    stackId: `arn:aws:cloudformation:eu-west-1:1:stack/${stack}/1`,
    clusterId: `cluster-of-${stack}`,
    version,
    mode: 'kraft',
    bootstrap: `${stack}.elb.example.com:9092`,
    dnsName: `${stack}.elb.example.com`,
    hostedZoneId: 'Z1',
    targetGroupArn: `arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/${stack}/1`,
    brokers: 3,
  };
}

export const plan: Plan = {
  cluster: 'orders',
  problems: [],
  notes: [],
  paste: null,
  topics: { drain: 2, ambient: 1, waive: 0, undecided: 0 },
  groups: { move: 1, ephemeral: 0, abandoned: 0, external: 0, undecided: 0 },
  steps: [],
  historyKeptMs: 0,
  inventory: evidence,
};

const deployment: Deployment = {
  id: '000000000001',
  cluster: 'orders',
  record: 'kafka.orders.example.com',
  readRecord: null,
  zoneId: 'Z2',
  recordIsAlias: false,
  blue: endpoint('kafka-orders-a', '3.9.2'),
  green: null,
  epoch: null,
  writersHold: false,
  evidence: { request: evidence, inventory: evidence, dispositions: evidence, records: evidence },
};

/** What the doubles have done to the world. */
export class World {
  writers: 'blue' | 'green' | 'hold' = 'blue';
  signpost: 'none' | 'announced' | 'steady' = 'none';
  greenStack = false;
  blueStack = true;
  blueKept = false;
  blueFenced = false;
  greenFenced = false;
  released = false;
  flips = 0;
  #epoch = 100;
  readonly #outOfOrder: string[] = [];

  /** What must hold of the world whenever a run has ended, and what never may have been so on the way. */
  contradictions(): string[] {
    const found: string[] = [...this.#outOfOrder];
    if (!this.blueStack && !this.greenStack) found.push('no cluster stands');
    if (this.writers === 'green' && !this.greenStack) found.push('writers are sent to a cluster that does not stand');
    if (this.writers === 'blue' && !this.blueStack) found.push('writers are sent to a deleted blue');
    if (this.writers === 'blue' && this.blueFenced) found.push('writers are sent to a fenced blue');
    if (this.signpost === 'steady' && this.writers === 'blue' && this.blueKept)
      found.push('steady on blue while keep is ours');
    if (!this.blueStack && !this.released) found.push('blue was deleted before a release');
    return found;
  }

  doubles(): { readonly [N in keyof Activities]: Double } {
    const detail = 'done';
    const next = () => String(++this.#epoch);
    const insyncAt = '2026-01-01T00:00:00.000Z';
    return {
      inspect: () => ({
        plan,
        deployment,
        searchAttributes: ['KafkaCluster', 'BlueGreenPhase', 'BlueGreenWaitingFor'],
      }),
      examine: () => ({ findings: [] }),
      createGreenStack: () => {
        this.greenStack = true;
        return { detail, stackId: 'green-1' };
      },
      awaitGreenStack: () => ({ detail, green: endpoint('kafka-orders-b', '4.3.1') }),
      announceDeployment: () => {
        this.signpost = 'announced';
        return { detail, insyncAt, epoch: next(), agedAt: '2026-01-01T00:00:00Z' };
      },
      copyTopics: () => ({ detail }),
      seedGroups: () => ({ detail }),
      compareClusters: () => ({ detail, evidence }),
      smokeTest: () => ({ detail, evidence }),
      confirmBeforeFlip: () => ({ detail }),
      saveOriginals: () => ({ detail, evidence }),
      keepRecords: () => {
        this.blueKept = true;
        return { detail };
      },
      flipRecord: () => {
        this.writers = 'green';
        this.flips += 1;
        return { detail, insyncAt, epoch: next() };
      },
      flipToHold: () => {
        this.writers = 'hold';
        this.flips += 1;
        return { detail, insyncAt, epoch: next() };
      },
      awaitFlipSeen: () => ({ detail, dns: [] }),
      settle: () => ({ detail }),
      settleHeld: () => {
        if (this.writers !== 'hold') this.#outOfOrder.push('nobody was asked to hold');
        return { detail };
      },
      freeze: () => {
        this.blueFenced = true;
        return { detail, evidence };
      },
      openGreen: () => {
        if (this.writers !== 'hold' || !this.blueFenced)
          this.#outOfOrder.push('green was opened while somebody could write to blue');
        this.writers = 'green';
        return { detail, insyncAt, epoch: next() };
      },
      drainFirstGroup: () => ({ kind: 'done', detail, evidence, summary: summary(1) }),
      releaseGroups: () => {
        this.released = true;
        return { kind: 'done', detail, evidence, summary: summary(4) };
      },
      moveReaders: () => ({ detail, insyncAt, epoch: next() }),
      awaitReadersGone: () => ({ detail }),
      putKeepBackOnGreen: () => ({ detail }),
      proveBlueDrained: () => ({ detail, evidence }),
      stopBlue: () => ({ detail }),
      deleteBlue: () => {
        this.blueStack = false;
        return { detail };
      },
      closeDeployment: () => {
        this.signpost = 'steady';
        return { detail, insyncAt, epoch: next() };
      },
      removeTickets: () => ({ detail }),
      locateTraffic: () => ({ at: this.writers === 'blue' ? 'blue' : 'green', epoch: String(this.#epoch) }),
      holdWrites: () => {
        this.writers = 'hold';
        return { detail, insyncAt, epoch: next() };
      },
      freezeGreen: () => {
        this.greenFenced = true;
        return { detail, evidence, stranded: { orders: '7' } };
      },
      reopenBlue: () => {
        this.blueFenced = false;
        this.blueKept = false;
        return { detail };
      },
      returnRecord: () => {
        if (this.blueFenced || this.blueKept)
          this.#outOfOrder.push('steady on blue before its topics were as they had been');
        this.writers = 'blue';
        this.signpost = 'steady';
        return { detail, insyncAt, epoch: next() };
      },
      deleteGreen: () => {
        if (this.signpost === 'announced') this.#outOfOrder.push('green was deleted while the signpost named it');
        this.greenStack = false;
        return { detail };
      },
    };
  }
}

function summary(rows: number) {
  return { rows, drained: rows, groups: 1, sha256: 'cd'.repeat(32) };
}

/** A double that fails for good the first `times` times, as an activity does after its retries. */
export function failing(double: Double, times = 1, message = 'the broker said no'): Double {
  return (input, call) => {
    if (call.attempt <= times) throw ApplicationFailure.nonRetryable(message, 'Hold');
    return double(input, call);
  };
}
