import * as z from 'zod/mini';
import { benchmarkChoices } from './benchmarks.ts';
import { daysOfLogs, deploymentGroups, mailAddresses, roleArn, tags } from './deployment-groups.ts';
import { wordAmong } from './nearest.ts';
import { isSchedule, isTimeZone } from './schedule.ts';
import {
  account,
  clusterArn,
  eachOnce,
  matching,
  region,
  rule,
  scopes,
  sourceNames,
  sweepInterval,
  timeout,
  wholeNumber,
} from './settings.ts';

/**
 * Where a setting is written: `deployment` in deployment.yaml, `function` in the environment of the functions, `terminal` as an option of `audit`.
 * An option takes its default from the same environment variable, and from the file of --config if deployment.yaml has the setting.
 */
type Place = 'deployment' | 'function' | 'terminal';

interface Setting {
  readonly in: readonly Place[];
  /** Required for `terminal`, as the help shows it. */
  readonly flag?: `--${string}`;
  /** Of the option; its default is added. deployment.yaml says more of each field. */
  readonly help?: string;
  /** The words that a shell completes. */
  readonly words?: readonly string[];
  /** Its type decides how the text of a flag or variable is read: a list, a number, a switch or a word. */
  readonly default?: unknown;
}

const setting = <Schema extends z.ZodMiniType, const Rest extends Setting>(
  schema: Schema,
  rest: Rest & { readonly default?: Readonly<z.input<Schema>> },
): Rest & { readonly schema: Schema } => ({ schema, ...rest });

const everywhere = ['deployment', 'function', 'terminal'] as const;
const deployed = ['deployment', 'function'] as const;
const deployment = ['deployment'] as const;

const notSchedule = {
  error: 'not a schedule; write it as cron(0 5 * * ? *), with six fields, ? in one of the days, or as rate(1 day)',
};
const notTimeZone = { error: 'not a time zone; write it as Europe/Berlin or UTC' };

const kmsKey = matching(
  /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/,
  'not a key; write its ARN as arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef, not that of an alias',
);

/**
 * Every setting, once. The schema of deployment.yaml, the environment of the functions, the options of the command line and the manifest of a run are
 * made from it. Rules over several settings are in settings-rules.ts.
 */
