import { kubeletReleases } from '../../../contract/kubelet-facts.ts';

const [oldest] = kubeletReleases;
const newest = kubeletReleases.at(-1);

/** The minor versions of the kubelet whose flags, feature gates, fields and defaults this program knows, each by the sources of a release. */
export const knownVersions = { oldest: oldest?.minor ?? 0, newest: newest?.minor ?? 0 } as const;

/** Why what rests on a default is not known of such a kubelet: one sentence; `undefined` for a version that is known, or not given. */
export function newerThanKnown(kubeletVersion: string | undefined): string | undefined {
  const minor = minorVersion(kubeletVersion);
  return minor === undefined || minor <= knownVersions.newest
    ? undefined
    : `this kubelet (1.${minor}) is newer than 1.${knownVersions.newest} (${newest?.release}), the newest version that this program knows`;
}

/** The 34 of `v1.34.9-eks-…`; `undefined` when it is not a version 1 of Kubernetes. */
export function minorVersion(version: string | undefined): number | undefined {
  const minor = /^v?1\.(\d{1,3})(?:[.+-]|$)/.exec(version ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}
