/**
 * Whether a path is in one of the kubelet's own folders and needs no quoting anywhere: absolute, no `..`, no hidden part. Other paths that a node
 * names are shown to people, but are never used in a snippet, command or runbook.
 */
export const isKubeletPath = (path: string): boolean =>
  path.length <= 255 &&
  /^\/(?:etc\/kubernetes|etc\/eksctl|etc\/eks|var\/lib\/kubelet)(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/.test(path);
