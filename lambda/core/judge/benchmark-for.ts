import { benchmarksByKubernetes, defaultBenchmark } from '../../contract/benchmarks.ts';
import type { Cluster } from '../model/model.ts';
import { minorVersion } from '../read/kubelet/known-versions.ts';
import type { Control } from './control.ts';

/** The benchmark whose numbers a cluster is shown with: the chosen one, or under `auto` the one that fits its Kubernetes version. */
export const benchmarkFor = (choice: string, { version }: Pick<Cluster, 'version'>): string =>
  choice === 'auto' ? (fitting(version)?.benchmark ?? defaultBenchmark) : choice;

/** The number that a version of the benchmark gives a control. */
export const numberIn = ({ numbers }: Pick<Control, 'numbers'>, benchmark: string): string | undefined =>
  Object.entries(numbers).find(([version]) => version === benchmark)?.[1]?.number;

/** Why `auto` shows the numbers of 1.8.0 although nothing says that they fit, to follow *as*; `undefined` where they do. */
export function benchmarkNote(choice: string, { version }: Pick<Cluster, 'version'>): string | undefined {
  if (choice !== 'auto' || fitting(version)) return undefined;
  return version === undefined
    ? 'the cluster’s Kubernetes version is not known'
    : `no known version is for Kubernetes ${version}`;
}

const fitting = (version: string | undefined) =>
  benchmarksByKubernetes.find(({ from }) => (minorVersion(version) ?? 0) >= from);
