/** What a demo run leaves: the figures that `.local/demo-report.json` holds, and the recording that the page draws. */
import type { EvidenceRef } from '../../contract/evidence.ts';
import type { AuditResult, PartitionStall } from '../auditor/audit.ts';
import type { Check } from '../check.ts';
import type { Ending } from '../scenarios/scenario.ts';
import type { ScenarioName } from '../scenarios/scenario-name.ts';
import type { ToolCheck } from '../tool-output.ts';
import type { ClientKind } from '../traffic/client-kind.ts';

export interface DemoCluster {
  readonly version: string | null;
  readonly mode: string | null;
  readonly clusterId: string | null;
  readonly stack: string;
}

export interface DemoPhase {
  readonly phase: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly evidence: EvidenceRef | null;
  readonly seconds: number | null;
}

export interface DemoReport {
  readonly scenario: ScenarioName;
  readonly ending: Ending;
  readonly clients: ClientKind;
  readonly outcome: string;
  readonly blue: DemoCluster;
  readonly green: DemoCluster;
  readonly audit: Omit<AuditResult, 'stalls' | 'acknowledgedOn'> & {
    readonly acknowledgedOnBlue: number;
    readonly acknowledgedOnGreen: number;
  };
  /** Sends of which an application cannot know whether they were written, by why. */
  readonly givenUp: Readonly<Record<string, number>>;
  /** After a rollback: records that stay on green by the run's own count, by topic (decimal strings). */
  readonly stranded: Readonly<Record<string, string>> | null;
  readonly phases: readonly DemoPhase[];
  readonly ledger: { readonly rows: number; readonly drained: number; readonly sha256: string } | null;
  readonly history: { readonly events: number; readonly bytes: number };
  readonly workflowId: string;
  readonly runId: string;
  readonly webUi: string;
}

/** Offsets that a group has not committed yet, by cluster; null while that could not be seen. */
export interface GroupLag {
  readonly blue: number | null;
  readonly green: number | null;
}

/** One look at both clusters; null for what does not exist or could not be seen then. */
export interface Sample {
  readonly atMs: number;
  readonly phase: string | null;
  /** Sums of the ends of the demo's topics. */
  readonly blueEnd: number | null;
  readonly greenEnd: number | null;
  readonly lag: Readonly<Record<string, GroupLag>>;
}

export interface DemoRecording {
  readonly report: DemoReport;
  readonly samples: readonly Sample[];
  readonly stalls: readonly PartitionStall[];
  readonly tools: readonly ToolCheck[];
  /** Everything that must hold for the run to count as clean. */
  readonly checks: readonly Check[];
}
