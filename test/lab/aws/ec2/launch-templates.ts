import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError } from '../../wire/service.ts';
import { numbered } from './numbered.ts';

/** One version of a launch template; its number is its place in the list, counted from 1. */
interface LabTemplateVersion {
  /** As the machine gets it: the API's own base64 is put around it. */
  readonly userData?: string | Uint8Array;
  readonly imageId?: string;
  readonly instanceType?: string;
}

export interface LabLaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly versions: readonly LabTemplateVersion[];
  readonly defaultVersion?: number;
}

export interface LabImage {
  readonly id: string;
  readonly name: string;
  /** `amazon` for one that AWS owns. */
  readonly ownerAlias?: 'amazon' | 'aws-marketplace';
  readonly ownerId?: string;
}

/** One template, by id or name: numbers, `$Latest` and `$Default`. Source: EC2 API reference, with its "Error codes". */
export function describeLaunchTemplateVersions(
  templates: readonly LabLaunchTemplate[],
  { input, principalArn }: LabCall,
): object {
  const [id, name] = [input['LaunchTemplateId'], input['LaunchTemplateName']];
  if (id !== undefined && name !== undefined)
    throw new LabError('InvalidParameterCombination', 'Either launch template ID or launch template name may be given');

  const template = templates.find((each) => each.id === id || each.name === name);
  if (!template)
    throw new LabError(
      id === undefined ? 'InvalidLaunchTemplateName.NotFoundException' : 'InvalidLaunchTemplateId.NotFound',
      `The specified launch template ${id ?? name} does not exist.`,
    );

  const asked = numbered(input, 'LaunchTemplateVersion');
  const numbers = asked.length === 0 ? template.versions.map((_, index) => index + 1) : asked.map(numberIn(template));
  const all = [...new Set(numbers)].toSorted((one, other) => other - one);
  const { page, next } = pageOf(all, 'nextToken', {
    size: input['MaxResults'],
    token: input['NextToken'],
    usual: 200,
    bounds: [1, 200],
    badToken: 'InvalidParameterValue',
  });
  return {
    launchTemplateVersionSet: page.map((number) => ({
      launchTemplateId: template.id,
      launchTemplateName: template.name,
      versionNumber: number,
      defaultVersion: number === (template.defaultVersion ?? 1),
      createTime: '2026-01-01T00:00:00.000Z',
      createdBy: principalArn,
      launchTemplateData: dataOf(template.versions[number - 1] ?? {}),
    })),
    ...next,
  };
}

const numberIn =
  ({ id, versions, defaultVersion = 1 }: LabLaunchTemplate) =>
  (version: string): number => {
    const number = version === '$Latest' ? versions.length : version === '$Default' ? defaultVersion : Number(version);
    if (!Number.isInteger(number) || number < 1)
      throw new LabError('InvalidParameterValue', `Value '${version}' is no version of a launch template`);
    if (number > versions.length)
      throw new LabError(
        'InvalidLaunchTemplateId.VersionNotFound',
        `Could not find the specified version ${number} for the launch template with ID ${id}.`,
      );
    return number;
  };

const dataOf = ({ userData, imageId, instanceType }: LabTemplateVersion) => ({
  ...(userData !== undefined && { userData: Buffer.from(userData).toString('base64') }),
  ...(imageId && { imageId }),
  ...(instanceType && { instanceType }),
});

/** DescribeImages by the filter `image-id`: what does not exist is not in the answer. */
export function describeImages(images: readonly LabImage[], { input }: LabCall): object {
  if (input['Filter.1.Name'] !== 'image-id' || input['Filter.2.Name'] !== undefined)
    throw new LabError('InvalidParameterValue', "The lab's images are found by the filter image-id only");
  const wanted = numbered(input, 'Filter.1.Value');
  if (wanted.length > 200)
    throw new LabError('FilterLimitExceeded', 'The maximum number of filter values specified on a single call is 200');
  return {
    imagesSet: images
      .filter(({ id }) => wanted.includes(id))
      .map(({ id, name, ownerAlias, ownerId = '602401143452' }) => ({
        imageId: id,
        name,
        imageOwnerId: ownerId,
        ...(ownerAlias && { imageOwnerAlias: ownerAlias }),
        isPublic: ownerAlias !== undefined,
        imageState: 'available',
      })),
  };
}