export const settingsTable = {
  accounts: setting(eachOnce(account), {
    default: [],
    in: deployed,
    // Holds `organization` too, as JSON of `accountScope`.
  }),
  organization: setting(deploymentGroups.organization, { in: deployment }),
  /** Empty for every one that is enabled in an account. */
  regions: setting(eachOnce(region), { default: [], in: deployed }),
  /** Clusters that discovery leaves out, by ARN and never by a tag: the audited account writes its tags. */
  excludeClusters: setting(eachOnce(clusterArn), {
    default: [],
    in: deployed,
  }),
  homeRegion: setting(region, { in: deployment }),
  /** Units, Regions and role names of the lock that may leave the settings, by which CloudFormation deletes roles. */
  allowRoleRemoval: setting(eachOnce(z.string({ error: 'not a unit, a Region or the name of a role' })), {
    default: [],
    in: deployment,
  }),
  operatorRole: setting(roleArn, { in: deployment }),

  schedule: setting(
    z
      .string(notSchedule)
      .check(rule(isSchedule, { ...notSchedule, json: { pattern: String.raw`^(rate\(.+\)|cron\(.+\))$` } })),
    { default: 'cron(0 5 * * ? *)', in: deployment },
  ),
  timeZone: setting(z.string(notTimeZone).check(z.refine(isTimeZone, notTimeZone)), {
    default: 'UTC',
    in: deployment,
  }),
  /** Off unless it is here. */
  sweep: setting(sweepInterval, { in: deployment }),

  sources: setting(
    eachOnce(z.enum(sourceNames, { error: `not a source; one of ${sourceNames.join(', ')}` })).check(
      z.minLength(1, { error: 'nothing would be read; name configz, ssm or both' }),
    ),
    {
      default: ['configz', 'ssm'],
      in: everywhere,
      flag: '--sources <list>',
      help: 'how to read kubelets (with a kubeconfig or a proxy: configz); from a network that reaches the nodes also direct, their own port, which comes first, and tls and wire, which come last',
      words: sourceNames,
    },
  ),
  /** SSM is then asked for every node. */
  complete: setting(z.boolean(), {
    default: false,
    in: everywhere,
    flag: '--complete',
    help: 'also read the settings that only the node itself shows (modes and owners of files, the CA file, 3.2.8): SSM reads every node on which the first source leaves a control open',
  }),
  everySource: setting(z.boolean(), {
    default: false,
    in: everywhere,
    flag: '--every-source',
    help: 'have every source read every node, and compare the running configuration with the files (drift)',
  }),
  /** Needs rights that read the user data of every launch template of the Region. */
  nextNode: setting(z.boolean(), {
    default: false,
    in: everywhere,
    flag: '--next-node',
    help: 'also judge the node that each node group would launch next, by its launch template (permissions: docs/next-node.md)',
  }),
  /** Slugs or numbers; the catalogue knows which there are. */
  controls: setting(z.array(z.string()), {
    default: [],
    in: everywhere,
    flag: '--controls <list>',
    help: 'controls by slug or number (default: all that the first source shows alone)',
  }),
  benchmark: setting(z.enum(benchmarkChoices, { error: `not a benchmark; one of ${benchmarkChoices.join(', ')}` }), {
    default: 'auto',
    in: everywhere,
    flag: '--benchmark <benchmark>',
    help: `numbering and set of controls: ${benchmarkChoices.join(', ')}; auto numbers each cluster’s controls by its Kubernetes version, and judges those of cis-eks-1.8.0`,
    words: benchmarkChoices,
  }),
  scope: setting(z.enum(scopes, { error: `not a scope; one of ${scopes.join(', ')}` }), {
    default: 'node-group',
    in: everywhere,
    flag: '--scope <scope>',
    help: `what a finding is about: ${scopes.join(', ')}`,
    words: scopes,
  }),
  /** Off where it is empty. What the tag says is a claim that reports quote: it decides nothing, and nothing is sent to it. */
  ownerTag: setting(
    matching(
      /^(?:[\w.:/=+@-](?:[\w .:/=+@-]{0,126}[\w.:/=+@-])?)?$/,
      'not the name of a tag; write it as team, with at most 128 of A-Z a-z 0-9, space and _.:/=+@-',
    ),
    {
      default: '',
      in: everywhere,
      flag: '--owner-tag <name>',
      help: 'the tag of EC2 instances, or otherwise of their EKS cluster, that names who owns a machine: reports count and filter by it',
    },
  ),
  vpc: setting(deploymentGroups.vpc, { in: deployment }),

  maxConcurrentClusters: setting(wholeNumber(1, 1000), { default: 50, in: deployment }),
  maxConcurrentNodes: setting(wholeNumber(1, 100), {
    default: 20,
    in: everywhere,
    flag: '--max-concurrent-nodes <number>',
    help: 'kubelets read at once in one cluster',
  }),
  nodeTimeout: setting(timeout, {
    default: '10s',
    in: everywhere,
    flag: '--node-timeout <duration>',
    help: 'deadline of one node',
  }),
  toleratedFailurePercentage: setting(wholeNumber(0, 100), { default: 100, in: deployment }),

  /** In a terminal only its own --publish writes findings, never a file or a variable. */
  publish: setting(z.boolean(), { default: true, in: deployed }),
  allowBroadToken: setting(z.boolean(), {
    default: false,
    in: ['terminal'],
    flag: '--allow-broad-token',
    help: 'with --sources direct: show nodes a token that can do more than read their configuration, such as an administrator’s',
  }),
  /** Clusters of the same name as another one, where nobody could ask what a token of that name may do. */
  directAlthoughNotAsked: setting(eachOnce(clusterArn), {
    default: [],
    in: everywhere,
    flag: '--direct-although-not-asked <arns>',
    help: 'with --sources direct: show nodes a token that is valid at these clusters of the same name too, although they could not be asked what it may do there',
  }),
  waivers: setting(
    z
      .string({ error: 'not a file; write its name, as waivers.yaml' })
      .check(z.minLength(1, { error: 'names no file; leave it out, or write waivers.yaml' })),
    { in: deployment },
  ),
  longestWaiver: setting(wholeNumber(1, 36_500), {
    default: 365,
    in: everywhere,
    flag: '--longest-waiver <days>',
    help: 'most days from now to the last day of a waiver; a file with a longer one is refused',
  }),
  securityHub: setting(deploymentGroups.securityHub, { default: {}, in: deployment }),
  alertAddresses: setting(mailAddresses, { default: [], in: deployment }),
  alertTopic: setting(
    matching(
      /^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
      'not a topic; write its ARN as arn:aws:sns:eu-west-1:111122223333:platform-alerts',
    ),
    { in: deployment },
  ),
  alertBus: setting(
    matching(
      /^arn:[\w-]+:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256}$/,
      'not an event bus; write its ARN as arn:aws:events:eu-west-1:111122223333:event-bus/platform',
    ),
    { in: deployment },
  ),

  remediation: setting(deploymentGroups.remediation, { in: deployment }),

  tags: setting(tags, { default: {}, in: deployment }),
  permissionsBoundary: setting(
    matching(
      /^(?!\/)[\w+=,.@/-]{1,512}$/,
      'not the name of a policy; write it without the account, as platform-boundary or team/platform-boundary',
    ),
    { in: deployment },
  ),
  /** Of every AWS call of the functions. The token for a cluster names the STS host that its API server accepts. */
  fipsEndpoints: setting(z.boolean(), { default: false, in: deployment }),
  /** The beginning of the name of every role. */
  roleNamePrefix: setting(
    matching(/^[\w+=,.@-]{0,32}$/, 'not the beginning of a role name; write at most 32 letters, digits and +=,.@_-'),
    { default: '', in: deployed },
  ),
  kmsKey: setting(kmsKey, { in: deployment }),

  logRetentionDays: setting(
    z.literal(daysOfLogs, {
      error: `not a number of days that CloudWatch Logs knows; one of ${daysOfLogs.join(', ')}`,
    }),
    { default: 90, in: deployment },
  ),
  resultRetentionDays: setting(wholeNumber(7, 3650), { default: 365, in: deployment }),
  objectLock: setting(deploymentGroups.objectLock, { in: deployment }),
  /** A key of the hub's own; with `signingKey`, that one. */
  sign: setting(z.boolean(), { default: false, in: deployment }),
  signingKey: setting(kmsKey, { in: deployment }),
  /** The key that signed before: it hands over to the one that signs now. */
  previousSigningKey: setting(kmsKey, { in: deployment }),
} as const satisfies Readonly<Record<string, Setting>>;

