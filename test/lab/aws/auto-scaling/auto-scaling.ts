import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { numbered } from '../ec2/numbered.ts';
import { Places } from '../places.ts';

interface LabTemplateChoice {
  readonly id: string;
  /** A number, `$Latest` or `$Default`; Auto Scaling takes the default one when absent. */
  readonly version?: string;
}

export interface LabAutoScalingGroup {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly template?: LabTemplateChoice;
  /** Makes a mixed instances policy of it: each override may have a template of its own. */
  readonly overrides?: readonly { readonly instanceType: string; readonly template?: LabTemplateChoice }[];
  readonly launchConfiguration?: string;
  readonly machines?: number;
}

export interface LabLaunchConfiguration {
  readonly name: string;
  readonly imageId: string;
  readonly userData?: string | Uint8Array;
}

export class AutoScalingService extends LabService {
  readonly name = 'autoscaling';
  readonly #places = new Places(() => ({
    groups: new Map<string, LabAutoScalingGroup>(),
    configurations: new Map<string, LabLaunchConfiguration>(),
  }));

  putGroup(accountId: string, region: string, group: LabAutoScalingGroup): void {
    this.#places.of({ accountId, region }).groups.set(group.name, group);
  }

  putLaunchConfiguration(accountId: string, region: string, configuration: LabLaunchConfiguration): void {
    this.#places.of({ accountId, region }).configurations.set(configuration.name, configuration);
  }

  readonly operations = {
    DescribeAutoScalingGroups: (call: LabCall) => {
      const filters = filtersOf(call.input);
      const names = numbered(call.input, 'AutoScalingGroupNames.member');
      const found = [...this.#places.of(call).groups.values()].filter(
        (group) => (names.length === 0 || names.includes(group.name)) && filters.every((matches) => matches(group)),
      );
      return listed('AutoScalingGroups', found.map(describedGroup), call);
    },
    DescribeLaunchConfigurations: (call: LabCall) => {
      const names = numbered(call.input, 'LaunchConfigurationNames.member');
      const all = [...this.#places.of(call).configurations.values()];
      const found = all.filter(({ name }) => names.length === 0 || names.includes(name));
      return listed('LaunchConfigurations', found.map(describedConfiguration), call);
    },
  };
}

/** `tag-key` and `tag:KEY`; all of them must match, each by one of its values. */
function filtersOf(input: LabCall['input']): readonly ((group: LabAutoScalingGroup) => boolean)[] {
  return numbered(input, 'Filters.member', 'Name').map((name, index) => {
    const values = numbered(input, `Filters.member.${index + 1}.Values.member`);
    if (name === 'tag-key') return ({ tags }) => values.some((value) => value in tags);
    if (name.startsWith('tag:')) return ({ tags }) => values.includes(tags[name.slice(4)] ?? '');
    throw new LabError('ValidationError', `Filter ${name} is not valid`);
  });
}

/** Amazon EC2 Auto Scaling API reference: both lists have 50 entries a page, at most 100. */
function listed(member: string, all: readonly object[], { input }: LabCall): object {
  const { page, next } = pageOf(all, 'NextToken', {
    size: input['MaxRecords'],
    token: input['NextToken'],
    usual: 50,
    bounds: [1, 100],
    badSize: 'ValidationError',
    badToken: 'InvalidNextToken',
  });
  return { [member]: page, ...next };
}

const choice = ({ id, version }: LabTemplateChoice) => ({
  LaunchTemplateId: id,
  ...(version !== undefined && { Version: version }),
});

const describedGroup = ({
  name,
  tags,
  template,
  overrides,
  launchConfiguration,
  machines = 1,
}: LabAutoScalingGroup) => ({
  AutoScalingGroupName: name,
  ...(template && !overrides && { LaunchTemplate: choice(template) }),
  ...(template &&
    overrides && {
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: choice(template),
          Overrides: overrides.map((each) => ({
            InstanceType: each.instanceType,
            ...(each.template && { LaunchTemplateSpecification: choice(each.template) }),
          })),
        },
      },
    }),
  ...(launchConfiguration && { LaunchConfigurationName: launchConfiguration }),
  MinSize: 0,
  MaxSize: 10,
  DesiredCapacity: machines,
  DefaultCooldown: 300,
  AvailabilityZones: ['eu-central-1a'],
  HealthCheckType: 'EC2',
  CreatedTime: '2026-01-01T00:00:00.000Z',
  Tags: Object.entries(tags).map(([Key, Value]) => ({
    ResourceId: name,
    ResourceType: 'auto-scaling-group',
    Key,
    Value,
    PropagateAtLaunch: true,
  })),
});

const describedConfiguration = ({ name, imageId, userData }: LabLaunchConfiguration) => ({
  LaunchConfigurationName: name,
  ImageId: imageId,
  InstanceType: 'm5.large',
  CreatedTime: '2020-01-01T00:00:00.000Z',
  ...(userData !== undefined && { UserData: Buffer.from(userData).toString('base64') }),
});
