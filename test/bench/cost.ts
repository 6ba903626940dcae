import { runMetrics } from '../../lambda/contract/metrics.ts';

/** What something costs, by listed prices: an estimate, not a bill. */
interface CostEstimate {
  /** US dollars of us-east-1, free tiers left out. */
  readonly usd: number;
  readonly parts: Readonly<Record<'lambda' | 'stepFunctions' | 'securityHub' | 's3' | 'other', number>>;
}

/** US dollars in us-east-1, free tiers left out, as listed in November 2026. */
export const prices = {
  /** Lambda on arm64, a gigabyte-second (api-evangelist/aws-lambda, 2026-05). */
  lambdaGigabyteSecond: 0.000_013_333_4,
  /** Lambda, a request (the same). */
  lambdaRequest: 0.2 / 1e6,
  /** Step Functions Standard, a state transition (aws.amazon.com/step-functions/pricing; wring.co, 2026-03). */
  transition: 0.025 / 1e3,
  /** Security Hub CSPM, a finding that is imported, new or updated (cloudtoolstack.com, 2026-02; that updates count is assumed). */
  findingEvent: 0.000_03,
  /** S3 Standard, a PUT or LIST, a GET, and a gigabyte kept for a month (list prices, unverified in 2026). */
  s3Write: 0.005 / 1e3,
  s3Read: 0.000_4 / 1e3,
  s3GigabyteMonth: 0.023,
  /** EventBridge, an event of one's own (cloudburn.io, 2026-03). */
  busEvent: 1 / 1e6,
  /**
   * CloudWatch: a metric for a month, billed by the hours in which it is sent. Then a metric that an alarm watches, a dashboard
   * for a month, and a gigabyte of logs. Source: signoz.com, factualminds.com and c3x.dev, 2026.
   */
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  logGigabyte: 0.5,
  /** KMS: a key of one's own for a month, the alert topic's (aws.amazon.com/kms/pricing, unverified in 2026). */
  keyMonth: 1,
  /** X-Ray: a trace that is recorded (aws.amazon.com/xray/pricing, unverified in 2026). */
  trace: 5 / 1e6,
} as const;

/** What one deployment is made of, as infra makes it, and what an item takes; how much it logs is assumed. */
const deployment = {
  gigabytes: 0.5,
  /** Of six alarms, one watches three metrics. */
  alarms: 8,
  dashboards: 1,
  keys: 1,
  /** States of a child of the map, and of the run around it, each a transition. */
  transitionsOfItem: 3,
  transitionsOfRun: 5,
  /** Start, discover, summarise. */
  functionsOfRun: 3,
  /** Memory, result, page, OCSF and answer of a cluster; answer of a Region. */
  writesOfCluster: 5,
  writesOfRegion: 1,
  /** The lock, items, discovery, report in two formats, history, summary, standing gaps, and what the map writes of itself. */
  writesOfRun: 12,
  /**
   * An answer is looked for before the audit, and read to sum up; so are a cluster's memory and a result of a try before. SHA256SUMS reads result, page,
   * OCSF and answer once more, and what the run itself wrote.
   */
  readsOfCluster: 8,
  readsOfRegion: 3,
  readsOfRun: 12,
  /** Page, OCSF, answer and line of the history of a cluster with 50 nodes, packed as they are stored; its result is counted by node. */
  bytesOfClusterBesideResult: 20_900,
  logBytesOfItem: 20_000,
  /** The state machine is traced; X-Ray samples, so this is the most. */
  tracesOfItem: 1,
} as const;

/** What the stack of remediation adds to the hub for a month, whether or not anything is fixed: its topic's key, and an alarm. */
export const remediationMonth = prices.keyMonth + prices.alarmMonth;

/** CloudWatch divides the price of a metric by this. Each metric here is sent once a run, so it is billed for one hour of it. */
const hoursPerMonth = 720;

/** How much of each thing that has a price. */
interface Usage {
  readonly functionSeconds: number;
  readonly invocations: number;
  readonly transitions: number;
  readonly findingEvents: number;
  readonly s3Writes: number;
  readonly s3Reads: number;
  readonly s3GigabyteMonths: number;
  readonly busEvents: number;
  readonly logGigabytes: number;
  readonly traces: number;
  readonly metricMonths: number;
  readonly alarmMonths: number;
  readonly dashboardMonths: number;
  readonly keyMonths: number;
}

