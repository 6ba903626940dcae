import { runMetrics } from '../../lambda/contract/metrics.ts';

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

/** What a month of regular runs costs by listed prices, an estimate and not a bill; each finding is refreshed once in it. */
export function monthlyCost(estate: Estate) {
  const { clusters, accountRegions, runsPerMonth } = estate;
  const monthly = (ofRun: number) => ofRun * runsPerMonth;
  const items = clusters + accountRegions;
  const seconds = clusters * estate.secondsPerCluster + accountRegions * estate.secondsPerRegion;
  const findings = clusters * estate.groupsPerCluster * estate.controls;
  const changes = monthly(findings * estate.changedShare);
  const writes =
    clusters * deployment.writesOfCluster + accountRegions * deployment.writesOfRegion + deployment.writesOfRun;
  const reads =
    clusters * deployment.readsOfCluster + accountRegions * deployment.readsOfRegion + deployment.readsOfRun;
  const bytes = clusters * (deployment.bytesOfClusterBesideResult + estate.nodesPerCluster * estate.bytesPerNode);
  const keptRuns = monthly(estate.daysKept) / 30;
  const metricMonths = (runMetrics.length * Math.min(runsPerMonth, hoursPerMonth)) / hoursPerMonth;

  const parts = {
    lambda:
      monthly(seconds) * deployment.gigabytes * prices.lambdaGigabyteSecond +
      monthly(items + deployment.functionsOfRun) * prices.lambdaRequest,
    stepFunctions: monthly(items * deployment.transitionsOfItem + deployment.transitionsOfRun) * prices.transition,
    securityHub: (changes + findings) * prices.findingEvent,
    s3:
      monthly(writes) * prices.s3Write +
      monthly(reads) * prices.s3Read +
      ((bytes * keptRuns) / 1e9) * prices.s3GigabyteMonth,
    other:
      (changes + runsPerMonth) * prices.busEvent +
      (monthly(items * deployment.logBytesOfItem) / 1e9) * prices.logGigabyte +
      metricMonths * prices.metricMonth +
      deployment.alarms * prices.alarmMonth +
      deployment.dashboards * prices.dashboardMonth +
      deployment.keys * prices.keyMonth +
      monthly(items * deployment.tracesOfItem) * prices.trace,
  };
  return { usd: Object.values(parts).reduce((sum, part) => sum + part), parts };
}
