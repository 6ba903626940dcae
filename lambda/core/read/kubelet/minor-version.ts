/** The 34 of `v1.34.9-eks-…`; `undefined` when it is not a version 1 of Kubernetes. */
export function minorVersion(version: string | undefined): number | undefined {
  const minor = /^v?1\.(\d{1,3})(?:[.+-]|$)/.exec(version ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}
