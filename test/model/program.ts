import type { Scope } from '../../lambda/contract/settings.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import type { Waiver } from '../../lambda/core/judge/waivers/waiver.ts';
import type { Cluster, KubeletFacts, Place, ReadFailure, Via } from '../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../lambda/core/model/result.ts';
import type { SettingPath } from '../../lambda/core/model/settings.ts';
import type { ItemOptions } from '../../lambda/flow/run/audit-item.ts';
import { type FakeHub, fakeHub } from '../fakes/hub.ts';
import { FakeOrganization } from '../fakes/organization.ts';
import { factsOf, cluster as someCluster } from '../fakes/ports.ts';
import { type Kubelet, place, type Slug } from './true-world.ts';

const nothing = async (): Promise<void> => undefined;

/** What is kept for people is of no account here, and takes most of the time. */
export function hubForModels(): FakeHub {
  const fakes = fakeHub(new FakeOrganization());
  Object.assign(fakes.runs, { putResult: async () => true, putPage: nothing, putOcsf: nothing, putReport: nothing });
  return fakes;
}

/** How each item is audited and published. */
export const optionsOf = (slugs: readonly Slug[], scope: Scope): Omit<ItemOptions, 'runStartedAt'> => ({
  controls: controls.filter(({ slug }) => slugs.some((each) => each === slug)),
  benchmark: 'cis-eks-1.8.0',
  scope,
  publish: true,
  signal: new AbortController().signal,
});

/** Of node groups in any cluster. */
export const waiverOf = (
  waiver: Pick<Waiver, 'control' | 'expires' | 'nodeGroup'> & Partial<Pick<Waiver, 'nodeGroupKind'>>,
): Waiver => ({ ...waiver, cluster: '*', owner: 'team-payments', reason: 'replaced in January' });

export const arnOf = (name: string, { partition, region, accountId }: Place = place): string =>
  `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`;

export const clusterIn = ({ partition, region, accountId }: Place, name: string): Cluster => ({
  ...someCluster,
  name,
  arn: { partition, region, accountId, name, arn: arnOf(name, { partition, region, accountId }) },
});

export const labelsOf = (group: string): Readonly<Record<string, string>> => ({
  'eks.amazonaws.com/nodegroup': group,
});

export const osImage = 'Amazon Linux 2023.9.20260101';

export const privateNameOf = ({ id }: { readonly id: string }): string => `ip-${id}.${place.region}.compute.internal`;

export type Answer = Result<KubeletFacts, ReadFailure>;

/** What a source reads of a kubelet in each state. */
export function answersBy(via: Via): Readonly<Record<Kubelet, Answer>> {
  const failure = (kind: ReadFailure['kind'], because: string): Answer => err({ via, kind, because });
  const reading = (path: SettingPath, value: string | number): Answer =>
    ok(factsOf(via, { [path]: { state: 'known', value, origin: { from: 'running' } } }));
  return {
    good: ok(factsOf(via)),
    'no-ca': reading('authentication.x509.clientCAFile', ''),
    'open-port': reading('readOnlyPort', 10_255),
    refuses: failure('kubelet-refused', '401 Unauthorized'),
    silent: failure('unreadable', 'connection refused'),
  };
}
