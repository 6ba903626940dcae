import * as z from 'zod/mini';
import { environment } from '../contract/environment.ts';
import { memberRoleName } from '../contract/names.ts';
import { type AccountScope, accountScope, durationMs, type SourceName } from '../contract/settings.ts';
import { brokenAuditRules } from '../contract/settings-rules.ts';
import {
  type SettingValue,
  schemasOf,
  settingFromText,
  settingsTable,
  settingText,
  type TerminalSetting,
  terminalSettings,
  wordsOf,
} from '../contract/settings-table.ts';
import { type BenchmarkChoice, type Control, isOfCluster } from '../core/judge/control.ts';
import { chosenControls } from '../core/judge/controls/catalogue/find-control.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { jsonOf } from '../core/model/text/words.ts';
import { type AccessPath, type AwsAccessPath, accessPathOf, checkedRegion, type RawAccess } from './access-path.ts';

type Values = { readonly [Name in TerminalSetting]: SettingValue<Name> };

/** The settings of the table, and what follows from them. */
export interface Settings extends Omit<Values, 'controls' | 'nodeTimeout'> {
  readonly accessPath: AccessPath;
  /** The clusters to audit, by name or ARN; all of the Regions when empty. */
  readonly names: readonly string[];
  readonly controls: readonly Control[];
  /** Controls that no option names and the sources can't show: reported, and not judged. */
  readonly leftOut: readonly Control[];
  /** Stored numbers of controls that should be written as names. */
  readonly warnings: readonly string[];
  readonly nodeTimeoutMs: number;
  readonly publish: boolean;
  /** ARNs of clusters that are left out. */
  readonly excludeClusters: readonly string[];
  /** Whether the program runs in a VPC: a private endpoint is not dialled when it does not. A terminal does not know. */
  readonly inVpc: boolean | 'unknown';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** As flags, variables and the file of --config have them: text, or the value itself. Absent means the default. */
type RawValues = { readonly [Name in TerminalSetting]?: string | SettingValue<Name> | undefined };
export interface RawSettings extends RawAccess, RawValues {
  readonly publish?: boolean;
  readonly excludeClusters?: readonly string[];
  /** The controls were typed as a flag, so a number with two meanings is refused; it keeps its old one in a file or a variable. */
  readonly controlsTyped?: boolean;
}

/** What the clusters' own access path offers when nothing was said. */
const sourcesOf = { aws: settingsTable.sources.default, kubeconfig: ['configz'], proxy: ['configz'] } as const;

/** @throws UsageError naming the word that is no source */
export const sourcesNamed = (text: string): readonly SourceName[] => valuesFrom({ sources: text }).sources;

/** @throws UsageError for a list of commas alone */
export const controlWordsNamed = (text: string | undefined): readonly string[] =>
  valuesFrom({ controls: text }).controls;

/** @throws UsageError naming the versions that are known */
export const benchmarkNamed = (text: string | undefined): BenchmarkChoice => valuesFrom({ benchmark: text }).benchmark;

/**
 * Flags or environment → settings, once.
 * @throws UsageError naming the value that is wrong and what it may be
 */
export const settingsFrom = (raw: RawSettings): Settings => settingsFor(raw, accessPathOf(raw), 'unknown');

/**
 * The settings of the hub's functions: what infra wrote into their environment.
 * @throws UsageError naming the value that is wrong
 */
export function settingsFromEnvironment(env: Environment): Settings & { readonly accessPath: AwsAccessPath } {
  const { excludeClusters, roleNamePrefix } = hubValues(env);
  const accessPath: AwsAccessPath = {
    by: 'aws',
    regions: wordsOf(env[environment.regions] ?? '').map(checkedRegion),
    homeRegion: checkedRegion(required(env, 'AWS_REGION')),
    accounts: accountScopeFrom(env[environment.accounts]),
    memberRole: `${roleNamePrefix}${memberRoleName}`,
  };
  const variables: Readonly<Record<string, string>> = environment;
  const words = Object.fromEntries(terminalSettings.map((name) => [name, env[variables[name] ?? ''] || undefined]));
  const raw = { ...words, excludeClusters, publish: env[environment.publish] === 'true' };
  return { ...settingsFor(raw, accessPath, env[environment.inVpc] === 'true'), accessPath };
}

const hubNames = ['excludeClusters', 'roleNamePrefix'] as const;
const hubSchema = z.object(schemasOf(hubNames));

/** @throws UsageError: another cluster would be left out, or a role of another name assumed */
function hubValues(env: Environment): z.infer<typeof hubSchema> {
  const textOf = (name: (typeof hubNames)[number]) => env[environment[name]] ?? '';
  const parsed = hubSchema.safeParse(
    Object.fromEntries(hubNames.map((each) => [each, settingFromText(each, textOf(each))])),
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = hubNames.find((each) => each === issue?.path[0]) ?? 'roleNamePrefix';
  throw new UsageError(`${environment[name]} '${textOf(name)}' is ${issue?.message}`, { cause: parsed.error });
}

/** @throws UsageError when it is not set */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new UsageError(`${name} is not set; deploy the stack of the hub again, which sets it`);
  return value;
}

const values = z.object(schemasOf(terminalSettings));

/** The value of each setting, by the schema that the deployment uses. */
function valuesFrom(raw: RawValues): Values {
  const meant = terminalSettings.map((name) => {
    const written = raw[name];
    const value = written ?? settingsTable[name].default;
    if (typeof written === 'string' && namesNothing(name, written))
      throw new UsageError(`${said(name, raw)} names nothing; give names, or leave it out`);
    return [name, typeof value === 'string' ? settingFromText(name, value) : value];
  });
  const parsed = values.safeParse(Object.fromEntries(meant));
  if (parsed.success) return parsed.data;

  const [issue] = parsed.error.issues;
  const name = terminalSettings.find((each) => each === issue?.path[0]);
  throw new UsageError(`${name && said(name, raw)}: ${issue?.message}`, { cause: parsed.error });
}

/** An empty list, or one of commas alone: taken for no list, it would mean all. */
function namesNothing(name: TerminalSetting, text: string): boolean {
  const read = settingFromText(name, text);
  return Array.isArray(read) && read.length === 0;
}

/** A flag with what was written behind it: `--scope 'pod'`. */
function said(name: TerminalSetting, raw: RawValues): string {
  const [flag = '', word] = settingsTable[name].flag.split(' ');
  return word ? `${flag} '${settingText(raw[name] ?? '')}'` : flag;
}

function settingsFor(raw: RawSettings, accessPath: AccessPath, inVpc: Settings['inVpc']): Settings {
  const {
    controls: words,
    nodeTimeout,
    ...rest
  } = valuesFrom({ ...raw, sources: raw.sources ?? [...sourcesOf[accessPath.by]] });
  const { benchmark, complete, everySource } = rest;
  const sources = inOrder(rest.sources, accessPath);

  const readingAll = everySource ? sources : sources.slice(0, 1);
  const chosen = chosenControls(words, {
    benchmark,
    stored: !raw.controlsTyped,
    sources: complete ? 'complete' : readingAll,
    every: sources,
  });
  const [broken] = brokenAuditRules({ sources, complete, everySource, asksCluster: chosen.controls.some(isOfCluster) });
  if (broken) throw new UsageError(`${said(broken.field, raw)} with --sources '${sources.join()}': ${broken.message}`);

  return {
    ...rest,
    accessPath,
    names: accessPath.by === 'aws' ? (raw.clusters ?? []) : [],
    sources,
    ...chosen,
    warnings: chosen.warnings ?? [],
    nodeTimeoutMs: durationMs(nodeTimeout),
    publish: raw.publish ?? false,
    excludeClusters: raw.excludeClusters ?? [],
    inVpc,
  };
}

/** What runs by the narrow right first, then what else was named, and last what shows little. */
function inOrder(sources: readonly SourceName[], { by }: AccessPath): readonly SourceName[] {
  const blind = sources.find((each) => each === 'tls' || each === 'wire');
  if (blind && by !== 'aws')
    throw new UsageError(
      `--sources ${blind} needs the cluster's networks and CA from AWS; leave ${blind} out with ${by === 'proxy' ? '--api-server' : '--kubeconfig'}`,
    );
  if (sources.includes('direct') && by === 'proxy')
    throw new UsageError(
      '--sources direct shows kubelets a bearer token, and a kubectl proxy keeps its own to itself; give --kubeconfig instead of --api-server',
    );

  const rank = (name: SourceName) => ({ direct: 0, configz: 1, ssm: 1, tls: 2, wire: 3 })[name];
  return sources.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * The accounts that infra wrote into the environment; the own account when it wrote nothing.
 * @throws UsageError for any other value: no account is audited by mistake
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
