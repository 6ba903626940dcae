import { CfnCondition, CfnParameter, type CfnParameterProps, CfnRule, Fn, type Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { daysOfLogs } from '../../lambda/contract/deployment-groups.ts';
import { environment } from '../../lambda/contract/environment.ts';
import { waiversKey } from '../../lambda/contract/names.ts';
import { settingsTable } from '../../lambda/contract/settings-table.ts';
import { parseSettings } from '../config/settings.ts';

const unit = '(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})';
const region = '[a-z]{2,8}(-[a-z0-9]{1,20})+-[0-9]{1,2}';
const cluster = `arn:aws[a-z-]*:eks:${region}:[0-9]{12}:cluster/[0-9A-Za-z][0-9A-Za-z_-]{0,99}`;
const orNothing = (pattern: string): string => `^(${pattern})?$`;

const leaves =
  'An edit by which one leaves deletes the member roles there, and clusters let in no role that is made again (docs/upgrade.md)';

/** What a released template asks for; every other setting needs a template of its own: `npm run release -- settings.yaml`. */
const declared = {
  Scope: {
    description: 'own audits the account of the hub, organization audits the units of an organization',
    allowedValues: ['own', 'organization'],
    default: 'own',
  },
  OrganizationId: {
    description: 'Id of the organization; empty for the scope own',
    allowedPattern: orNothing('o-[0-9a-z]{10,32}'),
    default: '',
  },
  Units: {
    description: `Organizational units with all below them, separated by commas; the root (r-...) for the whole organization. ${leaves}`,
    allowedPattern: orNothing(`${unit}(,${unit})*`),
    // A function's environment has 4 KB, in which they are once.
    maxLength: 2_000,
    default: '',
  },
  Regions: {
    type: 'CommaDelimitedList',
    description: `Regions to look for clusters in; empty for every enabled one, with the scope own only. ${leaves}`,
    allowedPattern: orNothing(region),
    default: '',
  },
  HomeRegion: {
    description:
      "Region of the units' accounts in which each account's role is made; empty for the scope own. A change deletes every member role",
    allowedPattern: orNothing(region),
    default: '',
  },
  Schedule: {
    description: 'When a run starts, as EventBridge Scheduler takes it: cron(...) or rate(...)',
    allowedPattern: String.raw`^(rate\(.+\)|cron\(.+\))$`,
    default: settingsTable.schedule.default,
  },
  TimeZone: {
    description: 'The time zone that a cron schedule means, such as Europe/Berlin',
    allowedPattern: '^[A-Z][A-Za-z0-9_+/-]*$',
    default: settingsTable.timeZone.default,
  },
  MaxHoursBetweenRuns: {
    type: 'Number',
    description:
      'Hours without a completed run after which an alarm starts: somewhat more than the longest pause of the schedule',
    minValue: 1,
    // CloudWatch looks back seven days.
    maxValue: 168,
    default: 27,
  },
  Sources: {
    description: 'How kubelets are read, in order; direct and tls need a VPC, and so a template of their own',
    allowedValues: ['configz,ssm', 'configz', 'ssm'],
    default: settingsTable.sources.default.join(),
  },
  Sweeps: {
    description: 'on: sweeps look for machines that come and go between two runs; docs/cost.md has the cost',
    allowedValues: ['off', 'on'],
    default: 'off',
  },
  SweepMinutes: {
    type: 'Number',
    description: 'Minutes between two sweeps, where Sweeps is on',
    minValue: 5,
    maxValue: 45,
    default: 15,
  },
  ExcludeClusters: {
    description: 'ARNs of clusters that are left out, separated by commas',
    allowedPattern: orNothing(`${cluster}(,${cluster})*`),
    maxLength: 1_000,
    default: '',
  },
  AlertAddress: {
    description: 'E-mail address that gets the alerts, once it has confirmed its subscription; empty for none',
    allowedPattern: orNothing('[^@ ]+@[^@ ]+'),
    default: '',
  },
  ResultRetentionDays: {
    type: 'Number',
    description: 'Days for which results stay in the bucket; S3 keeps an expired one for 14 more',
    minValue: 7,
    maxValue: 3650,
    default: settingsTable.resultRetentionDays.default,
  },
  LogRetentionDays: {
    type: 'Number',
    description: 'Days for which logs are kept',
    allowedValues: daysOfLogs.map(String),
    // A text, as the allowed values are.
    default: String(settingsTable.logRetentionDays.default),
  },
  Waivers: {
    description: `bucket: every run reads waivers from the object ${waiversKey} of the hub's bucket, and audits nothing without it`,
    allowedValues: ['none', 'bucket'],
    default: 'none',
  },
} satisfies Readonly<Record<string, CfnParameterProps>>;

type Name = keyof typeof declared;

/** What a released template leaves to its parameters. Values are tokens, and what depends on a choice has a condition. */
export type HubParameters = ReturnType<typeof hubParameters>;

/** Parameters, the conditions on them, and the rules over several of them, as the hub's constructs take them. */
export function hubParameters(stack: Stack) {
  // Apart from the hub's own constructs, some of which are called as a parameter is.
  const scope = new Construct(stack, 'Parameters');
  const made = Object.fromEntries(
    Object.entries(declared).map(([name, props]) => {
      const parameter = new CfnParameter(scope, name, props);
      parameter.overrideLogicalId(name);
      return [name, parameter];
    }),
  ) as Readonly<Record<Name, CfnParameter>>;
  const text = (name: Name): string => made[name].valueAsString;
  const condition = (id: string, name: Name, value: string): CfnCondition =>
    new CfnCondition(stack, id, { expression: Fn.conditionEquals(text(name), value) });

  const inOrganization = condition('InOrganization', 'Scope', 'organization');
  const waiversInBucket = condition('WaiversInBucket', 'Waivers', 'bucket');
  const withSweeps = condition('WithSweeps', 'Sweeps', 'on');
  const alertAddressGiven = new CfnCondition(stack, 'AlertAddressGiven', {
    expression: Fn.conditionNot(Fn.conditionEquals(text('AlertAddress'), '')),
  });
  addRules(stack, made);

  const units = Fn.split(',', text('Units'));
  const accounts = Fn.conditionIf(
    inOrganization.logicalId,
    Fn.join('', ['{"kind":"organization","units":["', Fn.join('","', units), '"],"exclude":[]}']),
    '{"kind":"own"}',
  ).toString();

  return {
    settings: {
      ...parseSettings({}),
      schedule: text('Schedule'),
      timeZone: text('TimeZone'),
      resultRetentionDays: made.ResultRetentionDays.valueAsNumber,
      // The parameter takes these days only; a token has no literal type.
      logRetentionDays: made.LogRetentionDays.valueAsNumber as (typeof daysOfLogs)[number],
    },
    environment: {
      [environment.accounts]: accounts,
      [environment.regions]: Fn.join(',', made.Regions.valueAsList),
      [environment.excludeClusters]: text('ExcludeClusters'),
      [environment.sources]: text('Sources'),
    },
    organization: {
      condition: inOrganization,
      id: text('OrganizationId'),
      units,
      regions: made.Regions.valueAsList,
      homeRegion: text('HomeRegion'),
    },
    maxHoursBetweenRuns: made.MaxHoursBetweenRuns.valueAsNumber,
    alertAddress: { condition: alertAddressGiven, address: text('AlertAddress') },
    waivers: { condition: waiversInBucket },
    sweeps: { condition: withSweeps, everyMinutes: made.SweepMinutes.valueAsNumber },
  };
}

/** What settings-rules.ts refuses over several settings; CloudFormation checks it before it makes anything. */
function addRules(stack: Stack, made: Readonly<Record<Name, CfnParameter>>): void {
  const is = (name: Name, value: string) => Fn.conditionEquals(made[name].valueAsString, value);
  const given = (name: Name, assertDescription: string) => ({
    assert: Fn.conditionNot(is(name, '')),
    assertDescription,
  });
  const empty = (name: Name) => ({
    assert: is(name, ''),
    assertDescription: `${name} is for the scope organization; set Scope, or leave it empty`,
  });
  const regions = made.Regions.valueAsList;

  new CfnRule(stack, 'OrganizationIsWhole', {
    ruleCondition: is('Scope', 'organization'),
    assertions: [
      given('OrganizationId', 'Scope is organization: OrganizationId must name it'),
      given('Units', 'Scope is organization: Units must name what is audited, or the root'),
      {
        assert: Fn.conditionNot(Fn.conditionContains(regions, '')),
        assertDescription: 'Scope is organization: Regions must name where the StackSet deploys the member stack',
      },
      given('HomeRegion', 'Scope is organization: HomeRegion must name where the member roles are made'),
      {
        assert: Fn.conditionContains(regions, made.HomeRegion.valueAsString),
        assertDescription: 'HomeRegion must be one of Regions',
      },
    ],
  });
  new CfnRule(stack, 'OwnAccountHasNoOrganization', {
    ruleCondition: is('Scope', 'own'),
    assertions: [empty('OrganizationId'), empty('Units'), empty('HomeRegion')],
  });
}
