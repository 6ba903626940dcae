import type { EC2Client } from '@aws-sdk/client-ec2';
import pMap from 'p-map';
import type { ChosenTemplate } from '../auto-scaling/auto-scaling-groups.ts';
import { awsErrorName } from '../aws-access.ts';

/** More versions of templates are not read for one cluster: what they hold is in memory at once. */
const mostVersions = 2000;

/** Calls at once. EC2 gives non-mutating calls a bucket of 100 and 20 more each second, which other programs of the account share. */
const concurrency = 2;

/** EC2 takes so many values in one filter. */
const mostValues = 200;

/** What a launch template or configuration holds, or why that is not known. */
export interface LaunchData {
  readonly name: string;
  readonly UserData?: string | undefined;
  readonly ImageId?: string | undefined;
  readonly unreadable?: string;
}

export const templateKey = ({ template, version }: ChosenTemplate): string => `${template} ${version}`;

/**
 * The chosen versions of launch templates (ec2:DescribeLaunchTemplateVersions), each read once, however many groups name it.
 * @throws errors of the call but for templates and versions that don't exist
 */
export async function templateVersions(
  client: EC2Client,
  chosen: readonly ChosenTemplate[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LaunchData>> {
  const different = new Map(chosen.map((each) => [templateKey(each), each]));
  const read = async ([key, each]: readonly [string, ChosenTemplate], index: number) =>
    [
      key,
      index < mostVersions ? await versionOf(client, each, signal) : notFound(each, 'the cluster names too many'),
    ] as const;
  return new Map(await pMap(different, read, { concurrency }));
}

async function versionOf(client: EC2Client, chosen: ChosenTemplate, signal: AbortSignal): Promise<LaunchData> {
  const { DescribeLaunchTemplateVersionsCommand } = await import('./sdk.ts');
  const { by, template, version } = chosen;
  const command = new DescribeLaunchTemplateVersionsCommand({
    ...(by === 'id' ? { LaunchTemplateId: template } : { LaunchTemplateName: template }),
    Versions: [version],
    IncludeManagedResources: true,
  });
  try {
    const { LaunchTemplateVersions: [found] = [] } = await client.send(command, { abortSignal: signal });
    if (!found) return notFound(chosen, 'EC2 does not show this version');
    const name = `launch template ${found.LaunchTemplateId ?? template}, version ${found.VersionNumber ?? 0}`;
    return { ...found.LaunchTemplateData, name: found.DefaultVersion ? `${name} (default)` : name };
  } catch (error) {
    const [, missing] =
      /^InvalidLaunchTemplate(Id\.VersionNotFound|(?:Id|Name)\.(?:NotFound|Malformed))/.exec(awsErrorName(error)) ?? [];
    if (missing === undefined) throw error;
    const what = missing === 'Id.VersionNotFound' ? 'version' : 'template';
    return notFound(chosen, `there is no such ${what}: nothing can be launched by it`);
  }
}

const notFound = ({ template, version }: ChosenTemplate, because: string): LaunchData => ({
  name: `launch template ${template}, version ${version}`,
  unreadable: because,
});

/**
 * The names of those AMIs that AWS itself owns, by id (ec2:DescribeImages). Other AMIs are not in the answer.
 * A filter finds what is there; a list of ids would fail as a whole for one that is gone.
 */
export async function amazonImages(
  client: EC2Client,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { paginateDescribeImages } = await import('./sdk.ts');
  const named = new Map<string, string>();
  for (let from = 0; from < ids.length; from += mostValues) {
    const pages = paginateDescribeImages(
      { client },
      { Filters: [{ Name: 'image-id', Values: ids.slice(from, from + mostValues) }], IncludeDeprecated: true },
      { abortSignal: signal },
    );
    for await (const { Images = [] } of pages)
      for (const { ImageId: id, Name: name, ImageOwnerAlias: owner } of Images)
        if (id && name && owner === 'amazon') named.set(id, name);
  }
  return named;
}
