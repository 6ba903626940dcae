import * as z from 'zod/mini';
import { environment } from '../contract/environment.ts';
import { memberRoleName } from '../contract/names.ts';
import {
  type AccountScope,
  accountScope,
  auditFields,
  durationMs,
  noApiServer,
  nothingToCompare,
  nothingToComplete,
  type Scope,
  type SourceName,
  settingDefaults,
} from '../contract/settings.ts';
import { type Benchmark, benchmarks, type Control, defaultBenchmark, isOfCluster } from '../core/judge/control.ts';
import { chosenControls } from '../core/judge/controls/catalogue/chosen-controls.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { jsonOf } from '../core/model/text/json-of.ts';
import { type AccessPath, type AwsAccessPath, accessPathOf, checkedRegion, type RawAccess } from './access-path.ts';

export interface Settings {
  readonly accessPath: AccessPath;
  /** The clusters to audit, by name or ARN; all of the Regions when empty. */
  readonly names: readonly string[];
  /** In order of preference; `direct` before `configz`, and `tls` last, since it tells only one setting. */
  readonly sources: readonly SourceName[];
  /** What is looked at. */
  readonly controls: readonly Control[];
  /** What nobody named and the sources do not show by themselves: told, and not judged. */
  readonly leftOut: readonly Control[];
  readonly benchmark: Benchmark;
  readonly scope: Scope;
  /** Kubelets read at once in one cluster, 1 to 100. */
  readonly maxConcurrentNodes: number;
  /** Deadline of one node in milliseconds. */
  readonly nodeTimeoutMs: number;
  readonly publish: boolean;
  /** A person lets nodes see a token that can do more than read their configuration: their own, by their own word. */
  readonly allowBroadToken: boolean;
  /** What only the machine shows is looked at, too. */
  readonly complete: boolean;
  /** Every source reads every node, so that they can be compared. */
  readonly everySource: boolean;
  /** Whether the program runs in a VPC: a private endpoint is not dialled when it does not. A terminal does not know. */
  readonly inVpc: boolean | 'unknown';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The words as they came from flags or environment. Absent or empty means the default. */
export interface RawSettings extends RawAccess {
  readonly sources?: string | undefined;
  readonly controls?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly scope?: string | undefined;
  readonly maxConcurrentNodes?: string | undefined;
  readonly nodeTimeout?: string | undefined;
  readonly publish?: boolean;
  readonly complete?: boolean;
  readonly everySource?: boolean;
  readonly allowBroadToken?: boolean;
}

/** What the clusters' own access path offers when nothing was said. */
const sourcesOf = { aws: settingDefaults.sources.join(), kubeconfig: 'configz', proxy: 'configz' } as const;

/** @throws UsageError naming the word that is no source */
export function sourcesNamed(text: string): readonly SourceName[] {
  const parsed = auditFields.sources.safeParse(wordsOf(text));
  if (!parsed.success) throw new UsageError(`--sources '${text}': ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

/**
 * Flags or environment → settings, once.
 * @throws UsageError naming the value that is wrong and what it may be
 */
export const settingsFrom = (raw: RawSettings): Settings => settingsFor(raw, accessPathOf(raw), 'unknown');

/**
 * The settings of the hub's functions: what infra wrote into their environment.
 * @throws UsageError naming the variable that is wrong
 */
export function settingsFromEnvironment(env: Environment): Settings & { readonly accessPath: AwsAccessPath } {
  const accessPath: AwsAccessPath = {
    by: 'aws',
    regions: wordsOf(env[environment.regions] ?? '').map(checkedRegion),
    homeRegion: checkedRegion(required(env, 'AWS_REGION')),
    accounts: accountScopeFrom(env[environment.accounts]),
    memberRole: memberRoleName,
  };
  const raw = {
    sources: env[environment.sources],
    controls: env[environment.controls],
    benchmark: env[environment.benchmark],
    scope: env[environment.scope],
    maxConcurrentNodes: env[environment.maxConcurrentNodes],
    nodeTimeout: env[environment.nodeTimeout],
    publish: env[environment.publish] === 'true',
    complete: env[environment.complete] === 'true',
    everySource: env[environment.everySource] === 'true',
  };
  return { ...settingsFor(raw, accessPath, env[environment.inVpc] === 'true'), accessPath };
}

/** @throws UsageError naming the versions that are known */
export function benchmarkNamed(text: string | undefined): Benchmark {
  const found = benchmarks.find((each) => each === (text || defaultBenchmark));
  if (!found) throw new UsageError(`--benchmark '${text}' is not known; one of ${benchmarks.join(', ')}`);
  return found;
}

/** @throws UsageError when it is not set */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new UsageError(`${name} is not set; deploy the stack of the hub again, which sets it`);
  return value;
}

/** What the settings of a deployment say too, read by the same schema. Flags and variables are words. */
const audit = z.pick(z.object(auditFields), {
  sources: true,
  scope: true,
  complete: true,
  everySource: true,
  maxConcurrentNodes: true,
  nodeTimeout: true,
});

function settingsFor(raw: RawSettings, accessPath: AccessPath, inVpc: Settings['inVpc']): Settings {
  const words = {
    sources: raw.sources || sourcesOf[accessPath.by],
    scope: raw.scope || settingDefaults.scope,
    maxConcurrentNodes: raw.maxConcurrentNodes || String(settingDefaults.maxConcurrentNodes),
    nodeTimeout: raw.nodeTimeout || settingDefaults.nodeTimeout,
  };
  const parsed = audit.safeParse({
    ...words,
    sources: wordsOf(words.sources),
    maxConcurrentNodes: /^\d{1,6}$/.test(words.maxConcurrentNodes) ? Number(words.maxConcurrentNodes) : Number.NaN,
    complete: raw.complete ?? settingDefaults.complete,
    everySource: raw.everySource ?? settingDefaults.everySource,
  });
  if (!parsed.success) throw new UsageError(complaint(parsed.error, words), { cause: parsed.error });

  const { complete, everySource, scope, maxConcurrentNodes, nodeTimeout } = parsed.data;
  const sources = inOrder(parsed.data.sources, accessPath);
  const benchmark = benchmarkNamed(raw.benchmark);
  if (everySource && sources.length < 2)
    throw new UsageError(`--every-source with --sources '${sources.join()}': ${nothingToCompare}`);
  if (complete && !sources.includes('ssm'))
    throw new UsageError(`--complete with --sources '${sources.join()}': ${nothingToComplete}`);

  const readingAll = everySource ? sources : sources.slice(0, 1);
  const chosen = chosenControls(raw.controls ?? '', { benchmark, sources: complete ? 'complete' : readingAll });
  if (chosen.controls.some(isOfCluster) && !sources.some((each) => each === 'direct' || each === 'configz'))
    throw new UsageError(`--controls '${raw.controls}' with --sources '${sources.join()}': ${noApiServer}`);

  return {
    accessPath,
    names: accessPath.by === 'aws' ? (raw.clusters ?? []) : [],
    sources,
    complete,
    everySource,
    ...chosen,
    benchmark,
    scope,
    maxConcurrentNodes,
    nodeTimeoutMs: durationMs(nodeTimeout),
    publish: raw.publish ?? false,
    allowBroadToken: raw.allowBroadToken ?? false,
    inVpc,
  };
}

/** The words of a comma-separated list, each once. */
const wordsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  ),
];

/** The first thing that is wrong, under the name of its flag and with the word that was given. */
function complaint({ issues: [issue] }: z.core.$ZodError, words: Readonly<Record<string, string>>): string {
  const name = String(issue?.path[0]);
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${flag} '${words[name]}': ${issue?.message}`;
}

/** What runs by the narrow right first, then what else was named, and last what tells one setting only. */
function inOrder(sources: readonly SourceName[], { by }: AccessPath): readonly SourceName[] {
  if (sources.includes('tls') && by !== 'aws')
    throw new UsageError(
      `--sources tls needs the cluster's networks and CA from AWS; leave tls out with ${by === 'proxy' ? '--api-server' : '--kubeconfig'}`,
    );
  if (sources.includes('direct') && by === 'proxy')
    throw new UsageError(
      '--sources direct shows kubelets a bearer token, and a kubectl proxy keeps its own to itself; give --kubeconfig instead of --api-server',
    );

  const rank = (name: SourceName) => (name === 'direct' ? 0 : name === 'tls' ? 2 : 1);
  return sources.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * The accounts that infra wrote into the environment; the own account when it wrote nothing.
 * @throws UsageError when it is something else: nobody is audited by mistake
 */
function accountScopeFrom(text: string | undefined): AccountScope {
  if (!text) return { kind: 'own' };

  const parsed = accountScope.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;

  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${environment.accounts} '${text.slice(0, 200)}' names no accounts (${issue?.path.join('.') || 'the whole'}: ${issue?.message}); deploy the stack of the hub again`,
    { cause: parsed.error },
  );
}
