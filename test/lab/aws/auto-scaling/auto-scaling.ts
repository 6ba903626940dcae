import { type LabCall, LabError, type LabService } from '../../wire/service.ts';
import { numbered } from '../ec2/numbered.ts';

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
  /** 1 when absent. */
  readonly machines?: number;
}

export interface LabLaunchConfiguration {
  readonly name: string;
  readonly imageId: string;
  readonly userData?: string | Uint8Array;
}

interface Place {
  readonly groups: Map<string, LabAutoScalingGroup>;
  readonly configurations: Map<string, LabLaunchConfiguration>;
}

/** Amazon EC2 Auto Scaling API reference: both lists have 50 entries a page, at most 100. */
const mostPerPage = 100;

/** Auto Scaling of the lab: groups by name or tag, launch configurations by name, both in pages. */
export class AutoScalingService implements LabService {
  readonly name = 'autoscaling';
  readonly #places = new Map<string, Place>();

  putGroup(accountId: string, region: string, group: LabAutoScalingGroup): void {
    this.#place(accountId, region).groups.set(group.name, group);
  }

  deleteGroup(accountId: string, region: string, name: string): void {
    this.#place(accountId, region).groups.delete(name);
  }

  putLaunchConfiguration(accountId: string, region: string, configuration: LabLaunchConfiguration): void {
    this.#place(accountId, region).configurations.set(configuration.name, configuration);
  }

  async handle(call: LabCall): Promise<unknown> {
    const { groups, configurations } = this.#place(call.accountId, call.region);
    switch (call.operation) {
      case 'DescribeAutoScalingGroups': {
        const filters = filtersOf(call.input);
        const names = numbered(call.input, 'AutoScalingGroupNames.member');
        const found = [...groups.values()].filter(
          (group) => (names.length === 0 || names.includes(group.name)) && filters.every((matches) => matches(group)),
        );
        return page('AutoScalingGroups', found.map(describedGroup), call);
      }
      case 'DescribeLaunchConfigurations': {
        const names = numbered(call.input, 'LaunchConfigurationNames.member');
        const found = [...configurations.values()].filter(({ name }) => names.length === 0 || names.includes(name));
        return page('LaunchConfigurations', found.map(describedConfiguration), call);
      }
      default:
        throw new LabError('InvalidAction', `the lab's autoscaling has no ${call.operation}`);
    }
  }

  #place(accountId: string, region: string): Place {
    const key = `${accountId} ${region}`;
    const place = this.#places.get(key) ?? { groups: new Map(), configurations: new Map() };
    this.#places.set(key, place);
    return place;
  }
}

/** `tag-key`, `tag-value` and `tag:KEY`; all of them must match, each by one of its values. */
function filtersOf(input: LabCall['input']): readonly ((group: LabAutoScalingGroup) => boolean)[] {
  const filters: ((group: LabAutoScalingGroup) => boolean)[] = [];
  for (let index = 1; typeof input[`Filters.member.${index}.Name`] === 'string'; index += 1) {
    const name = String(input[`Filters.member.${index}.Name`]);
    const values = numbered(input, `Filters.member.${index}.Values.member`);
    if (name === 'tag-key') filters.push(({ tags }) => values.some((value) => value in tags));
    else if (name === 'tag-value')
      filters.push(({ tags }) => Object.values(tags).some((each) => values.includes(each)));
    else if (name.startsWith('tag:')) filters.push(({ tags }) => values.includes(tags[name.slice(4)] ?? ''));
    else throw new LabError('ValidationError', `Filter ${name} is not valid`);
  }
  return filters;
}

function page(member: string, all: readonly object[], { input }: LabCall): object {
  const size = Number(input['MaxRecords'] ?? 50);
  if (!(size >= 1 && size <= mostPerPage))
    throw new LabError('ValidationError', `MaxRecords must be between 1 and ${mostPerPage}`);
  const start = input['NextToken'] === undefined ? 0 : Number(String(input['NextToken']).replace('from-', ''));
  if (!Number.isInteger(start)) throw new LabError('InvalidNextToken', 'The token is not valid');
  return {
    [member]: all.slice(start, start + size),
    ...(start + size < all.length && { NextToken: `from-${start + size}` }),
  };
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
