/**
 * Whether a path lies in one of the kubelet's own folders and is spelled so that it needs no quoting anywhere: absolute, no `..`, no hidden part.
 * What a node names outside of them is told to people, and no snippet, command or runbook takes it up.
 */
export const isKubeletPath = (path: string): boolean =>
  path.length <= 255 &&
  /^\/(?:etc\/kubernetes|etc\/eksctl|etc\/eks|var\/lib\/kubelet)(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/.test(path);