type Table = typeof settingsTable;
type SettingName = keyof Table;
type NameIn<P extends Place> = {
  [Name in SettingName]: P extends Table[Name]['in'][number] ? Name : never;
}[SettingName];
type DeploymentSetting = NameIn<'deployment'>;
export type FunctionSetting = NameIn<'function'>;
export type TerminalSetting = NameIn<'terminal'>;
export type SettingValue<Name extends SettingName> = Readonly<z.output<Table[Name]['schema']>>;

const namesIn = <P extends Place>(place: P) =>
  Object.entries<Setting>(settingsTable)
    .filter(([, each]) => each.in.includes(place))
    .map(([name]) => name) as NameIn<P>[];
export const deploymentSettings = namesIn('deployment');
export const functionSettings = namesIn('function');
export const terminalSettings = namesIn('terminal');

/** Schemas of these settings, without their defaults. */
export const schemasOf = <Name extends SettingName>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, settingsTable[name].schema])) as {
    readonly [Each in Name]: Table[Each]['schema'];
  };

type Field<Row> = Row extends { readonly schema: infer Schema extends z.ZodMiniType; readonly default: unknown }
  ? z.ZodMiniPrefault<Schema>
  : Row extends { readonly schema: infer Schema extends z.ZodMiniType }
    ? z.ZodMiniOptional<Schema>
    : never;

/** Schemas of these settings as fields of a file: each with its default, or optional. */
export const fieldsOf = <Name extends SettingName>(names: readonly Name[]) =>
  Object.fromEntries(
    names.map((name) => {
      const row: { readonly schema: z.ZodMiniType; readonly default?: unknown } = settingsTable[name];
      return [name, 'default' in row ? z.prefault(row.schema, row.default) : z.optional(row.schema)];
    }),
  ) as { readonly [Each in Name]: Field<Table[Each]> };

/** The settings of a deployment, with defaults. */
export type DeploymentValues = Readonly<z.infer<z.ZodMiniObject<ReturnType<typeof fieldsOf<DeploymentSetting>>>>>;

/** A value as a variable or a flag has it. */
export const settingText = (value: unknown): string => (Array.isArray(value) ? value.join() : String(value));

/** The value that the text of a flag or a variable means; the schema checks it. */
export function settingFromText(name: FunctionSetting | TerminalSetting, text: string): unknown {
  const { default: like, words = [] }: { readonly default: unknown; readonly words?: readonly string[] } =
    settingsTable[name];
  const inCase = (word: string) => wordAmong(word, words) ?? word;
  if (Array.isArray(like)) return wordsOf(text).map(inCase);
  if (typeof like === 'number') return /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return typeof like === 'boolean' ? text === 'true' : inCase(text);
}

/** The words of a comma-separated list, each once. */
export const wordsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  ),
];