function costOf(usage: Usage): CostEstimate {
  const parts = {
    lambda:
      usage.functionSeconds * deployment.gigabytes * prices.lambdaGigabyteSecond +
      usage.invocations * prices.lambdaRequest,
    stepFunctions: usage.transitions * prices.transition,
    securityHub: usage.findingEvents * prices.findingEvent,
    s3:
      usage.s3Writes * prices.s3Write + usage.s3Reads * prices.s3Read + usage.s3GigabyteMonths * prices.s3GigabyteMonth,
    other:
      usage.busEvents * prices.busEvent +
      usage.logGigabytes * prices.logGigabyte +
      usage.metricMonths * prices.metricMonth +
      usage.alarmMonths * prices.alarmMonth +
      usage.dashboardMonths * prices.dashboardMonth +
      usage.keyMonths * prices.keyMonth +
      usage.traces * prices.trace,
  };

  return { usd: rounded(Object.values(parts).reduce((sum, part) => sum + part)), parts: mapped(parts, rounded) };
}

/** An organization, and how it is audited. */
export interface Estate {
  readonly clusters: number;
  /** Account-Regions that are looked into. */
  readonly accountRegions: number;
  readonly nodesPerCluster: number;
  /** Node groups: with controls, the number of a cluster's findings. */
  readonly groupsPerCluster: number;
  readonly controls: number;
  readonly secondsPerCluster: number;
  readonly secondsPerRegion: number;
  readonly runsPerMonth: number;
  /** Of the findings, how many change from one run to the next: 0.01 is one in a hundred. */
  readonly changedShare: number;
  /** How long results are kept, current and noncurrent. */
  readonly daysKept: number;
  /** Of a node in the result, compressed. */
  readonly bytesPerNode: number;
}

/** What a month of regular runs costs; each finding is refreshed once in it. */
export function monthlyCost(estate: Estate): CostEstimate {
  const { clusters, accountRegions, runsPerMonth } = estate;
  const run = usageOfItems({
    clusters,
    regions: accountRegions,
    seconds: clusters * estate.secondsPerCluster + accountRegions * estate.secondsPerRegion,
  });
  const findings = clusters * estate.groupsPerCluster * estate.controls;
  const changes = findings * estate.changedShare * runsPerMonth;
  const keptRuns = (runsPerMonth * estate.daysKept) / 30;

  return costOf({
    ...mapped(run, (value) => value * runsPerMonth),
    findingEvents: changes + findings,
    busEvents: changes + runsPerMonth,
    s3GigabyteMonths:
      (clusters * (deployment.bytesOfClusterBesideResult + estate.nodesPerCluster * estate.bytesPerNode) * keptRuns) /
      1e9,
    metricMonths: (runMetrics.length * Math.min(runsPerMonth, hoursPerMonth)) / hoursPerMonth,
    alarmMonths: deployment.alarms,
    dashboardMonths: deployment.dashboards,
    keyMonths: deployment.keys,
  });
}

interface Items {
  readonly clusters: number;
  readonly regions: number;
  readonly seconds: number;
}

/** What one run over so many items uses, with any result. */
function usageOfItems({ clusters, regions, seconds }: Items) {
  const items = clusters + regions;

  return {
    functionSeconds: seconds,
    invocations: items + deployment.functionsOfRun,
    transitions: items * deployment.transitionsOfItem + deployment.transitionsOfRun,
    s3Writes: clusters * deployment.writesOfCluster + regions * deployment.writesOfRegion + deployment.writesOfRun,
    s3Reads: clusters * deployment.readsOfCluster + regions * deployment.readsOfRegion + deployment.readsOfRun,
    logGigabytes: (items * deployment.logBytesOfItem) / 1e9,
    traces: items * deployment.tracesOfItem,
  };
}

/** To a millionth of a dollar. */
const rounded = (usd: number): number => Math.round(usd * 1e6) / 1e6;

const mapped = <Name extends string>(
  record: Readonly<Record<Name, number>>,
  change: (value: number) => number,
): Readonly<Record<Name, number>> => {
  const names = Object.keys(record) as Name[];
  return Object.fromEntries(names.map((name) => [name, change(record[name])])) as Record<Name, number>;
};
