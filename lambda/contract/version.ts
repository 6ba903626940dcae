import manifest from '../../package.json' with { type: 'json' };

export const { version } = manifest;

/** The project's own page, if its publisher has set `homepage` in package.json. Outputs never name an address that the publisher doesn't own. */
export const homepage: string | undefined =
  'homepage' in manifest && typeof manifest.homepage === 'string' ? manifest.homepage : undefined;

/** Written by the bundler (packaging/commit.ts). */
declare const EKS_KUBELET_AUDIT_COMMIT: string | undefined;

/** The commit that this program was bundled from; `undefined` where it was not bundled, or not from a git checkout. */
export const commit = typeof EKS_KUBELET_AUDIT_COMMIT === 'undefined' ? undefined : EKS_KUBELET_AUDIT_COMMIT;
