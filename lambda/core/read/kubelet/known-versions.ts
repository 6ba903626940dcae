/**
 * The minor versions of the kubelet whose flags, feature gates, defaults and way of merging files this program knows. Of 1.37 the configuration's types
 * (k8s.io/kubelet v0.37.0-beta.0, 92e97d7) and the changelog (kubernetes@df0a31e0) were read, not the code: what they don't name is as in 1.36.
 */
export const knownVersions = { oldest: 29, newest: 37 } as const;

/** Why what rests on a default is not known of such a kubelet: one sentence; `undefined` for a version that is known, or not given. */
export function newerThanKnown(kubeletVersion: string | undefined): string | undefined {
  const minor = minorVersion(kubeletVersion);
  return minor === undefined || minor <= knownVersions.newest
    ? undefined
    : `this kubelet (1.${minor}) is newer than 1.${knownVersions.newest}, the newest version that this program knows`;
}

/** The 34 of `v1.34.9-eks-…`; `undefined` when it is not a version 1 of Kubernetes. */
export function minorVersion(version: string | undefined): number | undefined {
  const minor = /^v?1\.(\d{1,3})(?:[.+-]|$)/.exec(version ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}
