import type { EC2Client, LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import pMap from 'p-map';
import type { ChosenTemplate } from '../auto-scaling/auto-scaling-groups.ts';
import { awsErrorName } from '../aws-access.ts';

/** More templates of one cluster are not read: what they hold is in memory at once. */
const mostTemplates = 1000;

/** Calls at once. EC2 gives non-mutating calls a bucket of 100 and 20 more each second, which other programs of the account share. */
const concurrency = 2;

/** EC2 takes so many values in one filter, and so many versions in one call. */
const mostValues = 200;

export type FoundTemplate =
  | { readonly status: 'found'; readonly version: LaunchTemplateVersion; readonly number: number }
  | { readonly status: 'unreadable'; readonly because: string };

export const templateKey = ({ template, version }: ChosenTemplate): string => `${template} ${version}`;

/**
 * The chosen versions of launch templates (ec2:DescribeLaunchTemplateVersions), one call a template. Each is read once, however many groups name it.
 * @throws errors of the call but for templates and versions that don't exist
 */
export async function templateVersions(
  client: EC2Client,
  chosen: readonly ChosenTemplate[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundTemplate>> {
  const byTemplate = [...Map.groupBy(chosen, ({ template }) => template).values()];
  const found = await pMap(byTemplate.slice(0, mostTemplates), async (same) => await versionsOf(client, same, signal), {
    concurrency,
  });
  const left = byTemplate.slice(mostTemplates).flat();
  return new Map([
    ...found.flat(),
    ...left.map(
      (each) => [templateKey(each), unreadable(`the cluster names more than ${mostTemplates} templates`)] as const,
    ),
  ]);
}

type Versions = readonly (readonly [key: string, found: FoundTemplate])[];

async function versionsOf(
  client: EC2Client,
  chosen: readonly ChosenTemplate[],
  signal: AbortSignal,
): Promise<Versions> {
  const [first] = chosen;
  if (!first) return [];

  try {
    const wanted = [...new Set(chosen.map(({ version }) => version))].slice(0, mostValues);
    const versions = await describe(client, { first, versions: wanted }, signal);
    return chosen.map((each) => [templateKey(each), chosenOf(each, versions)]);
  } catch (error) {
    const missing = missingBecause(awsErrorName(error));
    if (missing === undefined) throw error;
    // One version that is gone hides the others of its call.
    if (chosen.length === 1) return [[templateKey(first), unreadable(missing)]];
    const each = await pMap(chosen, async (one) => await versionsOf(client, [one], signal), { concurrency: 1 });
    return each.flat();
  }
}

async function describe(
  client: EC2Client,
  { first, versions }: { readonly first: ChosenTemplate; readonly versions: readonly string[] },
  signal: AbortSignal,
): Promise<readonly LaunchTemplateVersion[]> {
  const { paginateDescribeLaunchTemplateVersions } = await import('./sdk.ts');
  const pages = paginateDescribeLaunchTemplateVersions(
    { client },
    {
      ...(first.by === 'id' ? { LaunchTemplateId: first.template } : { LaunchTemplateName: first.template }),
      Versions: [...versions],
      IncludeManagedResources: true,
    },
    { abortSignal: signal },
  );
  const found: LaunchTemplateVersion[] = [];
  for await (const { LaunchTemplateVersions = [] } of pages) found.push(...LaunchTemplateVersions);
  return found;
}

/** `$Latest` was asked for with the others, so it is the highest number of the answer. */
function chosenOf({ version }: ChosenTemplate, versions: readonly LaunchTemplateVersion[]): FoundTemplate {
  const numberOf = (each: LaunchTemplateVersion) => each.VersionNumber ?? 0;
  const found =
    version === '$Latest'
      ? versions.toSorted((one, other) => numberOf(other) - numberOf(one))[0]
      : version === '$Default'
        ? versions.find(({ DefaultVersion }) => DefaultVersion)
        : versions.find((each) => `${numberOf(each)}` === version);
  return found
    ? { status: 'found', version: found, number: numberOf(found) }
    : unreadable('EC2 does not show this version');
}

const unreadable = (because: string): FoundTemplate => ({ status: 'unreadable', because });

function missingBecause(name: string): string | undefined {
  if (/^InvalidLaunchTemplateId\.VersionNotFound/.test(name))
    return 'there is no such version: nothing can be launched by it';
  return /^InvalidLaunchTemplate(?:Id|Name)\.(?:NotFound|Malformed)/.test(name)
    ? 'there is no such template: nothing can be launched by it'
    : undefined;
}

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
