import type { KubeletFacts } from '../model.ts';
import { isKubeletPath } from './kubelet-path.ts';

/**
 * The path that the client CA is to have: a file of the node that was seen to hold every certificate of the cluster's CA, else the place where this
 * kind of node has it. A path is proposed only; whoever sets it looks into the file first and compares the certificates.
 */
export function clientCaPlace(
  readings: readonly KubeletFacts[],
  trust: readonly string[],
  usual: string,
): { readonly path: string; readonly seen: boolean } {
  const seen = readings.flatMap(({ clientCa }) => {
    if (clientCa?.state !== 'read' || trust.length === 0 || !isKubeletPath(clientCa.path)) return [];
    const held = new Set(clientCa.certificates.map(({ sha256 }) => sha256));
    return trust.every((each) => held.has(each)) ? [clientCa.path] : [];
  });
  return seen[0] === undefined ? { path: usual, seen: false } : { path: seen[0], seen: true };
}
